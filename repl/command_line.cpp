#include "repl/command_line.hpp"

#include <algorithm>
#include <optional>

#include "repl/commands.hpp"
#include "vm/suggest.hpp"

namespace catena {

namespace {

using Parsed = tl::expected<CommandLine, WrongUsage>;

const OptionRow* find_option(const CommandRow& command, std::string_view name) {
    for (const OptionRow& option : option_rows()) {
        if (knows(command, option) && std::ranges::count(split(option.names, ' '), name) > 0) return &option;
    }
    return nullptr;
}

// What was probably meant by an option that a command does not know, as the end of a sentence.
std::string hint_about(const CommandRow& command, std::string_view name) {
    if (name.starts_with("-O")) return " (the only level is -O0)";
    if (find_option(command, "-" + std::string(name)) != nullptr)
        return " (did you mean '-" + std::string(name) + "'?)";
    std::vector<std::string> known;
    for (const OptionRow& option : option_rows()) {
        if (!knows(command, option)) continue;
        for (const std::string_view other : split(option.names, ' '))
            known.emplace_back(other.substr(2 * (other.size() > 2)));
    }
    const std::string close = name.starts_with("--") ? closest_name(name.substr(2), known) : std::string();
    if (close.size() > 1) return " (did you mean '--" + close + "'?)";
    for (const CommandRow& other : command_rows()) {
        if (find_option(other, name) == nullptr) continue;
        return " (catena" + (other.name.empty() ? "" : " " + std::string(other.name)) + " has it)";
    }
    return "";
}

// Walks over the arguments. Options that may stand together are taken apart: -iq is -i -q.
class Parser {
public:
    Parser(const std::vector<std::string>& arguments, bool input_is_terminal)
        : arguments_(arguments), input_is_terminal_(input_is_terminal) {}

    Parsed parse() {
        while (at_ < arguments_.size() && !done_) {
            const std::string& word = arguments_[at_];
            // An arrow is a name, `catena doc ->`.
            const bool is_option = word.size() > 1 && word[0] == '-' && word[1] != '>';
            const bool parsed = is_option ? option() : operand();
            if (!parsed) return tl::make_unexpected(wrong_);
        }
        if (!finish()) return tl::make_unexpected(wrong_);
        return line_;
    }

private:
    bool fail(std::string message) {
        wrong_ = {std::move(message), std::string(command_->name)};
        return false;
    }

    [[nodiscard]] bool runs_programs() const { return command_->name.empty() || command_->command == Command::file; }
    [[nodiscard]] bool takes_many() const { return command_->operand.find("…") != std::string_view::npos; }

    void take_rest() {
        line_.arguments.insert(line_.arguments.end(), arguments_.begin() + static_cast<std::ptrdiff_t>(at_),
                               arguments_.end());
        at_ = arguments_.size();
        done_ = true;
    }

    bool option() {
        const std::string word = arguments_[at_++];
        if (word == "--") {
            while (at_ < arguments_.size() && !done_) {
                if (!operand(true)) return false;
            }
            return true;
        }
        const std::size_t equals = word.find('=');
        if (word[1] == '-' || find_option(*command_, word) != nullptr) {
            const std::string name = word.substr(0, equals);
            const OptionRow* row = find_option(*command_, name);
            if (row == nullptr) return unknown(name);
            std::optional<std::string> value;
            if (equals != std::string::npos) value = word.substr(equals + 1);
            if (value && row->value.empty()) return fail("option '" + name + "' takes no value");
            return enter(*row, name, std::move(value));
        }
        if (word.starts_with("-O")) return unknown(word);
        for (std::size_t i = 1; i < word.size() && !done_; ++i) {
            const std::string name{'-', word[i]};
            const OptionRow* row = find_option(*command_, name);
            if (row == nullptr) return i == 1 && word.size() > 2 ? unknown(word) : unknown(name);
            // The value may be written right behind the letter, -mjson.tool.
            std::optional<std::string> value;
            if (!row->value.empty() && i + 1 < word.size()) value = word.substr(i + 1);
            if (!enter(*row, name, std::move(value))) return false;
            if (!row->value.empty()) return true;
        }
        return true;
    }

