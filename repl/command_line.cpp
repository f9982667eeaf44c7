#include "repl/command_line.hpp"

#include <algorithm>
#include <optional>

namespace catena {

namespace {

using Parsed = tl::expected<CommandLine, WrongUsage>;

struct CommandName {
    std::string_view name;
    Command command;
};

constexpr CommandName command_names[] = {
    {"run", Command::file},    {"repl", Command::repl},     {"dump", Command::dump},
    {"test", Command::test},   {"doctor", Command::doctor}, {"kernel", Command::kernel},
    {"nrepl", Command::nrepl}, {"help", Command::help},     {"version", Command::version},
};

// Options that only the tools written in Catena know: they get them as words, `--port=7888`.
struct ToolOption {
    std::string_view command;
    std::string_view name;
    bool takes_value;
};

constexpr ToolOption tool_options[] = {
    {"kernel", "--user", false},           {"kernel", "--prefix", true}, {"kernel", "--name", true},
    {"kernel", "--connection-file", true}, {"nrepl", "--port", true},    {"nrepl", "--bind", true},
};

// Walks over the arguments. Options that may stand together are taken apart: -iq is -i -q.
class Parser {
public:
    Parser(const std::vector<std::string>& arguments, bool input_is_terminal)
        : arguments_(arguments), input_is_terminal_(input_is_terminal) {}

    Parsed parse() {
        while (at_ < arguments_.size() && !done_) {
            const std::string& word = arguments_[at_];
            const bool parsed = word.size() > 1 && word[0] == '-' ? option() : operand();
            if (!parsed) return tl::make_unexpected(wrong_);
        }
        if (!finish()) return tl::make_unexpected(wrong_);
        return line_;
    }

private:
    bool fail(std::string message) {
        wrong_ = {std::move(message), name_};
        return false;
    }

    // The word after the current option, which is at_ - 1 by then.
    std::optional<std::string> value_of(std::string_view option) {
        if (at_ < arguments_.size()) return arguments_[at_++];
        fail(std::string(option) + " needs a value");
        return std::nullopt;
    }

    void take_rest() {
        line_.arguments.assign(arguments_.begin() + static_cast<std::ptrdiff_t>(at_), arguments_.end());
        at_ = arguments_.size();
        done_ = true;
    }

    // What is to run is known; everything after it belongs to it.
    bool target(Command command, std::string text) {
        line_.command = command;
        line_.target = std::move(text);
        targeted_ = true;
        take_rest();
        return true;
    }

    [[nodiscard]] bool in(std::string_view name) const { return name_ == name; }
    [[nodiscard]] bool runs_programs() const { return name_.empty() || in("run"); }

    bool option() {
        const std::string word = arguments_[at_++];
        if (word == "--") {
            if (in("test")) {
                take_rest();
                return true;
            }
            if (at_ == arguments_.size()) return true;
            if (in("dump")) return operand();
            if (!runs_programs()) return fail("unexpected argument '" + arguments_[at_] + "'");
            std::string file = arguments_[at_++];
            return file == "-" ? target(Command::standard_input, "-") : target(Command::file, std::move(file));
        }
        return word[1] == '-' ? long_option(word) : short_options(word);
    }

    bool long_option(const std::string& word) {
        const std::size_t equals = word.find('=');
        const std::string name = word.substr(0, equals);
        std::optional<std::string> given;
        if (equals != std::string::npos) given = word.substr(equals + 1);

        if (name == "--python" || (name == "--junit" && in("test"))) {
            if (!given) given = value_of(name);
            if (!given) return false;
            if (given->empty()) return fail(name + " needs a value");
            (name == "--python" ? line_.python : line_.junit) = *given;
            return true;
        }
        for (const ToolOption& option : tool_options) {
            if (!in(option.command) || option.name != name) continue;
            if (option.takes_value && !given && !(given = value_of(name))) return false;
            if (!option.takes_value && given) return fail("option '" + name + "' takes no value");
            line_.arguments.push_back(option.takes_value ? name + "=" + *given : name);
            return true;
        }
        const bool known = flag(name);
        if (known && given) return fail("option '" + name + "' takes no value");
        return known || fail("unknown option '" + name + "'");
    }

    // Options without a value.
    bool flag(std::string_view name) {
        if (name == "--help") {
            line_.command = Command::help;
            line_.target = name_;
            at_ = arguments_.size();
            return done_ = targeted_ = true;
        }
        if (name == "--version" && name_.empty()) {
            line_.command = Command::version;
            at_ = arguments_.size();
            return done_ = targeted_ = true;
        }
        if (!in("dump")) return false;
        if (name == "--forms") return line_.stages.forms = true;
        if (name == "--expanded") return line_.stages.expanded = true;
        if (name == "--chains") return line_.stages.chains = true;
        if (name == "--code") return line_.stages.code = true;
        return false;
    }

