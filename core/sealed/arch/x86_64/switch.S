/* Hides from the scheduler which registers a thread of x86-64 owns across a call: six general ones, and the modes of both floating-point units. */

    .text
    .globl sealed_arch_switch
    .type sealed_arch_switch, @function
    .p2align 4
sealed_arch_switch:                 /* rdi: where to store the old position, rsi: the new one */
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    subq $8, %rsp
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    ldmxcsr (%rsp)
    fldcw 4(%rsp)
    addq $8, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size sealed_arch_switch, . - sealed_arch_switch

    .section .note.GNU-stack, "", @progbits
