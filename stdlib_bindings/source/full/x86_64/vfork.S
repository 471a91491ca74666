/* pid_t vfork(void) on host_env/process.h, for x86-64. Hides from CPython that it is not libc's: a jump leaves no frame behind. */
    .text
    .hidden bind_vfork_answer
    .hidden bind_process_host
    .globl  cordon_bind_vfork
    .type   cordon_bind_vfork, @function
cordon_bind_vfork:
    .cfi_startproc
    endbr64
    movq    bind_process_host(%rip), %rdi
    leaq    bind_vfork_answer(%rip), %rsi
    xorl    %edx, %edx                  /* no error of the caller's: the answer gets it */
    jmp     host_process_vfork
    .cfi_endproc
    .size   cordon_bind_vfork, . - cordon_bind_vfork
    .section .note.GNU-stack, "", @progbits