    bool unknown(const std::string& name) {
        // Of a word like -xyz, the first letter is what is not known, unless all of it is one name with a dash forgotten.
        const std::string hint = hint_about(*command_, name);
        const bool cluster = name.size() > 2 && name[1] != '-' && hint.empty();
        const std::string shown = cluster ? name.substr(0, 2) : name;
        return fail("unknown option '" + shown + "'" + hint);
    }

    bool enter(const OptionRow& row, const std::string& name, std::optional<std::string> value) {
        if (needs_value(row) && !value && at_ < arguments_.size()) value = arguments_[at_++];
        if ((needs_value(row) && !value) || (value && value->empty() && row.value != "EXPR")) {
            return fail(name + " needs a value");
        }
        if (const auto words = choices(row.value); !words.empty() && std::ranges::count(words, *value) == 0) {
            return fail(name + " takes one of " + std::string(row.value) + ", not '" + *value + "'");
        }
        if (row.then == Then::last && targeted_ && !takes_many())
            return fail("unexpected option '" + name + "': there is a program already");
        if (row.apply != nullptr) {
            row.apply(line_, value.value_or(std::string()));
        } else {
            line_.tool_options.emplace_back(split(row.names, ' ').back(), value.value_or(std::string()));
        }
        if (row.then == Then::more) return true;
        targeted_ = true;
        if (row.then == Then::program) take_rest();
        if (row.then == Then::nothing) done_ = true;
        if (line_.command == Command::help) line_.target = command_->name;
        return true;
    }

    // A word that is no option. `plainly`: it stands behind --, so that it is no command either.
    bool operand(bool plainly = false) {
        const std::string word = arguments_[at_++];
        if (command_->name.empty() && !plainly) {
            if (const CommandRow* command = find_command(word); command != nullptr && !word.empty()) {
                command_ = command;
                line_.command = command->command;
                if (line_.command == Command::tool) line_.target = word;
                return true;
            }
        }
        if (runs_programs()) {
            line_.command = word == "-" ? Command::standard_input : Command::file;
            line_.target = word;
            targeted_ = true;
            take_rest();
            return true;
        }
        if (const auto words = choices(command_->operand); !words.empty() && std::ranges::count(words, word) == 0) {
            return fail(std::string(command_->name) + " knows " + std::string(words[0]) + ", and '" + word +
                        "' is something else");
        }
        if (command_->operand.empty() || (targeted_ && !takes_many()))
            return fail("unexpected argument '" + word + "'");
        targeted_ = true;
        if (line_.command == Command::dump || line_.command == Command::help) {
            line_.target = word;
        } else {
            line_.arguments.push_back(word);
        }
        return true;
    }

    bool finish() {
        if (line_.command == Command::help && find_command(line_.target) == nullptr) {
            const std::string close = closest_command(line_.target);
            return fail("there is no command '" + line_.target + "'" +
                        (close.empty() ? "" : " (did you mean '" + close + "'?)"));
        }
        if (targeted_) return true;
        if (!command_->needs.empty())
            return fail(std::string(command_->name) + " needs " + std::string(command_->needs));
        if (!command_->name.empty()) return true;
        const bool talk = input_is_terminal_ || line_.interactive;
        line_.command = talk ? Command::repl : Command::standard_input;
        if (!talk) line_.target = std::string(1, '-');
        line_.interactive = false;
        return true;
    }

    const std::vector<std::string>& arguments_;
    const bool input_is_terminal_;
    const CommandRow* command_ = find_command("");
    std::size_t at_ = 0;
    bool done_ = false;      // the rest is not ours
    bool targeted_ = false;  // what the command is about has been said
    CommandLine line_;
    WrongUsage wrong_;
};

}  // namespace

tl::expected<CommandLine, WrongUsage> parse_command_line(const std::vector<std::string>& arguments,
                                                         bool input_is_terminal) {
    return Parser(arguments, input_is_terminal).parse();
}

std::string closest_command(std::string_view word) {
    std::vector<std::string> names;
    for (const CommandRow& row : command_rows()) names.emplace_back(row.name);
    return closest_name(word, names);
}

}  // namespace catena
