# The program's tools that are written in Catena, repl/*.lisp: their texts become part of the floor repl.
set(tool_texts "${PROJECT_BINARY_DIR}/generated/tool_texts.cpp")
file(GLOB tool_files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/repl/*.lisp")
list(SORT tool_files)
add_custom_command(
    OUTPUT "${tool_texts}"
    COMMAND "${catena_python_EXECUTABLE}" -I -S "${PROJECT_SOURCE_DIR}/cmake/tool_texts.py" "${tool_texts}" ${tool_files}
    DEPENDS ${tool_files} "${PROJECT_SOURCE_DIR}/cmake/tool_texts.py"
    COMMENT "Carrying the tools"
    VERBATIM
)
target_sources(catena_repl PRIVATE "${tool_texts}")
