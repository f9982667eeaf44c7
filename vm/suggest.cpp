#include "vm/suggest.hpp"

#include <algorithm>
#include <array>

namespace catena {
namespace {

// Longer names are no slips of the hand, and the comparison is quadratic.
constexpr std::size_t longest = 64;

char folded(char c) { return c == '_' ? '-' : c; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// Twice the number of insertions, deletions, replacements and swaps of neighbours that turn one name into the other. A letter
// in the other case is half an edit, `-` for `_` none. Both names have at most `longest` characters.
std::size_t distance(std::string_view a, std::string_view b) {
    using Row = std::array<std::size_t, longest + 1>;
    Row before{}, last{}, row{};
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = 2 * j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = 2 * i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const char x = folded(a[i - 1]), y = folded(b[j - 1]);
            const std::size_t change = x == y ? 0 : lower(x) == lower(y) ? 1 : 2;
            row[j] = std::min({last[j] + 2, row[j - 1] + 2, last[j - 1] + change});
            if (i > 1 && j > 1 && x == folded(b[j - 2]) && folded(a[i - 2]) == y) {
                row[j] = std::min(row[j], before[j - 2] + 2);
            }
        }
        before = last;
        last = row;
    }
    return last[b.size()];
}

}  // namespace

std::string closest_name(std::string_view name, const std::vector<std::string>& candidates) {
    if (name.empty() || name.size() > longest) return {};
    // A third of the letters may be wrong, in short names one.
    std::size_t best = 2 * std::max<std::size_t>(1, name.size() / 3) + 2;
    std::string_view found;
    for (const std::string& candidate : candidates) {
        if (candidate.empty() || candidate.size() > longest || candidate == name) continue;
        // A private name is meant only by somebody who began to write one.
        if (candidate[0] == '_' && name[0] != '_') continue;
        const std::size_t more = std::max(candidate.size(), name.size()),
                          less = std::min(candidate.size(), name.size());
        if (2 * (more - less) >= best) continue;
        // The first letter is seldom the wrong one.
        const bool other_start = lower(folded(name[0])) != lower(folded(candidate[0]));
        const std::size_t d = distance(name, candidate) + (other_start ? 1 : 0);
        // A name of which nothing is left is another name.
        if (d < best && d < 2 * more) {
            best = d;
            found = candidate;
        }
    }
    return std::string(found);
}

}  // namespace catena
