# kin_version_script(OUT NODE): the linker's version script of libkin. It exports the functions that the headers in
# include/kin declare, under the version NODE, and nothing else.
#
# The same file does the work at build time: cmake -DHEADERS=.. -DOUT=.. -DNODE=.. -P KinSymbols.cmake
if(CMAKE_SCRIPT_MODE_FILE)
    file(GLOB headers ${HEADERS}/*.h)
    set(names "")
    foreach(header IN LISTS headers)
        file(READ ${header} text)
        string(REGEX REPLACE "/\\*([^*]|\\*+[^*/])*\\*+/" " " text "${text}")
        string(REGEX MATCHALL "kin_[a-z0-9_]+[ \n]*\\(" calls "${text}")
        foreach(call IN LISTS calls)
            string(REGEX MATCH "^kin_[a-z0-9_]+" name "${call}")
            list(APPEND names ${name})
        endforeach()
    endforeach()
    list(REMOVE_DUPLICATES names)
    list(SORT names)
    list(JOIN names ";\n        " names)
    file(WRITE ${OUT} "${NODE} {\n    global:\n        ${names};\n    local:\n        *;\n};\n")
    return()
endif()

set(KIN_SYMBOLS_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(kin_version_script out node)
    set(headers ${PROJECT_SOURCE_DIR}/include/kin)
    file(GLOB files CONFIGURE_DEPENDS ${headers}/*.h)
    add_custom_command(OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} -DHEADERS=${headers} -DOUT=${out} -DNODE=${node} -P ${KIN_SYMBOLS_SCRIPT}
        DEPENDS ${files} ${KIN_SYMBOLS_SCRIPT} VERBATIM)
endfunction()
