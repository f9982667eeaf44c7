#include "repl/excerpt.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <vector>

#include "bridge/ref.hpp"
#include "lang/diagnostic.hpp"

namespace catena {

namespace {

// No source file that people write is larger, and an error report must not read gigabytes.
constexpr std::size_t largest_source = std::size_t{64} << 20;

struct Character {
    std::string text;       // as it is shown
    std::size_t width = 1;  // columns on the terminal
};

// Decodes one character at `at` and moves past it; U+FFFD, one byte on, when it is not UTF-8.
char32_t decode(std::string_view text, std::size_t* at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(*at);
    std::size_t length = first < 0x80                    ? 1
                         : first >= 0xf0 && first < 0xf5 ? 4
                         : first >= 0xe0                 ? 3
                         : first >= 0xc2                 ? 2
                                                         : 0;
    if (first >= 0xf5) length = 0;
    if (length == 1) {
        ++*at;
        return first;
    }
    if (length == 0 || *at + length > text.size()) {
        ++*at;
        return 0xfffd;
    }
    char32_t code = first & (0xff >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(*at + i) & 0xc0) != 0x80) {
            ++*at;
            return 0xfffd;
        }
        code = code << 6 | (byte(*at + i) & 0x3f);
    }
    *at += length;
    return code;
}

std::string encode(char32_t code) {
    std::string out;
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xc0 | code >> 6);
        out += static_cast<char>(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        out += static_cast<char>(0xe0 | code >> 12);
        out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (code & 0x3f));
    } else {
        out += static_cast<char>(0xf0 | code >> 18);
        out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
        out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (code & 0x3f));
    }
    return out;
}

// How wide characters are is Python's knowledge (unicodedata), asked only when a line is not plain ASCII. Without
// that module each character counts as one column.
class Widths {
public:
    std::size_t of(char32_t code) {
        if (!asked_) {
            asked_ = true;
            Ref module = steal(PyImport_ImportModule("unicodedata"));
            if (module) {
                east_asian_width_ = steal(PyObject_GetAttrString(module.get(), "east_asian_width"));
                category_ = steal(PyObject_GetAttrString(module.get(), "category"));
            }
            PyErr_Clear();
        }
        if (!east_asian_width_ || !category_) return 1;
        const std::string category = ask(category_, code);
        if (category == "Mn" || category == "Me" || category == "Cf") return 0;
        const std::string width = ask(east_asian_width_, code);
        return width == "W" || width == "F" ? 2 : 1;
    }

private:
    static std::string ask(const Ref& function, char32_t code) {
        std::string answer;
        const Ref character = steal(PyUnicode_FromOrdinal(static_cast<int>(code)));
        const Ref result = character ? steal(PyObject_CallOneArg(function.get(), character.get())) : Ref();
        if (result && PyUnicode_Check(result.get())) {
            if (const char* text = PyUnicode_AsUTF8(result.get())) answer = text;
        }
        PyErr_Clear();
        return answer;
    }

    bool asked_ = false;
    Ref east_asian_width_;
    Ref category_;
};

std::vector<Character> characters_of(std::string_view line) {
    std::vector<Character> characters;
    characters.reserve(line.size());
    Widths widths;
    std::size_t column = 0;
    for (std::size_t at = 0; at < line.size();) {
        const char32_t code = decode(line, &at);
        Character character;
        if (code == '\t') {
            character.width = 4 - column % 4;
            character.text.assign(character.width, ' ');
        } else if (code < 0x20) {
            character.text = encode(0x2400 + code);  // the picture of a control character
        } else if (code == 0x7f || (code >= 0x80 && code < 0xa0)) {
            character.text = encode(0xfffd);
        } else {
            character.text = encode(code);
            if (code >= 0x80) character.width = widths.of(code);
        }
        column += character.width;
        characters.push_back(std::move(character));
    }
    return characters;
}

std::map<std::string, std::string>& remembered() {
    static std::map<std::string, std::string> texts;
    return texts;
}

bool read_source(const std::string& file, std::string* text) {
    struct stat status;
    // A pipe has been read already, and reading it again could wait for ever.
    if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
    std::FILE* stream = std::fopen(file.c_str(), "rb");
    if (stream == nullptr) return false;
    char block[65536];
    std::size_t count;
    while ((count = std::fread(block, 1, sizeof block, stream)) > 0 && text->size() < largest_source) {
        text->append(block, count);
    }
    const bool read = std::ferror(stream) == 0;
    std::fclose(stream);
    return read;
}

}  // namespace

Excerpt draw_excerpt(std::string_view line, const Span& span, std::size_t width) {
    const std::vector<Character> characters = characters_of(line);
    const std::size_t count = characters.size();
    const std::size_t first = std::min<std::size_t>(span.column > 0 ? span.column - 1 : 0, count);
    std::size_t last = count;  // one past the marked ones
    if (span.end_line <= span.line) last = span.end_column > span.column ? span.end_column - 1 : first + 1;
    last = std::clamp(last, first, std::max(first, count));

    // The window [from, to) of characters that is shown holds the mark's start, with a third of the width before it.
    std::size_t from = 0;
    std::size_t to = count;
    std::size_t total = 0;
    for (const Character& character : characters) total += character.width;
    if (total > width) {
        std::size_t before = 0;
        from = first;
        while (from > 0 && before + characters[from - 1].width <= width / 3) before += characters[--from].width;
        std::size_t used = before;
        to = first;
        while (to < count && used + characters[to].width <= width) used += characters[to++].width;
    }

    Excerpt excerpt;
    const char* cut = "…";
    if (from > 0) {
        excerpt.line += cut;
        excerpt.marks += ' ';
    }
    for (std::size_t i = from; i < to; ++i) {
        excerpt.line += characters[i].text;
        if (i < first) excerpt.marks.append(characters[i].width, ' ');
    }
    if (to < count) excerpt.line += cut;
    excerpt.marks += '^';
    std::size_t marked = 0;
    for (std::size_t i = first; i < std::min(last, to); ++i) marked += characters[i].width;
    if (marked > 1) excerpt.marks.append(marked - 1, '~');
    return excerpt;
}

std::string_view remember_source(const std::string& name, std::string text) {
    return remembered()[name] = std::move(text);
}

bool source_line(const std::string& file, std::size_t number, std::string* line) {
    if (number == 0) return false;
    const auto found = remembered().find(file);
    std::string text;
    std::string_view source;
    if (found != remembered().end()) {
        source = found->second;
    } else {
        if (!read_source(file, &text)) return false;
        source = text;
    }
    *line = line_of(source, number);
    return !line->empty();
}

}  // namespace catena
