#include "bridge/array_memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace catena {
namespace {

// A piece of memory begins with its size and stands on pages of its own.
struct Head {
    std::size_t bytes;  // the head included
};
constexpr std::size_t head_bytes = 64;
constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr std::size_t small_step = std::size_t{64} << 10;
constexpr std::size_t most_kept = 8;

// What is kept together at most: a share of the machine's memory.
std::size_t most_bytes_kept() {
    static const std::size_t most = [] {
        const long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
        const std::size_t memory =
            pages > 0 && size > 0 ? static_cast<std::size_t>(pages) * static_cast<std::size_t>(size) : 0;
        return std::min(memory / 16, std::size_t{1} << 30);
    }();
    return most;
}

// Under the GIL, which NumPy holds when it allocates.
Head* kept[most_kept];
std::size_t kept_bytes = 0;

std::size_t rounded(std::size_t bytes) {
    const std::size_t step = bytes >= huge_page ? huge_page : small_step;
    return (bytes + step - 1) / step * step;
}

Head* map(std::size_t bytes) {
    const bool huge = bytes >= huge_page;
    const std::size_t more = huge ? bytes + huge_page : bytes;
    void* memory = mmap(nullptr, more, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return nullptr;
    auto* begin = static_cast<char*>(memory);
    if (huge) {
        const std::size_t off = (huge_page - reinterpret_cast<std::uintptr_t>(begin) % huge_page) % huge_page;
        if (off != 0) munmap(begin, off);
        if (off != huge_page) munmap(begin + off + bytes, more - off - bytes);
        begin += off;
        madvise(begin, bytes, MADV_HUGEPAGE);
    }
    auto* head = reinterpret_cast<Head*>(begin);
    head->bytes = bytes;
    return head;
}

// The smallest kept piece that is large enough and not much too large.
Head* take_kept(std::size_t bytes) {
    Head** best = nullptr;
    for (Head*& head : kept) {
        if (head == nullptr || head->bytes < bytes || head->bytes > bytes + bytes / 4) continue;
        if (best == nullptr || head->bytes < (*best)->bytes) best = &head;
    }
    if (best == nullptr) return nullptr;
    Head* found = *best;
    *best = nullptr;
    kept_bytes -= found->bytes;
    return found;
}

void* allocate(void*, std::size_t size) {
    if (size > SIZE_MAX / 2) return nullptr;
    const std::size_t bytes = rounded(size + head_bytes);
    Head* head = take_kept(bytes);
    if (head == nullptr) head = map(bytes);
    return head != nullptr ? reinterpret_cast<char*>(head) + head_bytes : nullptr;
}

void give_back(void*, void* memory, std::size_t) {
    if (memory == nullptr) return;
    auto* head = reinterpret_cast<Head*>(static_cast<char*>(memory) - head_bytes);
    const std::size_t bytes = head->bytes;
    for (Head*& place : kept) {
        if (place != nullptr || kept_bytes + bytes > most_bytes_kept()) continue;
        // All but the page with the head: the kernel may have it, and until it takes it nothing is lost.
        if (bytes > huge_page) madvise(reinterpret_cast<char*>(head) + huge_page, bytes - huge_page, MADV_FREE);
        place = head;
        kept_bytes += bytes;
        return;
    }
    munmap(head, bytes);
}

void* allocate_zeros(void* context, std::size_t count, std::size_t size) {
    std::size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) return nullptr;
    void* memory = allocate(context, bytes);
    if (memory != nullptr) std::memset(memory, 0, bytes);
    return memory;
}

void* reallocate(void* context, void* memory, std::size_t size) {
    if (memory == nullptr) return allocate(context, size);
    const auto* head = reinterpret_cast<Head*>(static_cast<char*>(memory) - head_bytes);
    if (size <= head->bytes - head_bytes && size >= head->bytes / 2) return memory;
    void* fresh = allocate(context, size);
    if (fresh == nullptr) return nullptr;
    std::memcpy(fresh, memory, std::min(size, head->bytes - head_bytes));
    give_back(context, memory, 0);
    return fresh;
}

constinit ArrayHandler handler{"catena", 1, nullptr, allocate, allocate_zeros, reallocate, give_back};

// Ours for large arrays, unless another one is in force: a limit of memory, or a handler of the program's own.
const Ref& large_array_handler() {
    static const Ref& ours = *new Ref(array_handler(handler));  // for ever
    static const Ref none;
    return ours && plain_array_handler() ? ours : none;
}

}  // namespace

LargeArrayMemory::LargeArrayMemory() : handler_(large_array_handler()) {}

}  // namespace catena
