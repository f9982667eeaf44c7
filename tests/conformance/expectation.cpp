#include "tests/conformance/expectation.hpp"

#include <charconv>

namespace catena::tests {

namespace {

std::string_view trimmed(std::string_view text) {
    const auto start = text.find_first_not_of(" \t\r");
    if (start == std::string_view::npos) return {};
    return text.substr(start, text.find_last_not_of(" \t\r") - start + 1);
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

bool take_number(std::string_view& text, std::uint32_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

}  // namespace

Expectation parse_error_expectation(std::string_view text) {
    Expectation expectation;
    text = trimmed(text);
    const auto end = text.find_first_of(" :");
    expectation.error = std::string(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end);
    if (take_prefix(text, " ") && take_number(text, expectation.place.line) && take_prefix(text, ":")) {
        (void)take_number(text, expectation.place.column);
    }
    if (take_prefix(text, ":")) expectation.message = std::string(trimmed(text));
    return expectation;
}

Expectation parse_expectation(std::string_view rest) {
    rest = trimmed(rest);
    std::optional<std::string> output;
    if (const auto at = rest.rfind(";out "); at != std::string_view::npos) {
        output = std::string(trimmed(rest.substr(at + 5)));
        rest = trimmed(rest.substr(0, at));
    }
    Expectation expectation;
    if (take_prefix(rest, ";=!")) {
        expectation = parse_error_expectation(rest);
    } else if (take_prefix(rest, ";=>")) {
        expectation.value = std::string(trimmed(rest));
    }
    expectation.output = std::move(output);
    return expectation;
}

}  // namespace catena::tests
