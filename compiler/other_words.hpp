// Words of other Lisps and of Python that are written otherwise here: one table, other_words.def, for the compiler and for the
// report of a NameError.
#pragma once

#include <string_view>

namespace catena {

struct OtherWord {
    bool form;         // a call of it is refused when it is compiled
    const char* hint;  // a sentence
};

// What to say about a name, null when nothing is to be said.
[[nodiscard]] const OtherWord* other_word(std::string_view name);

}  // namespace catena
