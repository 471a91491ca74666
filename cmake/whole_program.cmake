# Link-time optimisation of our own C, for what ships: libcordon, and our parts of both interpreters.
# A file is compiled to code and to what the optimiser reads; every other link takes the first and stays quick: tests, benchmarks, tools.
add_link_options(-fno-lto)
include(ProcessorCount)
ProcessorCount(processors)

# cordon_whole_program(<targets...>): may be optimised across files.
function(cordon_whole_program)
  if(CORDON_LTO)
    foreach(target ${ARGN})
      target_compile_options(${target} PRIVATE -flto -ffat-lto-objects)
    endforeach()
  endif()
endfunction()

# cordon_link_whole_program(<executable or shared library>): is.
function(cordon_link_whole_program target)
  if(CORDON_LTO)
    target_link_options(${target} PRIVATE -flto=${processors})
  endif()
endfunction()

# The same for a link to one relocatable object, as arguments of the compiler.
set(cordon_relocatable_flags -r -nostdlib -no-pie)
if(CORDON_LTO)
  list(APPEND cordon_relocatable_flags -flto=${processors} -flinker-output=nolto-rel)
endif()
