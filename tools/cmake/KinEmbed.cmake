# kin_embed(TARGET FILE SYMBOL): the bytes of FILE become `const char SYMBOL[]`, with a NUL after them, and
# `const size_t SYMBOL_size` (without the NUL) in TARGET. Whoever uses them declares them extern.
#
# The same file does the work at build time: cmake -DIN=.. -DOUT=.. -DSYMBOL=.. -P KinEmbed.cmake
if(CMAKE_SCRIPT_MODE_FILE)
    file(READ ${IN} bytes HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
    string(REGEX REPLACE "((......,){16})" "\\1\n" bytes "${bytes}")
    file(WRITE ${OUT} "#include <stddef.h>\n\nextern const char ${SYMBOL}[];\nextern const size_t ${SYMBOL}_size;\n\n"
        "const char ${SYMBOL}[] = {\n${bytes}'\\0'\n};\nconst size_t ${SYMBOL}_size = sizeof ${SYMBOL} - 1;\n")
    return()
endif()

set(KIN_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(kin_embed target file symbol)
    set(source ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c)
    add_custom_command(OUTPUT ${source}
        COMMAND ${CMAKE_COMMAND} -DIN=${file} -DOUT=${source} -DSYMBOL=${symbol} -P ${KIN_EMBED_SCRIPT}
        DEPENDS ${file} ${KIN_EMBED_SCRIPT} VERBATIM)
    target_sources(${target} PRIVATE ${source})
endfunction()
