// Completion scripts. They know the words of the command line; values, and what programs take, are names of files. Only
// the names that `catena doc` explains are asked of the program.
#include <functional>

#include "repl/commands.hpp"
#include "repl/help.hpp"

namespace catena {

namespace {

using Wanted = std::function<bool(const CommandRow&, const OptionRow&)>;

std::string joined(const std::vector<std::string_view>& words, std::string_view separator) {
    std::string text;
    for (const std::string_view word : words) text += (text.empty() ? "" : std::string(separator)) + std::string(word);
    return text;
}

std::string command_names() {
    std::vector<std::string_view> names;
    for (const CommandRow& row : command_rows()) {
        if (!row.name.empty()) names.push_back(row.name);
    }
    return joined(names, " ");
}

// The words that an operand is one of; those of the commands for COMMAND.
std::string operand_words(const CommandRow& row) {
    return row.operand == "[COMMAND]" ? command_names() : joined(choices(row.operand), " ");
}

// Whether the command takes names of definitions.
bool takes_names(const CommandRow& row) { return row.operand.starts_with("NAME"); }

bool takes_files(const CommandRow& row) { return names_a_file(row.operand) || takes_names(row); }

// Prints the names of the core library, as far as no shell reads more in them than a word.
constexpr std::string_view list_names =
    R"(catena -e '(print (join "\n" (filter #(.fullmatch ($py "re") r"[a-z0-9._-]+" (str %)) (apropos ""))))' 2> /dev/null)";

// A text between single quotes, with every quote in it replaced.
std::string quoted(std::string_view text, std::string_view quote) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') {
            out += quote;
        } else {
            out += c;
        }
    }
    return out + "'";
}

// Bash

// Patterns of `case` for "COMMAND OPTION", for every option that is wanted.
std::string bash_patterns(const Wanted& wanted) {
    std::string out;
    for (const CommandRow& command : command_rows()) {
        for (const OptionRow& option : option_rows()) {
            if (!knows(command, option) || !wanted(command, option)) continue;
            for (const std::string_view name : split(option.names, ' ')) {
                out += (out.empty() ? "'" : "|'") + std::string(command.name) + " " + std::string(name) + "'";
            }
        }
    }
    return out;
}

std::string bash_values() {
    const auto takes_file = [](const CommandRow&, const OptionRow& option) { return names_a_file(option.value); };
    const auto takes_text = [](const CommandRow&, const OptionRow& option) {
        return needs_value(option) && !names_a_file(option.value) && choices(option.value).empty();
    };
    const auto takes_file_behind_equals = [](const CommandRow&, const OptionRow& option) {
        return option.value.starts_with('=') && names_a_file(option.value.substr(1));
    };
    std::string out = "        " + bash_patterns(takes_file_behind_equals) +
                      ") [[ $equals ]] && { _catena_files \"$word\"; return; } ;;\n";
    out += "        " + bash_patterns(takes_file) + ") _catena_files \"$word\"; return ;;\n";
    out += "        " + bash_patterns(takes_text) + ") return ;;\n";
    for (const OptionRow& option : option_rows()) {
        if (choices(option.value).empty()) continue;
        const auto same = [&](const CommandRow&, const OptionRow& other) { return &other == &option; };
        out += "        " + bash_patterns(same) + ") COMPREPLY=($(compgen -W '" + joined(choices(option.value), " ") +
               "' -- \"$word\")); return ;;\n";
    }
    return out;
}

std::string bash_words() {
    std::string out;
    for (const CommandRow& row : command_rows()) {
        std::vector<std::string_view> names;
        for (const OptionRow& option : option_rows()) {
            if (!knows(row, option)) continue;
            for (const std::string_view name : split(option.names, ' ')) names.push_back(name);
        }
        out += "        '" + std::string(row.name) + "') options='" + joined(names, " ") + "'";
        const std::string words = row.name.empty() ? command_names() : operand_words(row);
        if (!words.empty()) out += " words='" + words + "'";
        if (takes_files(row)) out += " files=yes";
        if (takes_names(row)) out += " names=yes";
        out += " ;;\n";
    }
    return out;
}

std::string bash_script() {
    const auto program = [](const CommandRow&, const OptionRow& option) { return option.then == Then::program; };
    const auto value = [](const CommandRow&, const OptionRow& option) {
        return needs_value(option) && option.then != Then::program;
    };
    std::string names;
    for (const CommandRow& row : command_rows()) {
        if (!row.name.empty()) names += (names.empty() ? "' " : "|' ") + std::string(row.name) + "'";
    }
    return R"(# Completes the words of catena in bash; made by: catena --completion bash

_catena_names() {
    )" + std::string(list_names) +
           R"(
}

_catena_files() {
    local IFS=$'\n'
    compopt -o filenames 2> /dev/null
    COMPREPLY+=($(compgen -f -- "$1"))
}

_catena() {
    local word=${COMP_WORDS[COMP_CWORD]} previous= command= program= options= words= files= names= equals= i
    ((COMP_CWORD > 0)) && previous=${COMP_WORDS[COMP_CWORD - 1]}
    # Bash takes --name=value apart.
    ((COMP_CWORD > 1)) && [[ $previous == = ]] && previous=${COMP_WORDS[COMP_CWORD - 2]}
    [[ $word == = || ${COMP_WORDS[COMP_CWORD - 1]} == = ]] && equals=yes
    [[ $word == = ]] && previous=${COMP_WORDS[COMP_CWORD - 1]} word=
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; ++i)); do
        case "$command ${COMP_WORDS[i]}" in
            )" +
           bash_patterns(program) + R"()
                ((i + 1 < COMP_CWORD)) && program=yes
                break ;;
            )" +
           bash_patterns(value) + R"()
                ((++i))
                [[ ${COMP_WORDS[i]} == = ]] && ((++i)) ;;
            *' -'?*) ;;
            )" +
           names + R"() command=${COMP_WORDS[i]} ;;
            ' '*|'run '*)
                program=yes
                break ;;
        esac
    done
    if [[ $program ]]; then
        _catena_files "$word"
        return
    fi
    case "$command $previous" in
)" + bash_values() +
           R"(    esac
    case $command in
)" + bash_words() +
           R"(    esac
    [[ $names ]] && words=$(_catena_names)
    if [[ $word == -?* || ($word == - && ! $files) ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$word"))
    else
        [[ $word == - ]] && words+=" $options"
        COMPREPLY=($(compgen -W "$words" -- "$word"))
        [[ $files ]] && _catena_files "$word"
    fi
}

complete -F _catena catena
)";
}

