// What `import catena` offers to Python code: eval, load, the import hook, and the hook for IPython. The program has it as
// its package `catena`; the extension module, built from the same floors, brings it to an ordinary Python.
#pragma once

#include "bridge/result.hpp"

namespace catena {

// Readies all floors in the running Python and adds Python's functions to the package `catena`, which stands in
// sys.modules already when this is the extension module. Idempotent. `path_position`: where in sys.path the folders of
// CATENA_PATH go.
[[nodiscard]] Result<void> start_catena(Py_ssize_t path_position);

// Puts the folder of the extension module, as it lies beside this program, at the end of sys.path, which the children of
// `multiprocessing` get too. Does nothing when there is none.
[[nodiscard]] Result<void> offer_extension_module();

}  // namespace catena
