# `cpack` in the build folder makes a Debian package of what `cmake --install` installs: the program with its manual page, and for hosts
# the library, the headers and what CMake and pkg-config need. Only a build against the system's own Python makes one.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME catena)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Its programs use Python's libraries as their own: one heap, no copies, tracebacks
through both languages. This package holds the program, the library for hosts
in C++ and C, and the module that brings Catena to Python.")
set(CPACK_PACKAGE_CONTACT "The authors of Catena <catena@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)

# The program looks for the Python that it was built against, and the headers stand on tl::expected.
set(python "${catena_python_MAJOR}.${catena_python_MINOR}")
math(EXPR next_minor "${catena_python_MINOR} + 1")
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "python3 (>= ${python}), python3 (<< ${catena_python_MAJOR}.${next_minor}), libexpected-dev")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "python3-numpy, python3-prompt-toolkit, python3-pygments")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "python3-ipykernel, python3-distributed")
# And the C libraries that the program and the library turn out to need (dpkg-dev).
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)

# What is built is packed: cpack itself would build the tests first.
configure_file("${CMAKE_CURRENT_LIST_DIR}/fill_package.cmake.in" "${PROJECT_BINARY_DIR}/generated/fill_package.cmake" @ONLY)
set(CPACK_INSTALL_CMAKE_PROJECTS "")
set(CPACK_INSTALL_SCRIPTS "${PROJECT_BINARY_DIR}/generated/fill_package.cmake")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}" RENAME copyright)
include(CPack)
