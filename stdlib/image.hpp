// The image of the core library: what catena-boot makes of stdlib/*.lisp at build time and the program carries in its
// read-only data. It is used where it lies, so a start costs nothing: an index finds a name's entry, the entry says where
// the form that defines it stands as text and as code.
//
//   Header | slots, a power of two | Entry … | File … | texts and codes
//
// Offsets count from the image's first byte. A slot is 0 or an entry's number + 1; a name's search begins at the slot of
// its hash and goes on to the next one until a free slot ends it.
#pragma once

#include <cstdint>
#include <string_view>

namespace catena {

struct ImageText {
    std::uint32_t offset;
    std::uint32_t size;
};

struct ImageHeader {
    char mark[8];
    std::uint32_t slots;  // their count
    std::uint32_t entries;
    std::uint32_t files;
    std::uint32_t size;  // of the whole image
};
inline constexpr std::string_view image_mark{"catimg1\0", 8};

struct ImageEntry {
    std::uint32_t hash;
    std::uint32_t file;
    std::uint32_t line;  // where the form begins, from 1
    std::uint32_t column;
    ImageText name;     // as Python knows it
    ImageText display;  // as written
    ImageText doc;      // empty without a docstring
    ImageText source;   // the form's text
    ImageText code;     // what dump_code wrote; empty in the image that catena-boot itself begins with
};

struct ImageFile {
    ImageText name;  // "<catena>/control.lisp"
    ImageText text;
};

[[nodiscard]] constexpr std::uint32_t image_hash(std::string_view name) {
    std::uint32_t hash = 2166136261u;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
    return hash;
}

// An image somewhere in memory, which must be aligned to 4 bytes and outlive this.
class Image {
public:
    Image() = default;
    // An image of another format or size counts as empty.
    explicit Image(std::string_view bytes);

    [[nodiscard]] std::uint32_t count() const { return header_ == nullptr ? 0 : header_->entries; }
    [[nodiscard]] const ImageEntry& entry(std::uint32_t number) const { return entries_[number]; }
    [[nodiscard]] const ImageFile& file(const ImageEntry& entry) const { return files_[entry.file]; }
    [[nodiscard]] std::string_view text(ImageText text) const { return bytes_.substr(text.offset, text.size); }
    // The entry of a name, null when there is none.
    [[nodiscard]] const ImageEntry* find(std::string_view name) const;

private:
    std::string_view bytes_;
    const ImageHeader* header_ = nullptr;
    const std::uint32_t* slots_ = nullptr;
    const ImageEntry* entries_ = nullptr;
    const ImageFile* files_ = nullptr;
};

// The image that this program carries; catena-boot has an empty one.
[[nodiscard]] std::string_view built_in_image();

}  // namespace catena
