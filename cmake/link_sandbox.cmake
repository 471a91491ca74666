# The sandbox: lib/cordon_sandbox.o, one relocatable object whose only undefined name is cordon_gate, and bin/cordon-sandbox, the same with a gate.
# cordon-sandbox-tests is the second with CPython's tests and test modules inside, for `make test-cpython` only.
set(sandbox_product ${CORDON_THIRD_PARTY}/sandbox)
set(sandbox_link ${CMAKE_SOURCE_DIR}/cmake/link_sandbox_object.sh)

# The slow half: CPython, optimised as a whole; and its test modules.
set(sandbox_python ${CORDON_GENERATED_DIR}/sandbox_python.o)
set(sandbox_test_modules ${CORDON_GENERATED_DIR}/sandbox_test_modules.o)
set(sandbox_test_names ${CMAKE_SOURCE_DIR}/stdlib_bindings/modules/sandbox_test_modules.txt)
add_custom_command(
  OUTPUT ${sandbox_python} ${sandbox_test_modules}
  COMMAND ${CMAKE_SOURCE_DIR}/cmake/link_sandbox_python.sh ${sandbox_product} ${CORDON_OPTIMISATION} ${sandbox_python} ${sandbox_test_modules}
  DEPENDS ${CMAKE_SOURCE_DIR}/cmake/link_sandbox_python.sh ${sandbox_test_names} ${third_party_sandbox_stamp}
  COMMENT "Optimising the sandbox's CPython (${CORDON_OPTIMISATION})" VERBATIM)

# sandbox_module_table(<target> <arguments of module_table.py>): a table of built-in modules.
function(sandbox_module_table target)
  set(table ${CORDON_GENERATED_DIR}/${target}.c)
  set(script ${CMAKE_SOURCE_DIR}/stdlib_bindings/modules/module_table.py)
  add_custom_command(
    OUTPUT ${table}
    COMMAND ${Python3_EXECUTABLE} ${script} ${sandbox_product}/Modules/config.c ${ARGN} ${table}
    DEPENDS ${script} ${sandbox_test_names} ${third_party_sandbox_stamp}
    COMMENT "Built-in modules: ${target}" VERBATIM)
  add_library(${target} OBJECT ${table})
  cordon_sandbox_compile(${target})
  target_include_directories(${target} SYSTEM PRIVATE ${sandbox_product} ${sandbox_product}/Include ${sandbox_product}/Include/internal)
  add_dependencies(${target} third_party_sandbox redirect_headers)
endfunction()

sandbox_module_table(sandbox_module_table ${sandbox_test_names})
# CPython's tests also load modules that its makefile builds as shared objects only; there they are built in.
set(shared_test_modules _testsinglephase xxlimited xxlimited_35)
sandbox_module_table(sandbox_tests_module_table --add ${shared_test_modules})
target_compile_options(sandbox_tests_module_table PRIVATE -include ${redirect_sandbox} -w)
foreach(module ${shared_test_modules})
  set(module_source ${CORDON_GENERATED_DIR}/test_modules/${module}.c)
  add_custom_command(
    OUTPUT ${module_source}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CORDON_GENERATED_DIR}/test_modules
    COMMAND ${CMAKE_COMMAND} -E copy ${sandbox_product}/Include/../Modules/${module}.c ${module_source}
    DEPENDS ${third_party_sandbox_stamp}
    COMMENT "Test module ${module}" VERBATIM)
  target_sources(sandbox_tests_module_table PRIVATE ${module_source})
endforeach()

# Our own parts, optimised as a whole: the quick half.
set(sandbox_parts interpreter_sandbox sealed_sandbox bindings_sandbox bindings_common_sandbox)
cordon_whole_program(${sandbox_parts})
set(sandbox_own ${CORDON_GENERATED_DIR}/sandbox_own.o)
set(sandbox_own_parts)
foreach(part ${sandbox_parts})
  list(APPEND sandbox_own_parts $<TARGET_OBJECTS:${part}>)
endforeach()
add_custom_command(
  OUTPUT ${sandbox_own}
  COMMAND ${CMAKE_C_COMPILER} ${cordon_relocatable_flags} -fno-pic -fno-pie -o ${sandbox_own} ${sandbox_own_parts}
  DEPENDS ${sandbox_own_parts} ${sandbox_parts}
  COMMENT "Linking the sandbox's own parts" COMMAND_EXPAND_LISTS VERBATIM)
add_custom_target(sandbox_objects DEPENDS ${sandbox_python} ${sandbox_test_modules} ${sandbox_own}) # for other folders, which do not know how they are made

