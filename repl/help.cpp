#include "repl/help.hpp"

#include <algorithm>

#include "repl/commands.hpp"

namespace catena {

namespace {

constexpr std::string_view closing = R"(
Exit status: 0, that of (sys.exit n), 1 after an error, 2 for wrong usage, 130 when interrupted.
Environment: CATENA_PYTHON (as --python), CATENA_PATH (folders of modules), NO_COLOR.
)";

std::string entry(std::string label, std::string_view text) {
    constexpr std::size_t width = 20;
    label.insert(0, "  ");
    const auto characters = static_cast<std::size_t>(
        std::ranges::count_if(label, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
    if (characters + 1 > width) {
        label += "\n" + std::string(width, ' ');
    } else {
        label.append(width - characters, ' ');
    }
    return label + std::string(text) + "\n";
}

std::string label_of(const OptionRow& option) {
    std::string label;
    for (const std::string_view name : split(option.names, ' '))
        label += (label.empty() ? "" : ", ") + std::string(name);
    if (option.value.empty()) return label;
    const std::string value(option.value);
    return label + (needs_value(option) ? " " + value : "[" + value + "]");
}

// A summary that stands in a list gets its command's operands.
std::string label_of(const CommandRow& command) {
    std::string label(command.name);
    const auto words = choices(command.operand);
    if (!words.empty()) return label + " " + std::string(words[0]);
    return command.operand.empty() ? label : label + " " + std::string(command.operand);
}

}  // namespace

std::string help_text(std::string_view name) {
    const CommandRow& command = *find_command(name);
    const std::string called = name.empty() ? "catena" : "catena " + std::string(name);
    std::string text;
    const auto usage = split(command.usage, '\n');
    for (const std::string_view line : usage) {
        text += (text.empty() ? "Usage: " : "       ") + called + " " + std::string(line) + "\n";
    }
    if (usage.empty()) text += "Usage: " + called + "\n";
    text += "\n" + std::string(command.about) + "\n\n";
    for (const OptionRow& option : option_rows()) {
        if (!knows(command, option)) continue;
        const bool of_command = !name.empty() && option.commands.empty();
        text += entry(label_of(option), of_command ? "this text" : option.help);
    }
    if (name.empty()) {
        text += "\nCommands:\n";
        for (const CommandRow& row : command_rows()) {
            if (!row.name.empty()) text += entry(label_of(row), row.summary);
        }
    }
    text += "\nExamples:\n";
    for (const std::string_view line : split(command.examples, '\n')) text += "  " + std::string(line) + "\n";
    if (name.empty()) text += closing;
    return text;
}

}  // namespace catena
