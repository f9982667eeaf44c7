// Truth as LANGUAGE defines it: nil and false are false; an object that is no number and whose type defines
// __bool__ decides for itself; all else is true, 0, "" and [] too.
#pragma once

#include "bridge/value.hpp"

namespace catena {

// 1, 0, or -1 with the Python error set (a __bool__ that raises).
[[nodiscard]] int is_true_object(PyObject* object);

[[nodiscard]] inline int is_true(const Value& v) {
    if (v.tag == Tag::object) return is_true_object(v.as_object());
    return v.tag != Tag::nil && v.tag != Tag::no;
}

}  // namespace catena
