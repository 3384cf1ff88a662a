# kin_library(MODULE...): libkin out of the modules' static targets, shared and static, with kin.pc and the package that
# find_package(kin) finds. What the modules link is read from their targets, so nothing of it is said twice.
include(CMakePackageConfigHelpers)
include(KinSymbols)

# What linking to `item`, an entry of a target's links, takes, added to global properties: kin_names, names for -l, and
# kin_links, which libkin itself is linked with. Of pkg-config's libraries the files, since their targets are known only
# to the folder that asked for them.
function(kin_add_link item)
    set(links ${item})
    if(item MATCHES "^PkgConfig::(.+)$")
        set(prefix ${CMAKE_MATCH_1})
        set(names ${${prefix}_LIBRARIES})
        set(links "")
        foreach(name IN LISTS names)
            list(APPEND links ${pkgcfg_lib_${prefix}_${name}}) # where FindPkgConfig found it
        endforeach()
    elseif(item MATCHES "^OpenMP::OpenMP_(C|CXX)$")
        set(names ${OpenMP_${CMAKE_MATCH_1}_LIB_NAMES})
    elseif(item STREQUAL "Threads::Threads")
        set(names pthread)
    elseif(item MATCHES "/lib([^/]+)\\.(so|a)[.0-9]*$")
        set(names ${CMAKE_MATCH_1})
    elseif(item MATCHES "^[a-z][A-Za-z0-9_+-]*$")
        set(names ${item})
    else()
        message(FATAL_ERROR "KinLibrary.cmake does not know how to name ${item} for kin.pc")
    endif()
    set_property(GLOBAL APPEND PROPERTY kin_names ${names})
    set_property(GLOBAL APPEND PROPERTY kin_links ${links})
endfunction()

# Gathers a target and those below it: what they link, and in the global property kin_objects their objects, those of
# object libraries in them included.
function(kin_gather target)
    get_property(seen GLOBAL PROPERTY kin_seen)
    if(target IN_LIST seen)
        return()
    endif()
    get_target_property(sources ${target} SOURCES)
    list(FILTER sources INCLUDE REGEX "TARGET_OBJECTS")
    set_property(GLOBAL APPEND PROPERTY kin_seen ${target})
    set_property(GLOBAL APPEND PROPERTY kin_objects $<TARGET_OBJECTS:${target}> ${sources})
    get_target_property(links ${target} LINK_LIBRARIES)
    foreach(item IN LISTS links)
        if(item MATCHES "^kin_" AND NOT item STREQUAL "kin_options")
            kin_gather(${item})
        elseif(item AND NOT item STREQUAL "kin_options")
            kin_add_link(${item})
        endif()
    endforeach()
endfunction()

function(kin_library)
    foreach(module IN LISTS ARGN)
        kin_gather(kin_${module})
    endforeach()
    foreach(list IN ITEMS objects links names)
        get_property(${list} GLOBAL PROPERTY kin_${list})
        list(REMOVE_DUPLICATES ${list})
    endforeach()
    # A static library needs each after all that use it: FAISS before OpenBLAS and the C++ runtime, those before C.
    list(APPEND names stdc++)
    foreach(last openblas gomp stdc++ pthread m)
        if(last IN_LIST names)
            list(REMOVE_ITEM names ${last})
            list(APPEND names ${last})
        endif()
    endforeach()

    set(version ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}) # of the binary interface: 0.x may change with x
    set(script ${CMAKE_CURRENT_BINARY_DIR}/libkin.map)
    kin_version_script(${script} KIN_${version})
    add_custom_target(kin_map DEPENDS ${script})

    add_library(kin_shared SHARED ${objects})
    add_dependencies(kin_shared kin_map)
    target_link_libraries(kin_shared PRIVATE kin_options ${links})
    target_link_options(kin_shared PRIVATE -Wl,--version-script=${script} -Wl,-Bsymbolic-functions
        $<$<NOT:$<BOOL:${KIN_SANITIZE}>>:-Wl,--no-undefined>)
    set_target_properties(kin_shared PROPERTIES LINK_DEPENDS ${script} LINKER_LANGUAGE CXX EXPORT_NAME kin
        OUTPUT_NAME kin VERSION ${PROJECT_VERSION} SOVERSION ${version})

    add_library(kin_archive STATIC ${objects})
    set_target_properties(kin_archive PROPERTIES LINKER_LANGUAGE CXX EXPORT_NAME kin_static OUTPUT_NAME kin)
    target_link_libraries(kin_archive INTERFACE "$<INSTALL_INTERFACE:${names}>")
    foreach(target kin_shared kin_archive)
        target_include_directories(${target} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    endforeach()

    set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/kin)
    install(TARGETS kin_shared EXPORT kin
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development)
    install(TARGETS kin_archive EXPORT kin ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
    install(EXPORT kin NAMESPACE kin:: DESTINATION ${package_folder} FILE kin-targets.cmake COMPONENT development)
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/kin-config.cmake
        "# Targets: kin::kin (shared) and kin::kin_static.\ninclude(\${CMAKE_CURRENT_LIST_DIR}/kin-targets.cmake)\n")
    write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/kin-config-version.cmake
        COMPATIBILITY SameMinorVersion)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/kin-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/kin-config-version.cmake
        DESTINATION ${package_folder} COMPONENT development)

    list(TRANSFORM names PREPEND -l OUTPUT_VARIABLE private)
    list(JOIN private " " KIN_PRIVATE_LIBRARIES)
    file(RELATIVE_PATH KIN_PREFIX_FROM_PC ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
    configure_file(${PROJECT_SOURCE_DIR}/tools/cmake/kin.pc.in ${CMAKE_CURRENT_BINARY_DIR}/kin.pc @ONLY)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/kin.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT development)
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/kin DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
endfunction()
