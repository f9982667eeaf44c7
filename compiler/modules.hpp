// Catena's files as Python modules: the finder in sys.meta_path that knows `.lisp`, their loader, and what `require` does.
//
// Python's `import` finds what it always found, and a `.lisp` file or a package with `__init__.lisp` where it found
// nothing. `require` looks for `.lisp` first. Both leave the module in sys.modules with a spec, so importlib.reload,
// inspect and pickle treat it as any other.
#pragma once

#include <string>

#include "bridge/result.hpp"

namespace catena {

// Installs the finder and the loader behind `require`. Idempotent; init_compiler calls it.
[[nodiscard]] Result<void> init_modules();

// Puts the folders of the environment variable CATENA_PATH into sys.path at `position`, those that are not there yet.
[[nodiscard]] Result<void> add_catena_path(Py_ssize_t position);

// Reads a file, or the cache of its compiled code, and runs it in `module`; then reports unresolved names on sys.stderr.
[[nodiscard]] Result<void> load_module_file(PyObject* module, const std::string& path);

// Whether modules are compiled with fused chains; true unless set. Without, they are not cached.
void set_module_fusing(bool fuse);

// A spec for a script, under a name by which another Python process that can import `catena` finds the file again: what
// `multiprocessing` asks `__main__` for. `path` is absolute; `/dev/null` stands for a program that is in no file.
[[nodiscard]] Result<Ref> script_spec(const std::string& path);

}  // namespace catena
