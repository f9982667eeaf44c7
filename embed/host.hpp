// What the public interface needs of the floors below, said without their names: `Value`, `Error` and `Result` mean the public
// ones in the sources that implement the interface. All but start() need the GIL; null: a Python error is set.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bridge/ref.hpp"

namespace catena::host {

// Starts Python, unless it runs already, and Catena in it; afterwards the calling thread holds the GIL only if it held it
// before. An empty text, or what went wrong.
[[nodiscard]] std::string start();

// The state of the thread in which start() started Python, as long as Python runs; null when the host did.
[[nodiscard]] PyThreadState* first_state() noexcept;

// A new namespace under that name.
[[nodiscard]] PyObject* make_namespace(std::string_view name);
// Puts the folders at the front of sys.path, in their order, those that are not there yet.
[[nodiscard]] bool add_path(const std::vector<std::string>& folders);

[[nodiscard]] PyObject* evaluate(PyObject* module, std::string_view text, const std::string& file, int line);
[[nodiscard]] PyObject* evaluate_file(PyObject* module, const std::string& path);
[[nodiscard]] PyObject* require(std::string_view module);
// What the name, written as in Catena, stands for in the namespace.
[[nodiscard]] PyObject* look_up(PyObject* module, std::string_view name);
// The name as a namespace has it.
[[nodiscard]] PyObject* python_name(std::string_view name);

// The pending Python error, taken.
struct Failure {
    std::string type, message, hint, file;
    int line = 0, column = 0;
    PyObject* exception = nullptr;  // a new reference
};
[[nodiscard]] Failure take_failure();

}  // namespace catena::host
