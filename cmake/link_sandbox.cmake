# The sandbox: lib/cordon_sandbox.o, one relocatable object whose only undefined name is cordon_gate, and bin/cordon-sandbox, the same with a gate.
# cordon-sandbox-tests is the second with CPython's tests and test modules inside, for `make test-cpython` only.
set(sandbox_product ${CORDON_THIRD_PARTY}/sandbox)
set(sandbox_link ${CMAKE_SOURCE_DIR}/cmake/link_sandbox_object.sh)

# The table of built-in modules without CPython's test modules; linked before libpython, it takes the place of libpython's own.
set(module_table ${CORDON_GENERATED_DIR}/sandbox_module_table.c)
set(module_table_inputs ${CMAKE_SOURCE_DIR}/stdlib_bindings/modules/module_table.py ${CMAKE_SOURCE_DIR}/stdlib_bindings/modules/sandbox_test_modules.txt)
add_custom_command(
  OUTPUT ${module_table}
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/stdlib_bindings/modules/module_table.py ${sandbox_product}/Modules/config.c
          ${CMAKE_SOURCE_DIR}/stdlib_bindings/modules/sandbox_test_modules.txt ${module_table}
  DEPENDS ${module_table_inputs} ${third_party_sandbox_stamp}
  COMMENT "Built-in modules of the sandbox" VERBATIM)
add_library(sandbox_module_table OBJECT ${module_table})
cordon_sandbox_compile(sandbox_module_table)
target_include_directories(sandbox_module_table SYSTEM PRIVATE ${sandbox_product} ${sandbox_product}/Include)
add_dependencies(sandbox_module_table third_party_sandbox)

set(sandbox_archives
  ${sandbox_product}/libpython3.13.a
  ${sandbox_product}/Modules/_decimal/libmpdec/libmpdec.a
  ${sandbox_product}/Modules/expat/libexpat.a
  ${sandbox_product}/Modules/_hacl/libHacl_Hash_SHA2.a
  ${CORDON_THIRD_PARTY}/zlib/lib/libz.a
  ${CORDON_THIRD_PARTY}/bzip2/lib/libbz2.a
  ${CORDON_THIRD_PARTY}/xz/lib/liblzma.a
  ${CORDON_THIRD_PARTY}/sqlite/lib/libsqlite3.a
  ${CORDON_THIRD_PARTY}/musl/lib/libc.a)

# sandbox_object(<output> <object libraries...>)
function(sandbox_object output)
  set(objects)
  foreach(library ${ARGN})
    list(APPEND objects $<TARGET_OBJECTS:${library}>)
  endforeach()
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${sandbox_link} ${output} ${CORDON_OPTIMISATION} ${objects} ${sandbox_archives}
    DEPENDS ${sandbox_link} ${objects} ${ARGN} ${third_party_sandbox_stamp} ${third_party_musl_stamp} ${third_party_zlib_stamp}
            ${third_party_bzip2_stamp} ${third_party_xz_stamp} ${third_party_sqlite_stamp}
    COMMENT "Linking ${output}" COMMAND_EXPAND_LISTS VERBATIM)
  set_source_files_properties(${output} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
endfunction()

# sandbox_executable(<name> <object>): static, at fixed addresses; nothing of the host's C library is linked.
function(sandbox_executable name object)
  add_executable(${name} $<TARGET_OBJECTS:sealed_image> ${object})
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE C LINK_DEPENDS ${image_layout})
  target_link_options(${name} PRIVATE -nostdlib -static -no-pie -Wl,-T,${image_layout} -Wl,--build-id=none -Wl,--orphan-handling=error
                      -Wl,-z,noexecstack)
endfunction()

set(image_layout ${CMAKE_SOURCE_DIR}/core/sealed/arch/x86_64/image/image.ld)
set(sandbox_parts interpreter_sandbox sealed_sandbox sealed_arch bindings_sandbox bindings_common_sandbox)
set(cordon_sandbox_object ${CMAKE_BINARY_DIR}/lib/cordon_sandbox.o)
set(cordon_sandbox_tests_object ${CMAKE_BINARY_DIR}/lib/cordon_sandbox_tests.o)
sandbox_object(${cordon_sandbox_object} ${sandbox_parts} sandbox_module_table stdlib_image)
sandbox_object(${cordon_sandbox_tests_object} ${sandbox_parts} stdlib_image_tests)
sandbox_executable(cordon-sandbox ${cordon_sandbox_object})
sandbox_executable(cordon-sandbox-tests ${cordon_sandbox_tests_object})
set_target_properties(cordon-sandbox-tests PROPERTIES EXCLUDE_FROM_ALL TRUE)
