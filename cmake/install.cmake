# What `cmake --install` puts below a prefix: libcordon with its headers, pkg-config and CMake package; the programs; the full interpreter's library.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

if(TARGET libcordon_shared)
  install(TARGETS libcordon_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(FILES ${CMAKE_ARCHIVE_OUTPUT_DIRECTORY}/libcordon.a DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY ${CMAKE_SOURCE_DIR}/core/include/cordon DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
  file(RELATIVE_PATH prefix_from_description /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  configure_file(${CMAKE_SOURCE_DIR}/cmake/cordon.pc.in ${CORDON_GENERATED_DIR}/cordon.pc @ONLY)
  configure_file(${CMAKE_SOURCE_DIR}/cmake/cordon-full.pc.in ${CORDON_GENERATED_DIR}/cordon-full.pc @ONLY)
  install(FILES ${CORDON_GENERATED_DIR}/cordon.pc ${CORDON_GENERATED_DIR}/cordon-full.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  install(FILES ${CMAKE_ARCHIVE_OUTPUT_DIRECTORY}/libcordon_full.a DESTINATION ${CMAKE_INSTALL_LIBDIR})
  configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/cordon-config.cmake.in ${CORDON_GENERATED_DIR}/cordon-config.cmake
    INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cordon PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_BINDIR)
  write_basic_package_version_file(${CORDON_GENERATED_DIR}/cordon-config-version.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${CORDON_GENERATED_DIR}/cordon-config.cmake ${CORDON_GENERATED_DIR}/cordon-config-version.cmake
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cordon)
endif()
if(CORDON_FULL)
  install(PROGRAMS ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/cordon ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/cordon-python DESTINATION ${CMAKE_INSTALL_BINDIR})
  # Where the interpreter looks: lib/ beside bin/, whatever the system calls its folder for libraries.
  install(DIRECTORY ${CMAKE_BINARY_DIR}/lib/python3.13 DESTINATION lib USE_SOURCE_PERMISSIONS
    PATTERN __pycache__ EXCLUDE PATTERN python3.13/test EXCLUDE PATTERN .complete EXCLUDE)
  install(DIRECTORY ${CMAKE_BINARY_DIR}/include/python3.13 DESTINATION include)
endif()
if(CORDON_SANDBOX)
  install(PROGRAMS ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/cordon-sandbox DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE ${CMAKE_SOURCE_DIR}/NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR})
