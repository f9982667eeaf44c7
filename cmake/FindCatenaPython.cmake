# Chooses the CPython that Catena embeds and defines the target catena_python.
#
# Order: -DCATENA_PYTHON=…, an active virtual environment, an active conda environment, /usr/bin/python3, then whatever
# else is installed. What the user named must fit, or the configuration stops; the others are passed over when they do
# not. The system's Python comes before PATH because a version manager's shim there often has no NumPy. A build folder
# keeps its choice, so that a later configuration in another shell does not rebuild everything.
#
# Sets catena_python_EXECUTABLE, _VERSION, _INCLUDE, _LINKAGE (static or shared), _EXTENSION_SUFFIX.

set(CATENA_PYTHON "" CACHE STRING "The Python interpreter to build against (empty: chosen by environment)")
option(CATENA_PYTHON_STATIC "Link CPython's static library where there is one (it starts faster)" ON)

# Runs probe_python.py with `interpreter`; the answers go to probe_*, and probe_problem says why it does not fit.
macro(catena_probe_python interpreter)
    set(probe_problem "")
    execute_process(
        COMMAND "${interpreter}" -I "${PROJECT_SOURCE_DIR}/cmake/probe_python.py"
        OUTPUT_VARIABLE probe_output
        ERROR_VARIABLE probe_errors
        RESULT_VARIABLE probe_result
    )
    if(NOT probe_result EQUAL 0)
        string(STRIP "${probe_errors}" probe_errors)
        set(probe_problem "it does not run as a Python 3 (${probe_result}: ${probe_errors})")
    else()
        # Several values hold semicolons, so the text is cut at line ends by hand.
        foreach(name EXECUTABLE VERSION IMPLEMENTATION FREE_THREADED INCLUDE HAS_HEADERS STATIC_LIBRARY SHARED_LIBRARY
                     SYSTEM_LIBRARIES EXTENSION_SUFFIX)
            string(REGEX MATCH "(^|\n)${name}=([^\n]*)" probe_match "${probe_output}")
            set(probe_${name} "${CMAKE_MATCH_2}")
        endforeach()
        if(NOT probe_IMPLEMENTATION STREQUAL "cpython")
            set(probe_problem "it is ${probe_IMPLEMENTATION}, and Catena embeds CPython")
        elseif(probe_VERSION VERSION_LESS 3.11)
            set(probe_problem "it is Python ${probe_VERSION}, and Catena needs 3.11 or newer")
        elseif(probe_FREE_THREADED)
            set(probe_problem
                "it is a free-threaded build, which Catena does not support yet; choose one with the global lock")
        elseif(NOT probe_HAS_HEADERS)
            set(probe_problem "its headers are missing (no Python.h in ${probe_INCLUDE}); on Debian: python3-dev")
        elseif(NOT probe_STATIC_LIBRARY AND NOT probe_SHARED_LIBRARY)
            set(probe_problem "it has no library to embed (neither libpython*.a nor libpython*.so)")
        endif()
    endif()
endmacro()

set(named "")
if(CATENA_PYTHON)
    # A file stays what it is; a bare name like python3.12 is looked for on PATH.
    if(IS_DIRECTORY "${CATENA_PYTHON}")
        set(named "${CATENA_PYTHON}/bin/python3")
    else()
        set(named "${CATENA_PYTHON}")
    endif()
    set(named_by "CATENA_PYTHON")
elseif(catena_python_kept AND EXISTS "${catena_python_kept}")
    set(named "${catena_python_kept}")
    set(named_by "this build folder's first configuration")
elseif(DEFINED ENV{VIRTUAL_ENV} AND NOT "$ENV{VIRTUAL_ENV}" STREQUAL "")
    set(named "$ENV{VIRTUAL_ENV}/bin/python3")
    set(named_by "VIRTUAL_ENV")
elseif(DEFINED ENV{CONDA_PREFIX} AND EXISTS "$ENV{CONDA_PREFIX}/bin/python3")
    set(named "$ENV{CONDA_PREFIX}/bin/python3")
    set(named_by "CONDA_PREFIX")
endif()

if(named)
    catena_probe_python("${named}")
    if(probe_problem)
        message(FATAL_ERROR "Catena cannot be built against ${named} (named by ${named_by}): ${probe_problem}.")
    endif()
else()
    set(refused "")
    set(candidates /usr/bin/python3)
    foreach(name python3.13 python3.12 python3.11 python3.14 python3)
        unset(candidate)
        find_program(candidate ${name} NO_CACHE)
        if(candidate)
            list(APPEND candidates "${candidate}")
        endif()
    endforeach()
    list(REMOVE_DUPLICATES candidates)
    set(probe_problem "there is none")
    foreach(candidate IN LISTS candidates)
        if(NOT EXISTS "${candidate}")
            continue()
        endif()
        catena_probe_python("${candidate}")
        if(NOT probe_problem)
            break()
        endif()
        string(APPEND refused "\n  ${candidate}: ${probe_problem}")
    endforeach()
    if(probe_problem)
        message(FATAL_ERROR "Catena found no Python to build against; name one with -DCATENA_PYTHON=…${refused}")
    endif()
