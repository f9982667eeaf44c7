#include "wav.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <string_view>

namespace wav {
namespace {

constexpr unsigned integer_format = 1, float_format = 3, extensible_format = 0xFFFE;
constexpr std::uint32_t header_bytes = 58;  // of the files written here, before the samples

// The numbers of a file, whose bytes come least significant first.
std::uint64_t number(const unsigned char* bytes, unsigned count) noexcept {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < count; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
    return value;
}

void put(std::vector<unsigned char>& out, std::uint64_t value, unsigned count) {
    for (unsigned i = 0; i < count; ++i) out.push_back(static_cast<unsigned char>(value >> (8 * i)));
}
void put(std::vector<unsigned char>& out, std::string_view name) {
    for (const char letter : name) out.push_back(static_cast<unsigned char>(letter));
}

tl::unexpected<std::string> refuse(const char* why) { return tl::unexpected<std::string>(why); }

std::string cannot(const char* what, const std::string& path) {
    return std::string("cannot ") + what + ' ' + path + ": " + std::strerror(errno);
}

}  // namespace

tl::expected<Reader, std::string> Reader::open(const std::string& path) {
    Reader reader;
    reader.file_.reset(std::fopen(path.c_str(), "rb"));
    if (!reader.file_) return tl::unexpected(cannot("read", path));
    if (const auto read = reader.read_header(); !read) return tl::unexpected(path + ": " + read.error());
    return reader;
}

tl::expected<void, std::string> Reader::read_header() {
    unsigned char start[12], chunk[8];
    if (std::fread(start, sizeof start, 1, file_.get()) != 1 || std::memcmp(start, "RIFF", 4) != 0 ||
        std::memcmp(start + 8, "WAVE", 4) != 0)
        return refuse("this is no WAV file");
    while (std::fread(chunk, sizeof chunk, 1, file_.get()) == 1) {
        const auto size = static_cast<std::uint32_t>(number(chunk + 4, 4));
        if (std::memcmp(chunk, "fmt ", 4) == 0) {
            if (auto read = read_format(size); !read) return read;
        } else if (std::memcmp(chunk, "data", 4) == 0) {
            if (channels_ == 0) return refuse("the samples come before their format");
            left_ = size / (std::size_t{channels_} * bytes_);
            return {};
        } else if (std::fseek(file_.get(), static_cast<long>(size) + (size & 1), SEEK_CUR) != 0) {
            break;
        }
    }
    return refuse("there are no samples in it");
}

tl::expected<void, std::string> Reader::read_format(std::uint32_t size) {
    unsigned char format[40] = {};
    const std::size_t wanted = std::min<std::size_t>(size, sizeof format);
    if (size < 16 || std::fread(format, wanted, 1, file_.get()) != 1) return refuse("its format is cut off");
    std::fseek(file_.get(), static_cast<long>(size - wanted) + (size & 1), SEEK_CUR);
    auto code = static_cast<unsigned>(number(format, 2));
    if (code == extensible_format && size >= 26) code = static_cast<unsigned>(number(format + 24, 2));
    channels_ = static_cast<unsigned>(number(format + 2, 2));
    rate_ = static_cast<unsigned>(number(format + 4, 4));
    const auto bits = static_cast<unsigned>(number(format + 14, 2));
    bytes_ = bits / 8;
    kind_ = code == float_format ? Sample::floating : Sample::integer;
    const bool known = code == integer_format ? bits == 8 || bits == 16 || bits == 24 || bits == 32
                                              : code == float_format && (bits == 32 || bits == 64);
    if (!known)
        return tl::unexpected("samples of format " + std::to_string(code) + " with " + std::to_string(bits) +
                              " bits are not read");
    if (channels_ == 0 || rate_ == 0) return refuse("it has no channels, or no rate");
    return {};
}

float Reader::sample(const unsigned char* bytes) const noexcept {
    const std::uint64_t bits = number(bytes, bytes_);
    if (kind_ == Sample::floating)
        return bytes_ == 4 ? std::bit_cast<float>(static_cast<std::uint32_t>(bits))
                           : static_cast<float>(std::bit_cast<double>(bits));
    if (bytes_ == 1) return (static_cast<float>(bits) - 128) / 128;
    // Its sign bit at the top of 32.
    const auto wide = static_cast<std::int32_t>(static_cast<std::uint32_t>(bits) << (32 - 8 * bytes_));
    return static_cast<float>(wide) / 2147483648.0F;
}

std::size_t Reader::read(std::span<float> block, std::size_t channels) {
    const std::size_t row = block.size() / channels;
    const std::size_t frame_bytes = std::size_t{channels_} * bytes_;
    buffer_.resize(row * frame_bytes);
    const std::size_t frames = std::fread(buffer_.data(), frame_bytes, std::min(row, left_), file_.get());
    left_ = frames < row ? 0 : left_ - frames;
    for (std::size_t channel = 0; channel < channels; ++channel) {
        float* out = block.data() + channel * row;
        const unsigned char* in = buffer_.data() + std::min<std::size_t>(channel, channels_ - 1) * bytes_;
        for (std::size_t i = 0; i < frames; ++i) out[i] = sample(in + i * frame_bytes);
        std::fill(out + frames, out + row, 0.0F);
    }
    return frames;
}

tl::expected<Writer, std::string> Writer::create(const std::string& path, unsigned rate, unsigned channels) {
    Writer writer;
    writer.file_.reset(std::fopen(path.c_str(), "wb"));
    if (!writer.file_) return tl::unexpected(cannot("write", path));
    writer.path_ = path;
    writer.rate_ = rate;
    writer.channels_ = channels;
    writer.write_header();
    return writer;
}

void Writer::write_header() {
    const auto data = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(written_, std::numeric_limits<std::uint32_t>::max() - header_bytes));
    const std::uint32_t frame = channels_ * 4;
    buffer_.clear();
    put(buffer_, "RIFF"), put(buffer_, header_bytes - 8 + data, 4), put(buffer_, "WAVE");
    put(buffer_, "fmt "), put(buffer_, 18, 4), put(buffer_, float_format, 2), put(buffer_, channels_, 2);
    put(buffer_, rate_, 4), put(buffer_, std::uint64_t{rate_} * frame, 4), put(buffer_, frame, 2), put(buffer_, 32, 2);
    put(buffer_, 0, 2);
    put(buffer_, "fact"), put(buffer_, 4, 4), put(buffer_, data / frame, 4);
    put(buffer_, "data"), put(buffer_, data, 4);
    std::fwrite(buffer_.data(), buffer_.size(), 1, file_.get());
}

void Writer::write(std::span<const float> block, std::size_t frames) {
    const std::size_t row = block.size() / channels_;
    buffer_.clear();
    for (std::size_t i = 0; i < frames; ++i)
        for (std::size_t channel = 0; channel < channels_; ++channel)
            put(buffer_, std::bit_cast<std::uint32_t>(block[channel * row + i]), 4);
    std::fwrite(buffer_.data(), 1, buffer_.size(), file_.get());
    written_ += buffer_.size();
}

tl::expected<void, std::string> Writer::close() {
    std::rewind(file_.get());  // forgets errors too
    write_header();
    const bool failed = std::ferror(file_.get()) != 0;
    if (std::fclose(file_.release()) != 0 || failed) return tl::unexpected(cannot("write", path_));
    return {};
}

}  // namespace wav
