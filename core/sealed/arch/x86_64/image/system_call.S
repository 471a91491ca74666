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
    ret
    .size image_system_call, . - image_system_call

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

/* A section of its own: image.ld gives it a segment with unmapped addresses below it. */
    .section .image_stack, "aw", @nobits
    .balign 4096
    .skip 16 * 1024 * 1024
image_stack_top:

    .section .note.GNU-stack, "", @progbits
