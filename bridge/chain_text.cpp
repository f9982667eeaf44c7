// The printed form of chains, written and read: `import numpy | get sum | call r1 axis=0`.
#include <algorithm>

#include "bridge/chain.hpp"
#include "bridge/text.hpp"

namespace catena {
namespace {

bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 128;
}
bool is_name_part(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }

bool is_name(std::string_view text) {
    return !text.empty() && is_name_start(text[0]) && std::all_of(text.begin(), text.end(), is_name_part);
}

// r0, r1 …: the slot's number, or -1.
long slot_number(std::string_view text) {
    if (text.size() < 2 || text.size() > 9 || text[0] != 'r') return -1;
    long number = 0;
    for (const char c : text.substr(1)) {
        if (c < '0' || c > '9') return -1;
        number = number * 10 + (c - '0');
    }
    return number;
}

// Names that the printed form reads as constants.
bool is_constant_name(std::string_view text) {
    static constexpr std::string_view names[] = {"None", "True", "False", "Ellipsis", "inf",
                                                 "nan",  "nil",  "true",  "false"};
    return std::find(std::begin(names), std::end(names), text) != std::end(names);
}

class Printer {
public:
    explicit Printer(const Chain& chain) : chain_(chain) {}

    std::string step(const Step& step) {
        const StepInfo& info = step_info(step.kind);
        out_ = info.word;
        switch (info.shape) {
            case StepShape::module:
            case StepShape::name: name(step.name.get()); break;
            case StepShape::root: space_operand(step.operand); break;
            case StepShape::key: key(step.key); break;
            case StepShape::arguments:
                for (const Argument& argument : step.arguments) this->argument(argument);
                break;
            case StepShape::name_operand:
                name(step.name.get());
                space_operand(step.operand);
                break;
            case StepShape::key_operand:
                key(step.key);
                space_operand(step.operand);
                break;
        }
        return std::move(out_);
    }

private:
    void name(PyObject* name) { out_ += ' ' + (name != nullptr ? text_of(name) : "?"); }

    void argument(const Argument& argument) {
        out_ += ' ';
        if (argument.kind == Argument::Kind::splat) out_ += '*';
        if (argument.kind == Argument::Kind::keyword_splat) out_ += "**";
        if (argument.kind == Argument::Kind::keyword) {
            out_ += (argument.name ? text_of(argument.name.get()) : "?") + '=';
        }
        operand(argument.value);
    }

    void key(const Key& key) {
        out_ += ' ';
        if (key.tuple) out_ += '(';
        for (std::size_t i = 0; i < key.parts.size(); ++i) {
            if (i != 0) out_ += ", ";
            part(key.parts[i]);
        }
        if (key.tuple) out_ += key.parts.size() == 1 ? ",)" : ")";
    }

    // `:name` would read as a keyword, so an open start before an end is written out.
    void part(const Part& part) {
        operand(part.start);
        if (!part.is_slice) return;
        if (!part.start.present() && (part.stop.present() || part.step.present())) out_ += "None";
        out_ += ':';
        if (!part.stop.present() && part.step.present()) out_ += "None";
        operand(part.stop);
        if (part.step.present()) out_ += ':';
        operand(part.step);
    }

    void space_operand(Operand value) {
        out_ += ' ';
        operand(value);
    }

    void operand(Operand value) {
        switch (value.kind) {
            case Operand::Kind::none: return;
            case Operand::Kind::slot: return slot(value.index);
            case Operand::Kind::constant: return constant(value.index);
        }
    }

    void slot(std::uint32_t index) {
        if (index < chain_.slot_names.size()) {
            const std::string& name = chain_.slot_names[index];
            if (!name.empty() && slot_number(name) < 0 && !is_constant_name(name)) {
                out_ += name;
                return;
            }
        }
        out_ += 'r' + std::to_string(index);
    }

    void constant(std::uint32_t index) {
        PyObject* object = index < chain_.constants.size() ? chain_.constants[index].get() : nullptr;
        if (object == nullptr) {
            out_ += '?';
            return;
        }
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        const Ref text = steal(print_constant != nullptr ? print_constant(object) : PyObject_Repr(object));
        out_ += text ? text_of(text.get()) : "?";
        PyErr_Restore(type, value, traceback);
    }

    const Chain& chain_;
    std::string out_;
};

// Splits text where a separator stands outside of brackets and quotes.
class Splitter {
public:
    explicit Splitter(std::string_view text) : text_(text) {}

