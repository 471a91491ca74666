/* The executable's one system call instruction and its first instruction; hides both from everything else. Linked into cordon-sandbox only. */

    .text

/* long image_system_call(long number, long a, long b, long c, long d, long e): the kernel's answer, negative for an error. */
    .globl image_system_call
    .type image_system_call, @function
    .p2align 4
image_system_call:
    movq %rdi, %rax
    movq %rsi, %rdi
    movq %rdx, %rsi
    movq %rcx, %rdx
    movq %r8, %r10
    movq %r9, %r8
    syscall
    .globl image_behind_system_call
image_behind_system_call:
    ret
    .size image_system_call, . - image_system_call

/* long image_read_at_rest(long number, long a, long b, long c): a system call that may wait for long, with all that a waiting sandbox is in memory: the
 * registers that a call preserves and the modes of both floating-point units lie on its stack, and image_resting_position says where. Whoever has the memory
 * of a process that waits here can go on in another one by what follows the call. */
    .globl image_read_at_rest
    .type image_read_at_rest, @function
    .p2align 4
image_read_at_rest:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    subq $8, %rsp
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    movq %rsp, image_resting_position
    call image_system_call
    addq $8, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size image_read_at_rest, . - image_read_at_rest

/* The kernel's own stack is left at once: arguments, environment and auxiliary values that lie there are never read. */
    .globl _start
    .type _start, @function
    .p2align 4
_start:
    xorl %ebp, %ebp
    movl $image_stack_top, %esp
    call image_start
    ud2
    .size _start, . - _start

    .bss
    .globl image_resting_position
    .type image_resting_position, @object
    .balign 8
image_resting_position:
    .skip 8
    .size image_resting_position, 8

/* A section of its own: image.ld gives it a segment with unmapped addresses below it. */
    .section .image_stack, "aw", @nobits
    .balign 4096
    .skip 16 * 1024 * 1024
image_stack_top:

    .section .note.GNU-stack, "", @progbits
