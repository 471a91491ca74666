/* Hides the instructions and registers of each way into the kernel from the module that offers them to Python. */

    .macro begin name
    .globl \name
    .type \name, @function
    .p2align 4
\name:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rdi, %rax
    .endm

    .macro finish name
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret
    .size \name, . - \name
    .endm

    .text
    begin raw_call_syscall
    movq %rsi, %r11
    movq (%r11), %rdi
    movq 8(%r11), %rsi
    movq 16(%r11), %rdx
    movq 24(%r11), %r10
    movq 32(%r11), %r8
    movq 40(%r11), %r9
    syscall
    finish raw_call_syscall

    .macro load_32
    movq %rsi, %r11
    movq (%r11), %rbx
    movq 8(%r11), %rcx
    movq 16(%r11), %rdx
    movq 24(%r11), %rsi
    movq 32(%r11), %rdi
    movq 40(%r11), %rbp
    .endm

    begin raw_call_int80
    load_32
    int $0x80
    finish raw_call_int80

    /* The kernel takes the stack pointer from ebp and reads the sixth argument there; the image lies below 4 GiB. */
    begin raw_call_sysenter
    load_32
    movq %rsp, %rbp
    sysenter
    finish raw_call_sysenter

    begin raw_call_vsyscall
    movq %rsi, %r11
    movq (%r11), %rdi
    movq 8(%r11), %rsi
    movq 16(%r11), %rdx
    shlq $10, %rax
    addq $0xffffffffff600000, %rax
    call *%rax
    finish raw_call_vsyscall

    /* struct ucontext of 304 bytes: flags, link, stack (3), 23 words of registers, fpstate, 8 reserved, then the mask. */
    begin raw_call_sigreturn
    movq %rax, %rdx
    movq %rsp, %rbp
    subq $512, %rsp
    movq %rsp, %rdi
    movl $64, %ecx
    xorl %eax, %eax
    rep stosq
    movq (%rsi), %rcx
    movq %rcx, 40+256(%rsp)                     /* signals that are blocked from then on */
    movq 8(%rsi), %rcx
    movq %rcx, 16(%rsp)                         /* the stack for handlers: address, flags, size */
    movq 16(%rsi), %rcx
    movq %rcx, 24(%rsp)
    movq 24(%rsi), %rcx
    movq %rcx, 32(%rsp)
    movq %rdx, 40+13*8(%rsp)                    /* rax */
    movq %rbp, 40+15*8(%rsp)                    /* rsp */
    movq $continued, 40+16*8(%rsp)              /* rip */
    movq $0x202, 40+17*8(%rsp)                  /* flags: interrupts on */
    movabsq $0x002b000000000033, %rcx
    movq %rcx, 40+18*8(%rsp)                    /* cs, gs, fs, ss */
    movl $15, %eax
    syscall
    ud2
continued:
    finish raw_call_sigreturn

    /* Only one of the registers that the kernel looks at has a value that anybody could use after: none. */
    begin raw_call_jump
    movq %rsi, %r11
    movq (%r11), %rdi
    movq 8(%r11), %rsi
    movq 16(%r11), %rdx
    movq 24(%r11), %r9
    ldmxcsr other_modes
    fldcw other_modes + 4
    fld1
    pcmpeqd %xmm0, %xmm0
    movdqa %xmm0, %xmm15
    pushfq
    orq $0x40400, (%rsp)                        /* direction, alignment check */
    popfq
    movq $0x4242424242424242, %rsp
    movq %rsp, %rbx
    movq %rsp, %rbp
    movq %rsp, %r12
    movq %rsp, %r13
    movq %rsp, %r14
    movq %rsp, %r15
    jmp *%r9
    finish raw_call_jump

    .section .rodata.raw_call, "a", @progbits
    .balign 8
other_modes:
    .long 0xffc0                                /* towards zero, tiny results cut off */
    .word 0x0c7f

    .section .note.GNU-stack, "", @progbits
