/* host_process_vfork for x86-64: hides from C that the child returns through the stack on which the parent is still waiting to return.
 *
 * Nothing that the parent needs may lie on the stack while the child runs: the return address is taken off before and put back after.
 * The calls to either side are C: ../../process_vfork.c. */
    .text
    .hidden host_process_vfork_ask
    .hidden host_process_vfork_tell
    .globl  host_process_vfork
    .type   host_process_vfork, @function
/* int64_t host_process_vfork(host_env *env, host_vfork_answer answer, host_error *error) */
host_process_vfork:
    .cfi_startproc
    endbr64
    movq    (%rsp), %rcx                /* the fourth argument: where both sides shall return to */
    subq    $8, %rsp
    .cfi_adjust_cfa_offset 8
    call    host_process_vfork_ask      /* rax: vfork, or NULL; rdx: the answer, if NULL */
    addq    $8, %rsp
    .cfi_adjust_cfa_offset -8
    testq   %rax, %rax
    jz      1f
    addq    $8, %rsp                    /* from here on the place of the return address is the child's */
    .cfi_adjust_cfa_offset -8
    call    *%rax
    movl    %eax, %edi
    call    host_process_vfork_tell     /* rax: the answer; rdx: where to return to */
    pushq   %rdx
    .cfi_adjust_cfa_offset 8
    ret
1:  movq    %rdx, %rax
    ret
    .cfi_endproc
    .size   host_process_vfork, . - host_process_vfork
    .section .note.GNU-stack, "", @progbits