    bool short_options(const std::string& word) {
        if (word == "-O0") {
            line_.fuse = false;
            return true;
        }
        if (word.starts_with("-O")) return fail("unknown option '" + word + "'; the only level is -O0");
        for (std::size_t i = 1; i < word.size() && !done_; ++i) {
            const char letter = word[i];
            switch (letter) {
                case 'h': flag("--help"); continue;
                case 'V':
                    if (flag("--version")) continue;
                    break;
                case 'i':
                    if (!runs_programs()) break;
                    line_.interactive = true;
                    continue;
                case 'q':
                    if (!runs_programs() && !in("repl")) break;
                    line_.quiet = true;
                    continue;
                case 'e':
                case 'c':
                case 'm':
                case 'k': {
                    const bool fits = letter == 'k'   ? in("test")
                                      : letter == 'm' ? name_.empty()
                                                      : name_.empty() || in("dump");
                    if (!fits) break;
                    // The value may be written right behind the letter, -mjson.tool.
                    std::optional<std::string> text;
                    if (i + 1 < word.size()) {
                        text = word.substr(i + 1);
                    } else {
                        text = value_of(std::string{'-', letter});
                    }
                    if (!text) return false;
                    return short_value(letter, std::move(*text));
                }
                default: break;
            }
            return fail(std::string("unknown option '-") + letter + "'");
        }
        return true;
    }

    bool short_value(char letter, std::string text) {
        if (letter == 'k') {
            line_.only = std::move(text);
            return true;
        }
        if (letter == 'm') {
            if (text.empty()) return fail("-m needs the name of a module");
            return target(Command::module, std::move(text));
        }
        if (!in("dump")) return target(Command::expression, std::move(text));
        if (targeted_) return fail("dump takes one program");
        line_.target = std::move(text);
        line_.dump_expression = true;
        return targeted_ = true;
    }

    bool operand() {
        std::string word = arguments_[at_++];
        if (name_.empty()) {
            for (const CommandName& entry : command_names) {
                if (entry.name != word) continue;
                name_ = word == "help" || word == "version" ? "" : word;
                line_.command = entry.command;
                targeted_ = word == "repl" || word == "doctor" || word == "kernel" || word == "nrepl" ||
                            word == "help" || word == "version";
                if (word == "help") {
                    if (at_ < arguments_.size()) line_.target = arguments_[at_++];
                    done_ = true;
                } else if (word == "version") {
                    done_ = true;
                }
                return true;
            }
        }
        if (in("kernel") && word != "install") {
            return fail("kernel knows install, and '" + word + "' is something else");
        }
        if (in("test") || in("kernel")) {
            line_.arguments.push_back(std::move(word));
            return true;
        }
        if (in("dump")) {
            if (targeted_) return fail("dump takes one program, and '" + word + "' is a second one");
            line_.target = std::move(word);
            return targeted_ = true;
        }
        if (in("repl") || in("doctor") || in("nrepl")) return fail("unexpected argument '" + word + "'");
        if (word == "-") return target(Command::standard_input, "-");
        return target(Command::file, std::move(word));
    }

    bool finish() {
        if (in("test") && line_.command == Command::test) {
            if (line_.arguments.empty()) return fail("test needs a file or folder");
            return true;
        }
        if (line_.command == Command::help) {
            return !help_text(line_.target).empty() || fail("there is no command '" + line_.target + "'");
        }
        if (targeted_) return true;
        if (in("run")) return fail("run needs a file");
        if (in("dump")) return fail("dump needs a file, or -e EXPR");
        const bool talk = input_is_terminal_ || line_.interactive;
        line_.command = talk ? Command::repl : Command::standard_input;
        if (!talk) line_.target = std::string(1, '-');
        line_.interactive = false;
        return true;
    }

    const std::vector<std::string>& arguments_;
    const bool input_is_terminal_;
    std::size_t at_ = 0;
    bool done_ = false;      // the rest is not ours
    bool targeted_ = false;  // what to run is known
    std::string name_;       // of the subcommand
    CommandLine line_;
    WrongUsage wrong_;
};

}  // namespace

tl::expected<CommandLine, WrongUsage> parse_command_line(const std::vector<std::string>& arguments,
                                                         bool input_is_terminal) {
    return Parser(arguments, input_is_terminal).parse();
}

}  // namespace catena
