# lib/libcordon_full.a: libcordon and the full interpreter in one object, for a host that runs Python in its own process. Names that stay visible: cordon_* and CPython's own, which
# extension modules look for; so a host's names never meet ours.
#
# First lib/cordon_embedded.o, all that is ours and knows both CPython and the supervisor: the boundary check reads its symbol table.
set(cordon_embedded_object ${CMAKE_BINARY_DIR}/lib/cordon_embedded.o)
add_custom_command(
  OUTPUT ${cordon_embedded_object}
  COMMAND ${CMAKE_LINKER} -r -o ${cordon_embedded_object} $<TARGET_OBJECTS:interpreter_embedded>
  DEPENDS interpreter_embedded $<TARGET_OBJECTS:interpreter_embedded>
  COMMENT "Linking lib/cordon_embedded.o" COMMAND_EXPAND_LISTS VERBATIM)

set(full_library_object ${CMAKE_CURRENT_BINARY_DIR}/cordon_full_library.o)
set(full_library_static ${CMAKE_BINARY_DIR}/lib/libcordon_full.a)
add_custom_command(
  OUTPUT ${full_library_static}
  # The program's main() gets a name that is not kept.
  COMMAND ${CMAKE_OBJCOPY} --redefine-sym main=program_main ${cordon_full_object} ${full_library_object}.python
  COMMAND ${CMAKE_LINKER} -r -o ${full_library_object}.all ${full_library_object}.python ${cordon_embedded_object}
    --whole-archive $<TARGET_FILE:supervisor> $<TARGET_FILE:supervisor_plugin> --no-whole-archive $<TARGET_FILE:policy> $<TARGET_FILE:audit> $<TARGET_FILE:host_env> ${CORDON_THIRD_PARTY}/msgpack_host/lib/libmsgpackc.a
  # Without what the optimiser across files would read: whoever links it would have to optimise it, and parts of it are optimised already.
  COMMAND ${CMAKE_OBJCOPY} --remove-section=.gnu.lto_* --remove-section=.gnu.debuglto_* ${full_library_object}.all
  COMMAND ${CMAKE_OBJCOPY} --wildcard --keep-global-symbol=cordon_* --keep-global-symbol=Py* --keep-global-symbol=_Py* ${full_library_object}.all ${full_library_object}
  COMMAND ${CMAKE_COMMAND} -E rm -f ${full_library_static} ${full_library_object}.all ${full_library_object}.python
  COMMAND ${CMAKE_AR} rcsD ${full_library_static} ${full_library_object}
  COMMAND ${CMAKE_COMMAND} -E rm -f ${full_library_object}
  DEPENDS ${cordon_full_object} ${cordon_embedded_object} supervisor supervisor_plugin policy audit host_env ${third_party_msgpack_host_stamp}
  COMMENT "Linking lib/libcordon_full.a" VERBATIM)
add_custom_target(libcordon_full ALL DEPENDS ${full_library_static})
add_dependencies(libcordon_full full_library)

# For cordon-full.pc and the CMake package: what the system has of it.
get_target_property(supervisor_needs libcordon_needs INTERFACE_LINK_LIBRARIES)
set(full_library_needs ${full_system_libraries} ${supervisor_needs})
list(REMOVE_DUPLICATES full_library_needs)
list(TRANSFORM full_library_needs PREPEND -l OUTPUT_VARIABLE full_library_flags)
string(REPLACE ";" " " full_library_flags "${full_library_flags}")

# What a program must be linked with, besides; in CMake, for our own tests and measurements.
add_library(cordon_full_library INTERFACE)
add_dependencies(cordon_full_library libcordon_full)
target_include_directories(cordon_full_library INTERFACE ${CMAKE_SOURCE_DIR}/core/include)
target_link_options(cordon_full_library INTERFACE -no-pie -rdynamic)
target_link_libraries(cordon_full_library INTERFACE ${full_library_static} ${full_library_needs})
