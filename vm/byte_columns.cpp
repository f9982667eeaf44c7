#include "vm/byte_columns.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <map>

namespace catena {
namespace {

bool is_ascii(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string read_file(const char* path) {
    constexpr off_t largest = off_t{16} << 20;
    struct stat status;
    // Only what is a file for sure: opening anything else could wait for ever.
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > largest) return {};
    std::FILE* file = std::fopen(path, "rb");
    if (file == nullptr) return {};
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file));
    std::fclose(file);
    return text;
}

// The text of a file with other characters than ASCII, or an empty string; read once.
const std::string& foreign_text(const std::string& path) {
    static auto* const texts = new std::map<std::string, std::string>;
    const auto [entry, fresh] = texts->try_emplace(path);
    if (fresh) {
        std::string text = read_file(path.c_str());
        if (!is_ascii(text)) entry->second = std::move(text);
    }
    return entry->second;
}

std::string utf8(PyObject* text) {
    Py_ssize_t size = 0;
    const char* bytes = text != nullptr && PyUnicode_Check(text) ? PyUnicode_AsUTF8AndSize(text, &size) : nullptr;
    if (bytes == nullptr) {
        PyErr_Clear();
        return {};
    }
    return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

ByteColumns::ByteColumns(const Code& code) {
    if (code.source) {
        if (PyUnicode_Check(code.source.get()) && PyUnicode_IS_ASCII(code.source.get())) return;
        own_text_ = utf8(code.source.get());
        text_ = &own_text_;
        first_ = code.span;
    } else {
        const std::string path = utf8(code.file.get());
        if (path.empty() || path.front() == '<') return;
        text_ = &foreign_text(path);
    }
    if (text_->empty()) {
        text_ = nullptr;
        return;
    }
    lines_.push_back(0);
    for (std::size_t n = 0; n < text_->size(); ++n) {
        if ((*text_)[n] == '\n') lines_.push_back(n + 1);
    }
}

std::uint32_t ByteColumns::before(std::uint32_t line, std::uint32_t column) const {
    const std::uint32_t characters = column > 0 ? column - 1 : 0;
    if (text_ == nullptr || line < first_.line || line - first_.line >= lines_.size()) return characters;
    const std::size_t row = line - first_.line;
    // What stands before a definition on its first line is not in its text.
    const std::uint32_t skipped = row == 0 && first_.column > 0 ? first_.column - 1 : 0;
    if (characters < skipped) return characters;
    std::size_t at = lines_[row];
    const auto begins_character = [&] { return (static_cast<unsigned char>((*text_)[at]) & 0xc0) != 0x80; };
    for (std::uint32_t n = skipped; n < characters && at < text_->size() && (*text_)[at] != '\n'; ++n) {
        for (++at; at < text_->size() && !begins_character();) ++at;
    }
    return skipped + static_cast<std::uint32_t>(at - lines_[row]);
}

}  // namespace catena
