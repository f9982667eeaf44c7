// The cache of compiled modules: `__pycache__/text.catena-311-1a2b3c4d.cbc` beside `text.lisp` (or under
// sys.pycache_prefix), as Python keeps its own. A cache fits when the source, the compiler and every Catena module that
// the source requires are the same as when it was written: they are compared by content, so the files can be moved and
// copied. A cache that does not fit, is damaged, or cannot be read or written is no error: the source is compiled.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/ref.hpp"
#include "compiler/compile.hpp"
#include "compiler/unresolved.hpp"

namespace catena {

// A module whose macros and names the compiled code relies on.
struct ModuleDependency {
    std::string name;
    std::uint64_t hash = 0;  // of its source
};

struct CachedModule {
    Ref doc;  // str or None
    std::vector<CompiledForm> forms;
    std::vector<UnresolvedName> unresolved;
    std::vector<ModuleDependency> dependencies;
};

[[nodiscard]] std::uint64_t source_hash(std::string_view source);

// Where the cache of a source file lies; empty when it can have none.
[[nodiscard]] std::string cache_path(const std::string& source_path);

// What the cache of a source file holds, its codes belonging to `module`. `current` says whether a dependency is still
// the same. Leaves no error.
[[nodiscard]] std::optional<CachedModule> read_cache(const std::string& source_path, std::string_view source,
                                                     PyObject* module,
                                                     const std::function<bool(const ModuleDependency&)>& current);

// Written under another name and put in its place at once, so a reader sees the whole of it or nothing. Leaves no error.
void write_cache(const std::string& source_path, std::string_view source, const CachedModule& contents);

}  // namespace catena
