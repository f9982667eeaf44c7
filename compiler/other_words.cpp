#include "compiler/other_words.hpp"

#include <unordered_map>

namespace catena {

const OtherWord* other_word(std::string_view name) {
    static const std::unordered_map<std::string_view, OtherWord> words = {
#define OTHER_FORM(NAME, HINT) {NAME, {true, HINT}},
#define OTHER_FUNCTION(NAME, HINT) {NAME, {false, HINT}},
#include "compiler/other_words.def"
#undef OTHER_FORM
#undef OTHER_FUNCTION
    };
    const auto found = words.find(name);
    return found == words.end() ? nullptr : &found->second;
}

}  // namespace catena