// Zsh

std::string zsh_option(const OptionRow& option) {
    const auto names = split(option.names, ' ');
    std::string help;
    for (const char c : option.help) {
        if (c == ':' || c == '[' || c == ']') help += '\\';
        help += c;
    }
    std::string value;
    if (needs_value(option)) {
        value = ":" + std::string(choices(option.value).empty() ? option.value : "one of these") + ":";
        value += names_a_file(option.value)      ? "_files"
                 : choices(option.value).empty() ? " "
                                                 : "(" + joined(choices(option.value), " ") + ")";
    } else if (!option.value.empty()) {
        value = "::" + std::string(option.value.substr(1)) + ":_files";
    }
    // What stands behind a program is the program's.
    if (option.then == Then::program) value += ":*:argument:_files";
    const std::string equals = option.value.starts_with('=') ? "=-" : "";
    std::string line;
    for (const std::string_view name : names) {
        if (!line.empty()) line += " \\\n";
        line += "                " +
                quoted("(" + joined(names, " ") + ")" + std::string(name) + equals + "[" + help + "]" + value, "'\\''");
    }
    return line;
}

std::string zsh_options(const CommandRow& command) {
    std::string out;
    for (const OptionRow& option : option_rows()) {
        if (knows(command, option)) out += " \\\n" + zsh_option(option);
    }
    return out;
}

std::string zsh_script() {
    std::string out = R"(#compdef catena
# Completes the words of catena in zsh; made by: catena --completion zsh

_catena_first() {
    local -a commands
    commands=(
)";
    for (const CommandRow& row : command_rows()) {
        if (!row.name.empty())
            out += "        " + quoted(std::string(row.name) + ":" + std::string(row.summary), "'\\''") + "\n";
    }
    out += R"zsh(    )
    _describe command commands
    _files
}

_catena_names() {
    local -a names
    names=(${(f)"$(_catena_list_names)"})
    compadd -a names
    _files
}

_catena_list_names() {
    )zsh" + std::string(list_names) +
           R"zsh(
}

_catena() {
    local curcontext=$curcontext state line
    typeset -A opt_args
    _arguments -C -s -S)zsh" +
           zsh_options(*find_command("")) + R"( \
                '1: :_catena_first' \
                '*:: :->rest' && return
    [[ $state == rest ]] || return 1
    case $words[1] in
)";
    for (const CommandRow& row : command_rows()) {
        if (row.name.empty()) continue;
        out += "        " + std::string(row.name) + ")\n            _arguments -s -S" + zsh_options(row);
        const std::string words = operand_words(row);
        if (!words.empty()) out += " \\\n                '1: :(" + words + ")'";
        if (takes_names(row)) {
            out += " \\\n                '*: :_catena_names'";
        } else if (names_a_file(row.operand)) {
            out += " \\\n                '*: :_files'";
        }
        out += " ;;\n";
    }
    return out + R"(        *) _files ;;
    esac
}

if [[ $funcstack[1] == _catena ]]; then
    _catena "$@"
else
    compdef _catena catena
fi
)";
}

// Fish

std::string fish_option(const CommandRow& command, const OptionRow& option) {
    std::string line = "complete -c catena -n ";
    line += command.name.empty() ? "__fish_use_subcommand"
                                 : "'__fish_seen_subcommand_from " + std::string(command.name) + "'";
    for (const std::string_view name : split(option.names, ' ')) {
        const bool is_long = name[1] == '-';
        line += (is_long ? " -l " : name.size() > 2 ? " -o " : " -s ") + std::string(name.substr(is_long ? 2 : 1));
    }
    if (names_a_file(option.value)) {
        line += " -r -F";
    } else if (needs_value(option)) {
        line += " -x";
        if (!choices(option.value).empty()) line += " -a '" + joined(choices(option.value), " ") + "'";
    }
    return line + " -d " + quoted(option.help, "\\'") + "\n";
}

std::string fish_script() {
    std::string out = "# Completes the words of catena in fish; made by: catena --completion fish\n\n";
    for (const CommandRow& row : command_rows()) {
        const std::string name(row.name);
        if (!name.empty()) {
            out +=
                "complete -c catena -n __fish_use_subcommand -a " + name + " -d " + quoted(row.summary, "\\'") + "\n";
            const std::string words = operand_words(row);
            const std::string seen = "complete -c catena -n '__fish_seen_subcommand_from " + name + "'";
            if (takes_names(row)) out += seen + " -a " + quoted("(" + std::string(list_names) + ")", "\\'") + "\n";
            if (!takes_files(row)) out += seen + " -f" + (words.empty() ? "" : " -a '" + words + "'") + "\n";
        }
        for (const OptionRow& option : option_rows()) {
            if (knows(row, option)) out += fish_option(row, option);
        }
    }
    return out;
}

}  // namespace

std::string completion_script(std::string_view shell) {
    return shell == "bash" ? bash_script() : shell == "zsh" ? zsh_script() : fish_script();
}

}  // namespace catena
