# kin_pages(PROGRAM): man pages and shell completions, written by the program out of its own table of commands, and
# installed.
#
# The same file does the work at build time: cmake -DKIN=.. -DOUT=.. -P KinPages.cmake
if(CMAKE_SCRIPT_MODE_FILE)
    # kin_page(FILE WORD...): what `kin help WORD...` prints.
    function(kin_page file)
        execute_process(COMMAND ${KIN} help ${ARGN} OUTPUT_FILE ${OUT}/${file} RESULT_VARIABLE code)
        if(NOT code EQUAL 0)
            message(FATAL_ERROR "kin help ${ARGN} failed: ${code}")
        endif()
    endfunction()

    file(REMOVE_RECURSE ${OUT})
    file(MAKE_DIRECTORY ${OUT}/man)
    kin_page(kin.bash --as bash)
    kin_page(_kin --as zsh)
    kin_page(kin.fish --as fish)
    kin_page(man/kin.1 --as man)
    execute_process(COMMAND ${KIN} help --as names OUTPUT_VARIABLE names OUTPUT_STRIP_TRAILING_WHITESPACE)
    string(REPLACE "\n" ";" names "${names}")
    foreach(name IN LISTS names)
        string(REPLACE " " ";" words "${name}")
        string(REPLACE " " "-" file "${name}")
        kin_page(man/kin-${file}.1 --as man ${words})
    endforeach()
    find_program(GZIP gzip)
    if(GZIP)
        file(GLOB pages ${OUT}/man/*.1)
        execute_process(COMMAND ${GZIP} -9nf ${pages})
    endif()
    file(TOUCH ${OUT}/stamp)
    return()
endif()

set(KIN_PAGES_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(kin_pages program)
    set(out ${CMAKE_CURRENT_BINARY_DIR}/pages)
    add_custom_command(OUTPUT ${out}/stamp
        COMMAND ${CMAKE_COMMAND} -DKIN=$<TARGET_FILE:${program}> -DOUT=${out} -P ${KIN_PAGES_SCRIPT}
        DEPENDS ${program} ${KIN_PAGES_SCRIPT} VERBATIM)
    add_custom_target(${program}_pages ALL DEPENDS ${out}/stamp)
    install(DIRECTORY ${out}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program)
    install(FILES ${out}/kin.bash RENAME kin DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
        COMPONENT program)
    install(FILES ${out}/_kin DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions COMPONENT program)
    install(FILES ${out}/kin.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT program)
endfunction()
