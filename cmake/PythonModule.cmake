# The Python extension module `catena`, in the folder `python` of the build: the floors' libraries once more, without a
# Python of their own. Python's symbols come from the interpreter that imports the module.
add_library(catena_python_module MODULE embed/module_main.cpp $<TARGET_OBJECTS:catena_image>)
set(module_libraries "")
foreach(floor embed stdlib compiler vm lang bridge)
    list(APPEND module_libraries "$<TARGET_FILE:catena_${floor}>")
    add_dependencies(catena_python_module catena_${floor})
endforeach()
target_include_directories(catena_python_module PRIVATE "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}/generated")
target_include_directories(catena_python_module SYSTEM PRIVATE "${catena_python_INCLUDE}")
target_link_libraries(catena_python_module PRIVATE catena_flags catena_headers ${module_libraries})
target_link_options(catena_python_module PRIVATE -static-libstdc++ -static-libgcc "LINKER:--exclude-libs,ALL")
set_target_properties(catena_python_module PROPERTIES
    PREFIX ""
    OUTPUT_NAME catena
    SUFFIX "${catena_python_EXTENSION_SUFFIX}"
    LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/python"
)