endif()

set(catena_python_kept "${probe_EXECUTABLE}" CACHE INTERNAL "the interpreter this build folder was configured with")
foreach(name EXECUTABLE VERSION INCLUDE EXTENSION_SUFFIX)
    set(catena_python_${name} "${probe_${name}}")
endforeach()
string(REGEX MATCH "^([0-9]+)\\.([0-9]+)" probe_match "${catena_python_VERSION}")
set(catena_python_MAJOR ${CMAKE_MATCH_1})
set(catena_python_MINOR ${CMAKE_MATCH_2})

# Extension modules find CPython's functions in the program itself, so all of them are exported, also those that Catena does
# not use: hence the whole archive. Nothing else is, so that C++ extension modules keep their own libstdc++; ours is linked
# in, which saves a twelfth of the start-up time (sanitizers want the shared one). A static libpython is mostly not
# position independent, hence -no-pie. A library that holds another compiler's link-time code does not link here: then
# the shared one is taken.
set(static_options
    -no-pie
    "LINKER:--dynamic-list=${CMAKE_CURRENT_LIST_DIR}/python_symbols.list"
    "LINKER:--whole-archive,${probe_STATIC_LIBRARY},--no-whole-archive"
)
if(NOT CATENA_SANITIZE)
    list(APPEND static_options -static-libstdc++ -static-libgcc "LINKER:--exclude-libs,libstdc++.a:libgcc.a:libgcc_eh.a")
endif()
set(static_libraries ${probe_SYSTEM_LIBRARIES} dl util m pthread)
list(TRANSFORM static_libraries REPLACE "^-l" "")
list(REMOVE_DUPLICATES static_libraries)
set(catena_python_LINKAGE shared)
if(CATENA_PYTHON_STATIC AND probe_STATIC_LIBRARY)
    if(NOT "${catena_python_static_tried}" STREQUAL "${probe_STATIC_LIBRARY}")
        file(WRITE "${PROJECT_BINARY_DIR}/probe/main.cpp"
            "#include <Python.h>\nint main() { Py_Initialize(); return Py_FinalizeEx() == 0 ? 0 : 1; }\n")
        try_compile(catena_python_static_links
            "${PROJECT_BINARY_DIR}/probe"
            SOURCES "${PROJECT_BINARY_DIR}/probe/main.cpp"
            COMPILE_DEFINITIONS -fno-pie
            CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${probe_INCLUDE}"
            LINK_OPTIONS ${static_options}
            LINK_LIBRARIES ${static_libraries}
            OUTPUT_VARIABLE static_output
        )
        set(catena_python_static_tried "${probe_STATIC_LIBRARY}" CACHE INTERNAL "the static library last tried")
        if(NOT catena_python_static_links)
            file(WRITE "${PROJECT_BINARY_DIR}/probe/failure.txt" "${static_output}")
            message(STATUS "${probe_STATIC_LIBRARY} does not link (see probe/failure.txt in the build folder)")
        endif()
    endif()
    if(catena_python_static_links)
        set(catena_python_LINKAGE static)
    endif()
endif()

# For libcatena, which shares its Python with the host.
set(catena_python_SHARED "${probe_SHARED_LIBRARY}")

add_library(catena_python INTERFACE)
# SYSTEM: CPython's headers are not ours to keep free of warnings.
target_include_directories(catena_python SYSTEM INTERFACE "${catena_python_INCLUDE}")
# The extension module holds the same objects as the program, so they are position independent, and reach thread-local
# variables as a program does: a module loaded later finds room for the few bytes it needs. The linker undoes both in the
# program itself, which is as fast as one compiled without.
set(catena_code_model -fno-pie)
if(CATENA_PYTHON_MODULE)
    set(catena_code_model -fPIC -ftls-model=initial-exec)
elseif(NOT catena_python_LINKAGE STREQUAL "static")
    set(catena_code_model -fPIE)
endif()
target_compile_options(catena_python INTERFACE ${catena_code_model})
if(catena_python_LINKAGE STREQUAL "static")
    target_link_options(catena_python INTERFACE ${static_options})
    target_link_libraries(catena_python INTERFACE ${static_libraries})
    set(catena_python_LIBRARY "${probe_STATIC_LIBRARY}")
elseif(probe_SHARED_LIBRARY)
    target_link_options(catena_python INTERFACE -pie)
    target_link_libraries(catena_python INTERFACE "${probe_SHARED_LIBRARY}")
    set(catena_python_LIBRARY "${probe_SHARED_LIBRARY}")
else()
    message(FATAL_ERROR
        "Catena cannot be built against ${catena_python_EXECUTABLE}: its static library does not link here "
        "and it has no shared one.")
endif()

message(STATUS "Python ${catena_python_VERSION}: ${catena_python_EXECUTABLE} (${catena_python_LINKAGE})")
