# _testembed for CPython's test_embed, on the full interpreter: built when ci/test_cpython.py asks for it.
set(testembed_library ${CMAKE_BINARY_DIR}/cpython_tests/cordon_full_without_main.o)
add_custom_command(
  OUTPUT ${testembed_library}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/cpython_tests
  COMMAND ${CMAKE_OBJCOPY} --redefine-sym main=cordon_python_main ${cordon_full_object} ${testembed_library}
  DEPENDS ${cordon_full_object} VERBATIM)
set_source_files_properties(${testembed_library} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
add_executable(cordon-testembed EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/ci/cpython_tests/testembed.c ${testembed_library})
add_dependencies(cordon-testembed redirect_headers third_party_full host_env_generated)
target_compile_options(cordon-testembed PRIVATE -include ${redirect_full} -fno-builtin -w) # CPython's code, not ours to warn about
target_include_directories(cordon-testembed PRIVATE
  ${CMAKE_SOURCE_DIR}/core/include ${CMAKE_SOURCE_DIR}/core/interpreter ${CMAKE_SOURCE_DIR}/stdlib_bindings/include)
target_include_directories(cordon-testembed SYSTEM PRIVATE
  ${CORDON_THIRD_PARTY}/full ${CORDON_THIRD_PARTY}/full/Include ${CORDON_THIRD_PARTY}/full/Include/internal
  ${CORDON_THIRD_PARTY}/full/Include/../Programs)
target_link_options(cordon-testembed PRIVATE -no-pie -rdynamic)
target_link_libraries(cordon-testembed PRIVATE host_env policy ${full_system_libraries})
set_target_properties(cordon-testembed PROPERTIES
  OUTPUT_NAME _testembed RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/cpython_tests C_CLANG_TIDY "")