    // The text up to the next separator; `at_end` tells whether that was the end of the text.
    template <class IsSeparator>
    std::string_view next(IsSeparator is_separator) {
        const std::size_t start = position_;
        int depth = 0;
        for (; position_ < text_.size(); ++position_) {
            const char c = text_[position_];
            if (c == '\'' || c == '"') {
                skip_string(c);
                if (position_ >= text_.size()) break;
                continue;
            }
            if (c == '(' || c == '[' || c == '{') ++depth;
            if (c == ')' || c == ']' || c == '}') --depth;
            if (depth == 0 && is_separator(c)) return text_.substr(start, position_++ - start);
        }
        at_end = true;
        return text_.substr(std::min(start, text_.size()));
    }

    bool at_end = false;

private:
    void skip_string(char quote) {
        for (++position_; position_ < text_.size() && text_[position_] != quote; ++position_) {
            if (text_[position_] == '\\') ++position_;
        }
    }

    std::string_view text_;
    std::size_t position_ = 0;
};

std::string_view trim(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

// A Python literal, or inf and nan, which Python prints but does not read as literals.
PyObject* read_literal(const char* text) {
    const std::string_view name(text);
    if (name == "inf" || name == "-inf" || name == "nan") return PyFloat_FromString(make_str(name).get());
    if (name == "Ellipsis") return Py_NewRef(Py_Ellipsis);
    const Ref ast = steal(PyImport_ImportModule("ast"));
    if (!ast) return nullptr;
    return PyObject_CallMethod(ast.get(), "literal_eval", "s", text);
}

// Parses one chain; the first problem stops it.
class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    tl::expected<Chain, std::string> run() {
        if (!make_str(text_)) {
            PyErr_Clear();
            return tl::unexpected<std::string>("the text is not UTF-8");
        }
        Splitter splitter(text_);
        while (!splitter.at_end && problem_.empty()) {
            const std::string_view step = trim(splitter.next([](char c) { return c == '|'; }));
            if (step.empty()) {
                fail("an empty step");
                break;
            }
            parse_step(step);
        }
        if (!problem_.empty()) return tl::unexpected(std::move(problem_));
        resolve_names();
        if (auto valid = validate(chain_); !valid) return tl::unexpected(std::move(valid.error()));
        return std::move(chain_);
    }

private:
    void fail(std::string what) {
        if (problem_.empty()) problem_ = std::move(what);
    }

    void parse_step(std::string_view text) {
        std::vector<std::string_view> words;
        Splitter splitter(text);
        while (!splitter.at_end) {
            const std::string_view word = splitter.next([](char c) { return c == ' '; });
            if (!word.empty()) words.push_back(word);
        }
        const std::string_view word = words[0];
        for (std::size_t kind = 0; kind <= static_cast<std::size_t>(StepKind::remove_item); ++kind) {
            if (step_info(static_cast<StepKind>(kind)).word != word) continue;
            Step step;
            step.kind = static_cast<StepKind>(kind);
            words.erase(words.begin());
            parse_operands(step, words, trim(text.substr(word.size())));
            chain_.steps.push_back(std::move(step));
            return;
        }
        fail("no such step: " + std::string(word));
    }

    void parse_operands(Step& step, std::vector<std::string_view>& words, std::string_view rest) {
        const StepInfo& info = step_info(step.kind);
        const auto expect = [&](std::size_t count) {
            if (words.size() == count) return true;
            fail(std::string(info.word) + " takes " + std::to_string(count) + (count == 1 ? " word" : " words") +
                 ", not " + std::to_string(words.size()));
            return false;
        };
        switch (info.shape) {
            case StepShape::module:
            case StepShape::name:
                if (expect(1)) step.name = name(words[0]);
                break;
            case StepShape::root:
                if (expect(1)) step.operand = operand(words[0]);
                break;
            case StepShape::key: step.key = key(rest); break;
            case StepShape::arguments:
                for (const std::string_view word : words) step.arguments.push_back(argument(word));
                break;
            case StepShape::name_operand:
                if (expect(2)) {
                    step.name = name(words[0]);
                    step.operand = operand(words[1]);
                }
                break;
            case StepShape::key_operand:
                if (words.size() < 2) {
                    fail("set-item takes a key and an operand");
                    break;
                }
                step.operand = operand(words.back());
                step.key = key(trim(rest.substr(0, rest.size() - words.back().size())));
                break;
        }
    }

    Ref name(std::string_view text) {
        Ref name = intern_name(text);
        if (!name) {
            PyErr_Clear();
            fail("a name that is not UTF-8");
        }
        return name;
    }

    Argument argument(std::string_view text) {
        if (text.starts_with("**")) return Argument::keyword_splat(operand(text.substr(2)));
        if (text.starts_with('*')) return Argument::splat(operand(text.substr(1)));
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos && is_argument_name(text.substr(0, equals))) {
            Argument argument = Argument::keyword("", operand(text.substr(equals + 1)));
            argument.name = name(text.substr(0, equals));
            return argument;
        }
        return Argument::positional(operand(text));
    }

