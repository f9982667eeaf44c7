# Compiler flags for Catena's own sources: the interface library catena_flags.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
    message(FATAL_ERROR "Catena needs g++ 12 or newer; this is ${CMAKE_CXX_COMPILER_VERSION}.")
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
    message(FATAL_ERROR "Catena needs clang 14 or newer; this is ${CMAKE_CXX_COMPILER_VERSION}.")
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
# Only CPython's symbols are visible to extension modules.
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
# -g1: function names and line numbers for profilers and crash reports, without the weight of -g.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
# CMAKE_CXX_FLAGS_DEBUG stays CMake's own, which is -g without optimisation, for the presets that check say -O1.
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(CATENA_CCACHE ccache)
if(CATENA_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${CATENA_CCACHE}")
endif()

add_library(catena_flags INTERFACE)
target_compile_options(catena_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
    # Computed goto and CPython's own macros are extensions we use on purpose.
    $<$<CXX_COMPILER_ID:Clang>:-Wno-gnu-label-as-value>
    $<$<CXX_COMPILER_ID:Clang>:-Wno-gnu-zero-variadic-macro-arguments>
    -fno-plt -fno-semantic-interposition
    $<$<BOOL:${CATENA_WERROR}>:-Werror>
)
string(TOUPPER "${CATENA_CACHES}" caches)
if(NOT caches MATCHES "^(NATIVE|WATCHERS|PORTABLE)$")
    message(FATAL_ERROR "CATENA_CACHES is native, watchers or portable, not ${CATENA_CACHES}.")
endif()
target_compile_definitions(catena_flags INTERFACE $<$<NOT:$<STREQUAL:${caches},NATIVE>>:CATENA_CACHES_${caches}=1>)
if(CATENA_STRESS)
    target_compile_definitions(catena_flags INTERFACE CATENA_STRESS=1)
endif()

# Sanitizers and fuzzing must reach every object, the tests' too, so they are set for the whole directory.
if(CATENA_FUZZ)
    if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
        message(FATAL_ERROR "CATENA_FUZZ needs clang (its libFuzzer); configure with -DCMAKE_CXX_COMPILER=clang++.")
    endif()
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(CATENA_SANITIZE)
    add_compile_options(-fsanitize=${CATENA_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
    add_link_options(-fsanitize=${CATENA_SANITIZE})
endif()
