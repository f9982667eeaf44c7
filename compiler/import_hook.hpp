// The objects that Python's import system talks to: a finder in sys.meta_path, the loader of `.lisp` files, and a path hook by
// which runpy.run_path runs a `.lisp` file.
#pragma once

#include <string>

#include "bridge/result.hpp"

namespace catena {

[[nodiscard]] Result<void> install_import_hook();

// A new module from a `.lisp` file, entered in sys.modules when nothing else has its name. `path` is what os.fspath takes,
// `name` a str, or None for the file's own.
[[nodiscard]] Result<Ref> load_path(PyObject* path, PyObject* name);

// While one exists, this thread's imports of the module and of the packages it is in look for `.lisp` before `.py`.
class PreferLisp {
public:
    explicit PreferLisp(const std::string& module);
    ~PreferLisp();
    PreferLisp(const PreferLisp&) = delete;
    PreferLisp& operator=(const PreferLisp&) = delete;

private:
    const std::string* outer_;
};

}  // namespace catena
