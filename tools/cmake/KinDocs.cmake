# The target `docs`: the headers of include/kin as HTML, in docs/html of the build folder, by Doxygen. Nothing else needs
# it.
find_package(Python3 3.9 COMPONENTS Interpreter)
find_program(DOXYGEN doxygen)
if(DOXYGEN AND Python3_FOUND)
    set(KIN_DOCS_FOLDER ${PROJECT_BINARY_DIR}/docs)
    configure_file(${PROJECT_SOURCE_DIR}/tools/Doxyfile.in ${PROJECT_BINARY_DIR}/Doxyfile @ONLY)
    file(MAKE_DIRECTORY ${KIN_DOCS_FOLDER})
    add_custom_target(docs COMMAND ${DOXYGEN} ${PROJECT_BINARY_DIR}/Doxyfile VERBATIM
        COMMENT "Documentation in ${KIN_DOCS_FOLDER}/html/index.html")
endif()
