# The full interpreter. First one relocatable object of all that must not touch an operating system itself, lib/cordon_full.o, which the
# boundary check reads; then bin/cordon-python = that object + libhost_env.a + libpolicy.a + the system's libraries.
set(full_product ${CORDON_THIRD_PARTY}/full)
set(cordon_full_object ${CMAKE_BINARY_DIR}/lib/cordon_full.o)
set(full_archives
  ${full_product}/Modules/_decimal/libmpdec/libmpdec.a
  ${full_product}/Modules/expat/libexpat.a
  ${full_product}/Modules/_hacl/libHacl_Hash_SHA2.a)
set(full_system_libraries ssl crypto readline panelw ncursesw tinfo sqlite3 z bz2 lzma ffi uuid gdbm_compat gdbm crypt cyaml yaml m dl)

cordon_whole_program(interpreter_full bindings_full bindings_common_full)
set(relocatable_flags ${cordon_relocatable_flags} -O3 -fno-semantic-interposition
  -w) # third-party code, seen across files: not ours to warn about

add_custom_command(
  OUTPUT ${cordon_full_object}
  # CPython first: its code then lies alike in every program that has it, whatever comes behind; bench/ compares two of them.
  COMMAND ${CMAKE_C_COMPILER} ${relocatable_flags} -o ${cordon_full_object}
    -Wl,--whole-archive ${full_product}/libpython3.13.a -Wl,--no-whole-archive ${full_archives}
    $<TARGET_OBJECTS:interpreter_full> $<TARGET_OBJECTS:bindings_full> $<TARGET_OBJECTS:bindings_common_full> $<TARGET_OBJECTS:bindings_common_full_plain>
  # and begins a page, so that no code ahead of it moves it against the lines of the processor's caches.
  COMMAND ${CMAKE_OBJCOPY} --set-section-alignment .text=4096 --set-section-alignment .text.hot=4096 ${cordon_full_object}
  DEPENDS ${third_party_full_stamp} interpreter_full bindings_full bindings_common_full bindings_common_full_plain
    $<TARGET_OBJECTS:interpreter_full> $<TARGET_OBJECTS:bindings_full> $<TARGET_OBJECTS:bindings_common_full> $<TARGET_OBJECTS:bindings_common_full_plain>
  COMMENT "Linking lib/cordon_full.o" COMMAND_EXPAND_LISTS VERBATIM)
set_source_files_properties(${cordon_full_object} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)

add_executable(cordon-python ${cordon_full_object})
set_target_properties(cordon-python PROPERTIES LINKER_LANGUAGE C)
# Not position independent, as stock python is: one register more in the interpreter loop. Symbols are exported for extension modules.
target_link_options(cordon-python PRIVATE -no-pie -rdynamic)
cordon_link_whole_program(cordon-python)
target_link_libraries(cordon-python PRIVATE host_env policy ${full_system_libraries})

# The standard library beside the binary, where getpath.py looks for it.
set(full_library ${CMAKE_BINARY_DIR}/lib/python3.13)
file(GLOB_RECURSE cordon_package CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/stdlib_bindings/modules/sandbox/cordon/*.py)
add_custom_command(
  OUTPUT ${full_library}/.complete
  COMMAND ${CMAKE_SOURCE_DIR}/cmake/third_party/install_library.sh ${full_product} ${full_library}
  DEPENDS ${third_party_full_stamp} ${CMAKE_SOURCE_DIR}/cmake/third_party/install_library.sh ${cordon_package}
  COMMENT "Standard library for the full interpreter" VERBATIM)
add_custom_target(full_library ALL DEPENDS ${full_library}/.complete)
add_dependencies(cordon-python full_library)
