// WAV files, block by block. A block holds the samples of the first channel, then those of the next, from -1 to 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace wav {

struct CloseFile {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

// Reads integers of 8, 16, 24 and 32 bits and floats of 32 and 64.
class Reader {
public:
    // The error is a sentence that names the file.
    [[nodiscard]] static tl::expected<Reader, std::string> open(const std::string& path);

    [[nodiscard]] unsigned rate() const noexcept { return rate_; }  // frames a second
    [[nodiscard]] unsigned channels() const noexcept { return channels_; }

    // Fills a block of that many channels and answers how many frames it holds; the rest is silence. A channel that the file lacks
    // is the file's last. A file that is shorter than it says ends where it ends.
    std::size_t read(std::span<float> block, std::size_t channels);

private:
    enum class Sample { integer, floating };

    tl::expected<void, std::string> read_header();
    tl::expected<void, std::string> read_format(std::uint32_t size);
    [[nodiscard]] float sample(const unsigned char* bytes) const noexcept;

    File file_;
    Sample kind_ = Sample::integer;
    unsigned rate_ = 0, channels_ = 0, bytes_ = 0;  // bytes of a sample
    std::size_t left_ = 0;                          // frames
    std::vector<unsigned char> buffer_;
};

// Writes floats of 32 bits.
class Writer {
public:
    [[nodiscard]] static tl::expected<Writer, std::string> create(const std::string& path, unsigned rate,
                                                                  unsigned channels);

    // The first `frames` frames of the block.
    void write(std::span<const float> block, std::size_t frames);
    // Without it the file says that it is empty. The error is the first one, of any write.
    [[nodiscard]] tl::expected<void, std::string> close();

private:
    void write_header();

    File file_;
    std::string path_;
    unsigned rate_ = 0, channels_ = 0;
    std::uint64_t written_ = 0;  // bytes of samples
    std::vector<unsigned char> buffer_;
};

}  // namespace wav
