# cordon_sandbox_compile(<target>): how C of ours is compiled for the sandbox: musl's headers only, a fixed address, no thread pointer.
# What a target calls by libc's names is not renamed here; a target that is to be renamed force-includes ${redirect_sandbox} itself.
execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=include
                OUTPUT_VARIABLE compiler_include OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

function(cordon_sandbox_compile target)
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANGUAGE:C>:-nostdinc> $<$<COMPILE_LANGUAGE:C>:-isystem${CORDON_THIRD_PARTY}/musl/include>
    $<$<COMPILE_LANGUAGE:C>:-isystem${compiler_include}>
    -O2 -fno-pic -fno-pie -fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables -U_FORTIFY_SOURCE
    -ffunction-sections -fdata-sections -fno-sanitize=all -ffile-prefix-map=${CMAKE_SOURCE_DIR}=/usr/src/cordon)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  add_dependencies(${target} third_party_musl)
endfunction()
