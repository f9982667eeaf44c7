#include <cstdio>

#include "catena_config.hpp"
#include "lang/utf8.hpp"
#include "repl/commands.hpp"
#include "repl/help.hpp"

namespace catena {

namespace {

// Text as groff prints it unchanged: a backslash, a dash that can be copied, no line that looks like a request.
std::string plain(std::string_view text) {
    std::string out;
    bool at_start = true;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (const auto lead = static_cast<unsigned char>(c); lead >= 0x80) {
            char escape[16];
            std::snprintf(escape, sizeof escape, "\\[u%04X]", utf8_at(text.data() + i));
            out += escape;
            i += static_cast<std::size_t>(utf8_length(lead)) - 1;
            at_start = false;
            continue;
        }
        if (at_start && (c == '.' || c == '\'')) out += "\\&";
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else if (c == '\'') {
            out += "\\(aq";
        } else if (c == '`') {
            out += "\\(ga";
        } else if (c == '^') {
            out += "\\(ha";
        } else if (c == '~') {
            out += "\\(ti";
        } else {
            out += c;
        }
        at_start = c == '\n';
    }
    return out;
}

std::string paragraphs(std::string_view text) {
    std::string out;
    for (const std::string_view line : split(text, '\n')) out += line.empty() ? ".PP\n" : plain(line) + "\n";
    return out;
}

std::string options_of(const CommandRow& command, bool of_program) {
    std::string out;
    for (const OptionRow& option : option_rows()) {
        if (!knows(command, option) || (option.commands.empty() && !of_program)) continue;
        out += ".TP\n";
        std::string names;
        for (const std::string_view name : split(option.names, ' ')) {
            names += (names.empty() ? "\\fB" : "\\fR, \\fB") + plain(name);
        }
        out += names + "\\fR";
        if (needs_value(option))
            out += " \\fI" + plain(option.value) + "\\fR";
        else if (!option.value.empty())
            out += "[=\\fI" + plain(option.value.substr(1)) + "\\fR]";
        out += "\n" + plain(option.help) + "\n";
    }
    return out;
}

std::string usage_of(const CommandRow& command) {
    std::string out;
    const std::string called = command.name.empty() ? "" : " " + std::string(command.name);
    for (const std::string_view line : split(command.usage, '\n')) {
        out += (out.empty() ? "" : ".br\n") + ("\\fBcatena" + called + "\\fR " + plain(line)) + "\n";
    }
    return out.empty() ? "\\fBcatena" + called + "\\fR\n" : out;
}

std::string examples_of(const CommandRow& command) {
    std::string out = ".EX\n";
    for (const std::string_view line : split(command.examples, '\n')) out += plain(line) + "\n";
    return out + ".EE\n";
}

}  // namespace

std::string manual_page() {
    const CommandRow& program = *find_command("");
    std::string out = ".TH CATENA 1 \"\" \"Catena " CATENA_VERSION "\" \"User commands\"\n";
    out += ".SH NAME\ncatena \\- a small Lisp inside CPython: run a program, or talk\n";
    out += ".SH SYNOPSIS\n" + usage_of(program);
    out += ".SH DESCRIPTION\n" + paragraphs(program.about);
    out += ".SH OPTIONS\n" + options_of(program, true);
    out += ".SH COMMANDS\n";
    for (const CommandRow& command : command_rows()) {
        if (command.name.empty()) continue;
        out += ".SS " + plain(command.name) + "\n" + usage_of(command) + ".PP\n" + paragraphs(command.about);
        out += options_of(command, false) + ".PP\n" + examples_of(command);
    }
    out += ".SH EXAMPLES\n" + examples_of(program);
    out += R"(.SH EXIT STATUS
0, what the program asks for with (sys.exit n), 1 after an error, 2 for wrong usage, 130 when interrupted.
.SH ENVIRONMENT
.TP
.B CATENA_PYTHON
the Python to use, as with
.BR \-\-python .
.TP
.BR VIRTUAL_ENV ", " CONDA_PREFIX
an active environment, whose Python is used when none is named.
.TP
.B CATENA_PATH
folders of modules, with colons between.
.TP
.B NO_COLOR
no colours when it is set.
.SH FILES
.TP
.I ~/.local/state/catena/history
what was typed in the REPL; under
.B XDG_STATE_HOME
when that is set.
.TP
.I .nrepl\-port
the port of a running
.BR "catena nrepl" .
.SH SEE ALSO
.BR python3 (1)
)";
    return out;
}

}  // namespace catena
