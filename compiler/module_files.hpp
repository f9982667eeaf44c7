// Where the file of a Catena module stands. `util/text.lisp` and `util-lib/a-b.lisp` are the modules util.text and
// util_lib.a_b; a folder with `__init__.lisp` is a package. Only the file system is asked: nothing is imported.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/result.hpp"

namespace catena {

struct ModuleFile {
    std::string path;
    bool is_package = false;  // path ends in /__init__.lisp
    [[nodiscard]] std::string folder() const { return path.substr(0, path.rfind('/')); }
};

// The module `name` (its last part only) in one of the folders, the first that has it.
[[nodiscard]] std::optional<ModuleFile> find_module_file(std::string_view name,
                                                         const std::vector<std::string>& folders);

// The folders named `name`, in any of the folders.
[[nodiscard]] std::vector<std::string> find_module_folders(std::string_view name,
                                                           const std::vector<std::string>& folders);

// A dotted name, looked for from the folders of sys.path on.
[[nodiscard]] std::optional<ModuleFile> locate_module(std::string_view dotted);

// The folders in a list such as sys.path or a package's __path__, the current one for "". What is no str is left out.
[[nodiscard]] std::vector<std::string> folders_of(PyObject* path);
[[nodiscard]] std::vector<std::string> system_folders();

// A file's bytes, read at once. OSError with the file's name.
[[nodiscard]] Result<std::string> read_module_file(const std::string& path);

}  // namespace catena
