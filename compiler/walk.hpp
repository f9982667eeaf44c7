// Questions about whole subtrees that the emitter asks before it reorders anything.
#pragma once

#include <functional>

#include "compiler/ast.hpp"

namespace catena::ast {

// Calls `visit` for each direct part of a node, null parts left out.
void for_each_part(const Node* node, const std::function<void(const Node*)>& visit);

// Whether evaluating the node may assign a variable of the running function (conservatively).
[[nodiscard]] bool may_assign(const Node* node);

// Whether the node reads, assigns or captures the variable (conservatively).
[[nodiscard]] bool mentions(const Node* node, const Binding* binding);

// Whether the value can be read at any time with the same result: a constant, or a variable of one value.
[[nodiscard]] bool is_trivial(const Node* node);

// Whether the value is surely no object: nothing needs to be released after it.
[[nodiscard]] bool never_object(const Node* node);

}  // namespace catena::ast
