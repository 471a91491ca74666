# Third-party products as targets: each is built in the cache by a script and linked into ${CORDON_THIRD_PARTY}/<name>.
#   third_party_<name>                    target to depend on
#   ${CORDON_THIRD_PARTY}/<name>/         headers, libraries, or a CPython build folder
set(CORDON_THIRD_PARTY ${CMAKE_BINARY_DIR}/third_party)
set(third_party_scripts ${CMAKE_SOURCE_DIR}/cmake/third_party)
set(CORDON_OPTIMISATION plain)
if(CORDON_LTO)
  set(CORDON_OPTIMISATION lto)
endif()
set(third_party_environment ${CMAKE_COMMAND} -E env
    "CORDON_CPYTHON_SOURCE=${CORDON_CPYTHON_SOURCE}" "CORDON_GENERATED_DIR=${CORDON_GENERATED_DIR}")

# What every script's result depends on besides its own inputs; the scripts hash contents, so a run that changes nothing costs a second.
set(third_party_frame ${third_party_scripts}/common.sh ${third_party_scripts}/fetch.sh ${third_party_scripts}/sources.tsv
    ${third_party_scripts}/patches.tsv)

function(cordon_third_party name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "COMMAND;DEPENDS;THEN")
  set(stamp ${CORDON_THIRD_PARTY}/${name}.stamp)
  if(NOT arg_THEN)
    set(arg_THEN true)
  endif()
  add_custom_command(
    OUTPUT ${stamp}
    COMMAND ${third_party_environment} ${arg_COMMAND}
    COMMAND ${arg_THEN}
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    DEPENDS ${third_party_frame} ${arg_DEPENDS}
    COMMENT "Third party: ${name}"
    USES_TERMINAL VERBATIM)
  add_custom_target(third_party_${name} DEPENDS ${stamp})
  set(third_party_${name}_stamp ${stamp} PARENT_SCOPE)
endfunction()

# cordon_library(<name> [input files]): a C library for the sandbox (for the host if the name ends in _host); the first input is its redirect header, if it has one.
function(cordon_library name)
  cordon_third_party(${name}
    COMMAND ${third_party_scripts}/build_library.sh ${name} ${CORDON_THIRD_PARTY}/${name} ${ARGN}
    DEPENDS ${third_party_scripts}/build_library.sh ${third_party_scripts}/build_${name}.sh ${ARGN}
            $<$<NOT:$<OR:$<STREQUAL:${name},musl>,$<STREQUAL:${name},msgpack_host>>>:${third_party_musl_stamp}>)
  set(third_party_${name}_stamp ${third_party_${name}_stamp} PARENT_SCOPE)
endfunction()

# cordon_cpython(<variant> <optimisation> [dependencies])
function(cordon_cpython variant optimisation)
  cordon_third_party(${variant}
    COMMAND ${third_party_scripts}/build_cpython.sh ${variant} ${optimisation} ${CORDON_THIRD_PARTY}/${variant}
    # The build is out of its source tree; the headers shall be where the product is.
    THEN bash -c "ln -sfn $(${third_party_scripts}/fetch.sh cpython)/Include ${CORDON_THIRD_PARTY}/${variant}/Include"
    DEPENDS ${third_party_scripts}/build_cpython.sh ${CMAKE_SOURCE_DIR}/stdlib_bindings/variants/${variant}.sh ${ARGN})
  set(third_party_${variant}_stamp ${third_party_${variant}_stamp} PARENT_SCOPE)
endfunction()

set(redirect_tables ${CMAKE_SOURCE_DIR}/stdlib_bindings/tables/host_calls.tsv ${CMAKE_SOURCE_DIR}/stdlib_bindings/generate.py)
set(redirect_full ${CORDON_GENERATED_DIR}/redirect_full.h)
set(redirect_sandbox ${CORDON_GENERATED_DIR}/redirect_sandbox.h)
add_custom_command(
  OUTPUT ${redirect_full} ${redirect_sandbox}
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/stdlib_bindings/generate.py --output ${CORDON_GENERATED_DIR}
  DEPENDS ${redirect_tables}
  COMMENT "Redirect headers from stdlib_bindings/tables/host_calls.tsv")
add_custom_target(redirect_headers DEPENDS ${redirect_full} ${redirect_sandbox})

cordon_cpython(stock plain)
# Built only for ci/test_cpython.py, which asks for it.
cordon_cpython(yardstick plain ${CMAKE_SOURCE_DIR}/stdlib_bindings/variants/static_modules.sh)
if(CORDON_SANDBOX)
  cordon_library(musl)
  foreach(library zlib bzip2 xz sqlite msgpack)
    cordon_library(${library} ${redirect_sandbox})
  endforeach()
  file(GLOB sandbox_patches CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/stdlib_bindings/patches/sandbox/*.patch)
  cordon_cpython(sandbox ${CORDON_OPTIMISATION} ${sandbox_patches} ${third_party_stock_stamp} ${third_party_musl_stamp} ${third_party_zlib_stamp}
    ${third_party_bzip2_stamp} ${third_party_xz_stamp} ${third_party_sqlite_stamp} ${redirect_sandbox}
    ${CMAKE_SOURCE_DIR}/stdlib_bindings/pyconfig/sandbox.h)
endif()
if(CORDON_FULL)
  cordon_library(msgpack_host)
  file(GLOB full_patches CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/stdlib_bindings/patches/full/*.patch)
  cordon_cpython(full ${CORDON_OPTIMISATION} ${full_patches} ${third_party_stock_stamp} ${redirect_full} ${CMAKE_SOURCE_DIR}/stdlib_bindings/pyconfig/full.h
    ${CMAKE_SOURCE_DIR}/stdlib_bindings/variants/static_modules.sh ${CMAKE_SOURCE_DIR}/stdlib_bindings/variants/patched_copies.sh)
endif()
