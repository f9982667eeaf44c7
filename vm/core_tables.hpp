// The natives' tables, one for each subject.
#pragma once

#include <span>

#include "vm/native.hpp"

namespace catena {

[[nodiscard]] std::span<const NativeSpec> number_natives();
[[nodiscard]] std::span<const NativeSpec> compare_natives();
[[nodiscard]] std::span<const NativeSpec> kind_natives();
[[nodiscard]] std::span<const NativeSpec> access_natives();
[[nodiscard]] std::span<const NativeSpec> collection_natives();
[[nodiscard]] std::span<const NativeSpec> map_natives();
[[nodiscard]] std::span<const NativeSpec> sequence_natives();
[[nodiscard]] std::span<const NativeSpec> partition_natives();
[[nodiscard]] std::span<const NativeSpec> lazy_natives();
[[nodiscard]] std::span<const NativeSpec> sort_natives();
[[nodiscard]] std::span<const NativeSpec> string_natives();
[[nodiscard]] std::span<const NativeSpec> pattern_natives();
[[nodiscard]] std::span<const NativeSpec> name_natives();
[[nodiscard]] std::span<const NativeSpec> state_natives();
[[nodiscard]] std::span<const NativeSpec> function_natives();
[[nodiscard]] std::span<const NativeSpec> io_natives();
[[nodiscard]] std::span<const NativeSpec> plain_natives();
[[nodiscard]] std::span<const NativeSpec> array_natives();
[[nodiscard]] std::span<const NativeSpec> reflection_natives();
[[nodiscard]] std::span<const NativeSpec> bridge_natives();  // of the module `bridge`, not of core

}  // namespace catena