    // Keyword names may hold more than Python's own names can: `?`, `!` and the like stay when names cross.
    static bool is_argument_name(std::string_view text) {
        constexpr std::string_view starts = "?!*<>+-/%&$^~.";
        if (text.empty() || !(is_name_start(text[0]) || starts.find(text[0]) != starts.npos)) return false;
        return text.find_first_of("'\"()[]{}:,") == std::string_view::npos;
    }

    Key key(std::string_view text) {
        Key key;
        if (text.empty()) {
            fail("a key is missing");
            return key;
        }
        if (text.front() == '(' && text.back() == ')' && closes_at_end(text)) {
            key.tuple = true;
            Splitter splitter(text.substr(1, text.size() - 2));
            while (!splitter.at_end) {
                const std::string_view part_text = trim(splitter.next([](char c) { return c == ','; }));
                if (part_text.empty() && splitter.at_end) break;
                key.parts.push_back(part(part_text));
            }
            return key;
        }
        key.parts.push_back(part(text));
        return key;
    }

    // Whether the bracket that opens the text is closed by its last character: `(1, 2)`, not `(1):(2)`.
    static bool closes_at_end(std::string_view text) {
        Splitter splitter(text);
        (void)splitter.next([](char c) { return c == ')'; });
        return splitter.at_end || splitter.next([](char) { return false; }).empty();
    }

    Part part(std::string_view text) {
        std::vector<std::string_view> ends;
        if (text.size() < 2 || text[0] != ':' || read_constant == nullptr || !is_name_start(text[1])) {
            Splitter splitter(text);
            while (!splitter.at_end) ends.push_back(trim(splitter.next([](char c) { return c == ':'; })));
        }
        if (ends.size() < 2) return Part::one(operand(text));
        if (ends.size() > 3) fail("a slice has at most three parts: " + std::string(text));
        ends.resize(3);
        return Part::slice(end(ends[0]), end(ends[1]), end(ends[2]));
    }

    Operand end(std::string_view text) { return text.empty() || text == "None" ? Operand{} : operand(text); }

    Operand operand(std::string_view text) {
        if (text.empty()) {
            fail("an operand is missing");
            return {};
        }
        if (const long number = slot_number(text); number >= 0) {
            chain_.slot_count = std::max(chain_.slot_count, static_cast<std::uint32_t>(number) + 1);
            return Operand::slot(static_cast<std::uint32_t>(number));
        }
        if (is_name(text) && !is_constant_name(text)) {
            const auto known = std::find(names_.begin(), names_.end(), text);
            const auto index = static_cast<std::uint32_t>(known - names_.begin());
            if (known == names_.end()) names_.emplace_back(text);
            return Operand::slot(named + index);
        }
        const std::string copy(text);
        Ref object = steal(read_constant != nullptr ? read_constant(copy.c_str()) : read_literal(copy.c_str()));
        if (!object) {
            PyErr_Clear();
            fail("neither a slot nor a literal: " + copy);
            return {};
        }
        chain_.constants.push_back(std::move(object));
        return Operand::constant(static_cast<std::uint32_t>(chain_.constants.size() - 1));
    }

    // Named slots take the numbers from the first one on that no rN uses.
    void resolve_names() {
        if (names_.empty()) return;
        const std::uint32_t first = chain_.slot_count;
        const auto fix = [&](Operand& operand) {
            if (operand.kind == Operand::Kind::slot && operand.index >= named) operand.index += first - named;
        };
        for (Step& step : chain_.steps) {
            fix(step.operand);
            for (Argument& argument : step.arguments) fix(argument.value);
            for (Part& part : step.key.parts) {
                fix(part.start);
                fix(part.stop);
                fix(part.step);
            }
        }
        chain_.slot_count += static_cast<std::uint32_t>(names_.size());
        chain_.slot_names.resize(first);
        chain_.slot_names.insert(chain_.slot_names.end(), names_.begin(), names_.end());
    }

    static constexpr std::uint32_t named = 1u << 31;  // marks a named slot until all numbers are known

    std::string_view text_;
    Chain chain_;
    std::vector<std::string> names_;
    std::string problem_;
};

}  // namespace

std::string print_step(const Chain& chain, std::size_t index) { return Printer(chain).step(chain.steps.at(index)); }

std::string print_chain(const Chain& chain) {
    std::string out;
    for (const Step& step : chain.steps) {
        if (!out.empty()) out += " | ";
        out += Printer(chain).step(step);
    }
    return out;
}

tl::expected<Chain, std::string> parse_chain(std::string_view text) { return Parser(text).run(); }

}  // namespace catena
