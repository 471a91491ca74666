/* The executable's one system call instruction and its first instruction; hides both from everything else. Linked into cordon-sandbox only. */

    .text

/* long image_system_call(long number, long a, long b, long c, long d): the kernel's answer, negative for an error.
 *
 * Before the call everything that the caller is lies in memory: the registers that a call preserves and the modes of both floating-point units on its stack, and
 * where that is in image_resting_position. Behind it the general registers come from there, whatever they were. The rest of the processor's state, which takes
 * four hundred times longer to make anew, does so if image_must_renew says that the memory is no longer what it was before the call: whoever writes a worker's memory
 * sets it, and no other thread lives here that could take it back. So whoever has replaced the memory of a process that waits here has replaced the process, also
 * where native code of a guest jumped to the instruction with registers of its own; and what a guest left in registers of any kind reaches no other. */
    .globl image_system_call
    .type image_system_call, @function
    .p2align 4
image_system_call:
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
    movq %rdi, %rax
    movq %rsi, %rdi
    movq %rdx, %rsi
    movq %rcx, %rdx
    movq %r8, %r10
    xorl %r8d, %r8d
    xorl %r9d, %r9d
    syscall
    .globl image_behind_system_call
image_behind_system_call:
    movq image_resting_position, %rsp
    cmpb $0, image_must_renew
    jne renew
resume:
    addq $8, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    xorl %ecx, %ecx
    xorl %edx, %edx
    xorl %esi, %esi
    xorl %edi, %edi
    xorl %r8d, %r8d
    xorl %r9d, %r9d
    xorl %r10d, %r10d
    xorl %r11d, %r11d
    ret

renew:
    pushq $2
    popfq                           /* direction, alignment check, identification, nested task: all clear */
    movq %rax, %rcx
    movl $0xfffbffff, %eax          /* all states of the processor there are, or will be, but the tiles of a matrix unit: the kernel keeps that */
    movl $-1, %edx                  /* closed to who has not asked for it, and the filter refuses to ask */
    xrstor floating_point_as_new    /* vectors of all widths and masks are zeros, rights of memory keys as at the start */
    movq %rcx, %rax
    ldmxcsr (%rsp)
    fldcw 4(%rsp)
    movb $0, image_must_renew
    jmp resume
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

/* What XRSTOR reads: no state is present, so each becomes what it is when a processor starts; MXCSR alone is taken from here. The processor touches as many
 * bytes as the states would need that it has; those that exist today need 2,816. */
    .section .rodata.image_floating_point, "a", @progbits
    .balign 64
    .type floating_point_as_new, @object
floating_point_as_new:
    .skip 24
    .long 0x1f80
    .skip 4096 - 28
    .size floating_point_as_new, 4096

    .bss
    .globl image_resting_position
    .type image_resting_position, @object
    .balign 8
image_resting_position:
    .skip 8
    .size image_resting_position, 8

/* 1: somebody else wrote this memory during the call. */
    .globl image_must_renew
    .type image_must_renew, @object
image_must_renew:
    .skip 1
    .size image_must_renew, 1

/* A section of its own: image.ld gives it a segment with unmapped addresses below it. */
    .section .image_stack, "aw", @nobits
    .balign 4096
    .skip 16 * 1024 * 1024
image_stack_top:

    .section .note.GNU-stack, "", @progbits
