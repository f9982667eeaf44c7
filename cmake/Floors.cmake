# The floors of Catena, lowest first. A floor includes and links itself and the floors before it; the build refuses
# anything else: cmake/check_floors.py reads the includes before a floor is compiled, catena_check_links() the links.
set(catena_floors bridge lang vm compiler stdlib embed repl)

# Defines catena_<name> from the sources in the folder <name>, linked with the floors before it. A floor without a source
# file yet is an interface library, so that the floors above can name it.
function(catena_add_floor name)
    list(FIND catena_floors ${name} position)
    file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${name}/*.cpp")
    file(GLOB headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${name}/*.hpp" "${PROJECT_SOURCE_DIR}/${name}/*.def"
        "${PROJECT_SOURCE_DIR}/${name}/*.inc")
    catena_check_includes(${name} "${sources};${headers}")
    # Programs and the embedded image are targets of their own.
    list(FILTER sources EXCLUDE REGEX "/(main|[a-z]+_main|image)\\.cpp$")

    if(sources)
        add_library(catena_${name} STATIC ${sources})
        set(visibility PUBLIC)
        target_link_libraries(catena_${name} PRIVATE catena_flags)
        # Errors are values. And Python ends a daemon thread at its own end by unwinding it wherever it asks for the lock: without
        # landing pads that passes through our frames, with them it would run destructors that need the lock.
        if(NOT name STREQUAL "embed")
            target_compile_options(catena_${name} PRIVATE -fno-exceptions)
        endif()
        add_dependencies(catena_${name} check_includes_${name})
    else()
        add_library(catena_${name} INTERFACE)
        set(visibility INTERFACE)
    endif()
    if(position EQUAL 0)
        target_link_libraries(catena_${name} ${visibility} catena_base)
    else()
        math(EXPR below "${position} - 1")
        list(GET catena_floors ${below} below)
        target_link_libraries(catena_${name} ${visibility} catena_${below})
    endif()
endfunction()

# A target check_includes_<name> that reads the floor's files again only when one of them has changed.
function(catena_check_includes name files)
    set(stamp "${PROJECT_BINARY_DIR}/floors/${name}.checked")
    file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/floors")
    add_custom_command(
        OUTPUT "${stamp}"
        COMMAND "${catena_python_EXECUTABLE}" -I -S "${PROJECT_SOURCE_DIR}/cmake/check_floors.py"
            "${PROJECT_SOURCE_DIR}" ${name} --stamp "${stamp}"
        DEPENDS ${files} "${PROJECT_SOURCE_DIR}/cmake/check_floors.py"
        COMMENT "Checking the includes of ${name}"
        VERBATIM
    )
    add_custom_target(check_includes_${name} ALL DEPENDS "${stamp}")
endfunction()

# Stops the configuration when a floor links a later one.
function(catena_check_links)
    set(later ${catena_floors})
    foreach(name IN LISTS catena_floors)
        list(POP_FRONT later)
        set(linked "")
        foreach(property LINK_LIBRARIES INTERFACE_LINK_LIBRARIES)
            get_target_property(libraries catena_${name} ${property})
            if(libraries)
                list(APPEND linked ${libraries})
            endif()
        endforeach()
        foreach(above IN LISTS later)
            if("catena_${above}" IN_LIST linked)
                message(FATAL_ERROR
                    "The floor ${name} must not link the later floor ${above}; a floor links only the floors before it.")
            endif()
        endforeach()
    endforeach()
endfunction()
