# The manual page and the shells' completion scripts, printed by the program itself as soon as it is linked, and where they
# are installed.
include(GNUInstallDirs)

function(catena_document file folder)
    set(output "${PROJECT_BINARY_DIR}/generated/${file}")
    add_custom_command(TARGET catena POST_BUILD COMMAND catena ${ARGN} > "${output}" BYPRODUCTS "${output}" VERBATIM)
    install(FILES "${output}" DESTINATION "${folder}")
endfunction()

catena_document(catena.1 "${CMAKE_INSTALL_MANDIR}/man1" --man)
catena_document(catena "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" --completion bash)
catena_document(_catena "${CMAKE_INSTALL_DATADIR}/zsh/site-functions" --completion zsh)
catena_document(catena.fish "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d" --completion fish)
