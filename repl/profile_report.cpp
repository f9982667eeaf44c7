#include "repl/profile_report.hpp"

#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstring>

#include "repl/excerpt.hpp"
#include "vm/profile.hpp"

namespace catena {

namespace {

constexpr std::size_t most_rows = 50;
constexpr std::size_t widest_text = 60;

LineCost sum_of(const std::vector<LineCost>& lines, std::size_t from) {
    LineCost sum;
    for (std::size_t i = from; i < lines.size(); ++i) {
        sum.calls += lines[i].calls;
        sum.python += lines[i].python;
        sum.catena += lines[i].catena;
        sum.copied += lines[i].copied;
        sum.misses += lines[i].misses;
    }
    return sum;
}

std::string duration(std::uint64_t nanoseconds) {
    char text[32];
    const auto n = static_cast<double>(nanoseconds);
    const bool seconds = nanoseconds >= 1'000'000'000;
    std::snprintf(text, sizeof text, seconds ? "%.3f s" : "%.3f ms", seconds ? n / 1e9 : n / 1e6);
    return text;
}

void print_row(const LineCost& cost, const std::string& place, const std::string& text) {
    std::fprintf(stderr, "%10" PRIu64 " %11s %11s %11" PRIu64 " %8" PRIu64 "  %s%s%s\n", cost.calls,
                 duration(cost.python).c_str(), duration(cost.catena).c_str(), cost.copied, cost.misses, place.c_str(),
                 text.empty() ? "" : "  ", text.c_str());
}

// The line without its indentation, cut between characters when it is long.
std::string shown_line(const LineCost& cost) {
    std::string line;
    if (!source_line(cost.file, cost.line, &line)) return {};
    line.erase(0, line.find_first_not_of(" \t"));
    if (line.size() <= widest_text) return line;
    std::size_t end = widest_text - 3;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
    return line.substr(0, end) + "…";
}

void print_table(const std::vector<LineCost>& lines) {
    const LineCost all = sum_of(lines, 0);
    std::fprintf(stderr, "\n%10s %11s %11s %11s %8s  %s\n", "calls", "in Python", "in Catena", "copied", "misses",
                 "line");
    const std::size_t shown = lines.size() > most_rows + 1 ? most_rows : lines.size();
    for (std::size_t i = 0; i < shown; ++i)
        print_row(lines[i], lines[i].file + ":" + std::to_string(lines[i].line), shown_line(lines[i]));
    // Never a single one: there is a row for that.
    if (shown < lines.size()) print_row(sum_of(lines, shown), std::to_string(lines.size() - shown) + " more lines", "");
    print_row(all, "in all", "");
}

std::string json_text(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        char escape[8];
        if (c == '"' || c == '\\') {
            out += {'\\', c};
        } else if (static_cast<unsigned char>(c) < 0x20) {
            std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
            out += escape;
        } else {
            out += c;
        }
    }
    return out + "\"";
}

void write_costs(std::FILE* out, const LineCost& cost) {
    std::fprintf(out,
                 "\"calls\": %" PRIu64
                 ", \"python_seconds\": %.9f, \"catena_seconds\": %.9f, \"bytes_copied\": %" PRIu64
                 ", \"cache_misses\": %" PRIu64 "}",
                 cost.calls, static_cast<double>(cost.python) / 1e9, static_cast<double>(cost.catena) / 1e9,
                 cost.copied, cost.misses);
}

void write_json(std::FILE* out, const std::vector<LineCost>& lines) {
    std::fputs("{\"total\": {", out);
    write_costs(out, sum_of(lines, 0));
    std::fputs(",\n \"lines\": [", out);
    for (const LineCost& cost : lines) {
        std::fprintf(out, "%s\n  {\"file\": %s, \"line\": %" PRIu32 ", ", &cost == &lines[0] ? "" : ",",
                     json_text(cost.file).c_str(), cost.line);
        write_costs(out, cost);
    }
    std::fputs("]}\n", out);
}

}  // namespace

ProfileReport::~ProfileReport() {
    if (out_ != nullptr) std::fclose(out_);
}

bool ProfileReport::start() {
    if (!file_.empty()) {
        out_ = std::fopen(file_.c_str(), "we");
        if (out_ == nullptr) {
            std::fprintf(stderr, "catena: %s: cannot be written: %s\n", file_.c_str(), std::strerror(errno));
            return false;
        }
    }
    process_ = ::getpid();
    start_profile();
    return true;
}

bool ProfileReport::write() {
    // A child of fork reports nothing: its figures are mostly those of its parent.
    if (process_ != ::getpid()) return true;
    const std::vector<LineCost> lines = profile_lines();
    if (out_ == nullptr) {
        if (!lines.empty()) print_table(lines);
        return true;
    }
    write_json(out_, lines);
    const bool written = std::ferror(out_) == 0;
    const bool closed = std::fclose(out_) == 0;
    out_ = nullptr;
    if (written && closed) return true;
    std::fprintf(stderr, "catena: %s: cannot be written\n", file_.c_str());
    return false;
}

}  // namespace catena
