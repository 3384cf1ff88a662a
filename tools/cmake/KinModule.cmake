# kin_module(NAME SOURCES a.c b.c [LINKS kin_base ...] [LIBRARIES third::party ...])
#
# One static target kin_NAME per folder of src/. LINKS is the dependency rule of src/README.md: a module sees the headers
# of what it links and of include/, nothing else by accident, and tests/rule/test_rule.py checks the includes themselves.
# LIBRARIES are third-party; they stay private.
function(kin_module name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS;LIBRARIES")
    add_library(kin_${name} STATIC ${arg_SOURCES})
    target_include_directories(kin_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(kin_${name} PUBLIC ${arg_LINKS} PRIVATE kin_options ${arg_LIBRARIES})
    set_target_properties(kin_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()

# The programs whose tests are worth a run under ThreadSanitizer.
add_custom_target(threaded_tests)

# kin_unit_test(test_x [PLAIN] [SLOW] [THREADS] LINKS kin_x ...): tests/unit/test_x.c as one cmocka program and one ctest
# entry. PLAIN: a second entry runs it with the plain kernels. SLOW: labelled slow, a simulation of many seconds that
# sanitizer builds leave out. THREADS: labelled threads, and part of the target threaded_tests.
function(kin_unit_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "PLAIN;SLOW;THREADS" "" "LINKS")
    set(labels unit)
    if(arg_SLOW)
        list(APPEND labels slow)
    endif()
    if(arg_THREADS)
        list(APPEND labels threads)
        add_dependencies(threaded_tests ${name})
    endif()
    add_executable(${name} ${name}.c)
    target_link_libraries(${name} PRIVATE kin_options ${arg_LINKS} PkgConfig::cmocka)
    target_compile_definitions(${name} PRIVATE KIN_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
    add_test(NAME unit.${name} COMMAND ${name})
    # No models by name: so the default is `classic`, whatever is on this machine.
    set(no_models KIN_MODELS=${PROJECT_SOURCE_DIR}/tests/data)
    set_tests_properties(unit.${name} PROPERTIES TIMEOUT 600 LABELS "${labels}" ENVIRONMENT ${no_models})
    if(arg_PLAIN)
        add_test(NAME unit.${name}.plain COMMAND ${name})
        set_tests_properties(unit.${name}.plain PROPERTIES TIMEOUT 600 LABELS "${labels}"
            ENVIRONMENT "KIN_KERNEL=plain;${no_models}")
    endif()
endfunction()