set(sandbox_archives
  ${CORDON_THIRD_PARTY}/zlib/lib/libz.a
  ${CORDON_THIRD_PARTY}/bzip2/lib/libbz2.a
  ${CORDON_THIRD_PARTY}/xz/lib/liblzma.a
  ${CORDON_THIRD_PARTY}/sqlite/lib/libsqlite3.a
  ${CORDON_THIRD_PARTY}/msgpack/lib/libmsgpackc.a
  ${CORDON_THIRD_PARTY}/musl/lib/libc.a)

# sandbox_object(<output> [OBJECTS <files...>] LIBRARIES <object libraries...>): CPython, our own parts, and what is given.
function(sandbox_object output)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "OBJECTS;LIBRARIES")
  set(objects ${sandbox_python} ${sandbox_own} ${arg_OBJECTS})
  foreach(library sealed_arch ${arg_LIBRARIES})
    list(APPEND objects $<TARGET_OBJECTS:${library}>)
  endforeach()
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${sandbox_link} ${output} ${objects} ${sandbox_archives}
    DEPENDS ${sandbox_link} ${objects} sealed_arch ${arg_LIBRARIES} sandbox_objects ${third_party_musl_stamp} ${third_party_zlib_stamp}
            ${third_party_bzip2_stamp} ${third_party_xz_stamp} ${third_party_sqlite_stamp} ${third_party_msgpack_stamp}
    COMMENT "Linking ${output}" COMMAND_EXPAND_LISTS VERBATIM)
  set_source_files_properties(${output} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
endfunction()

# sandbox_executable(<name> <object> [<start code>]): static, at fixed addresses; nothing of the host's C library is linked.
# Raw: it boots CPython when it starts.
# The start code is an object library, sealed_image unless a test brings another.
function(sandbox_executable name object)
  set(start_code sealed_image ${ARGN})
  list(GET start_code -1 start_code)
  add_executable(${name} $<TARGET_OBJECTS:${start_code}> ${object})
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE C LINK_DEPENDS ${image_layout})
  target_link_options(${name} PRIVATE -nostdlib -static -no-pie -Wl,-T,${image_layout} -Wl,--build-id=none -Wl,--orphan-handling=error
                      -Wl,-z,noexecstack)
endfunction()

set(image_layout ${CMAKE_SOURCE_DIR}/core/sealed/arch/x86_64/image/image.ld)
set(cordon_sandbox_object ${CMAKE_BINARY_DIR}/lib/cordon_sandbox.o)
set(cordon_sandbox_tests_object ${CMAKE_BINARY_DIR}/lib/cordon_sandbox_tests.o)
sandbox_object(${cordon_sandbox_object} LIBRARIES sandbox_module_table stdlib_image)
sandbox_object(${cordon_sandbox_tests_object} OBJECTS ${sandbox_test_modules} LIBRARIES sandbox_tests_module_table stdlib_image_tests)
sandbox_executable(cordon-sandbox ${cordon_sandbox_object})
sandbox_executable(cordon-sandbox-tests ${cordon_sandbox_tests_object})
set_target_properties(cordon-sandbox-tests PROPERTIES EXCLUDE_FROM_ALL TRUE)

# The tool that makes a pre-initialised image of a linked one, which writes its memory itself, behind its lock.
set(supervisor_room ${CMAKE_SOURCE_DIR}/core/supervisor)
# It is made of the parts that need no host_env, since a sandbox-only build has none.
set(image_tool_parts image/image_describe.c image/image_frames.c image/image_pages.c image/image_stream.c image/image_write.c bytes.c frame.c image_elf.c)
list(TRANSFORM image_tool_parts PREPEND ${supervisor_room}/)
add_executable(image_tool ${CMAKE_SOURCE_DIR}/cmake/image_tool.c ${image_tool_parts})
target_include_directories(image_tool PRIVATE ${supervisor_room} ${supervisor_room}/image ${CMAKE_SOURCE_DIR}/core/include)
set_target_properties(image_tool PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tools)

# sandbox_preinitialise(<executable> <list of modules>): turns what was linked into what it is after its boot; the link's own result is kept in tools/.
function(sandbox_preinitialise name modules)
  set(save ${CMAKE_SOURCE_DIR}/cmake/save_image.sh)
  set(tools ${CMAKE_BINARY_DIR}/tools)
  set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS ${save} ${CMAKE_SOURCE_DIR}/cmake/find_written_pages.py ${modules} ${tools}/image_tool)
  add_dependencies(${name} image_tool)
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND ${CMAKE_COMMAND} -E rename $<TARGET_FILE:${name}> ${tools}/${name}-raw
    COMMAND ${save} ${tools}/image_tool ${tools}/${name}-raw ${modules} $<TARGET_FILE:${name}>
    COMMENT "Pre-initialising ${name}" VERBATIM)
endfunction()

sandbox_preinitialise(cordon-sandbox ${CMAKE_SOURCE_DIR}/stdlib_bindings/image/preloaded_modules.txt)
