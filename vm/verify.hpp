// The verifier: whether a Code is one that the VM can run without looking beyond its registers and tables.
#pragma once

#include <string>

#include "vm/code.hpp"

namespace catena {

// What is wrong, as a sentence, or an empty string. Looks into templates and arities too. `captures`: how many the
// closure has that will run the code.
[[nodiscard]] std::string verify(const Code& code, std::size_t captures = 0);

}  // namespace catena
