/* Ways into the kernel that a guest with native code has, one function each. Linked into test images only. */
#ifndef RAW_CALL_H
#define RAW_CALL_H

/* Each returns what the kernel left in rax. `a` has six arguments. */
long raw_call_syscall(long number, const long a[6]);
long raw_call_int80(long number, const long a[6]);    /* the 32-bit entry: arguments are cut to 32 bits */
long raw_call_sysenter(long number, const long a[6]); /* never returns here: the kernel would go to its own 32-bit landing */
long raw_call_vsyscall(long index, const long a[6]);  /* index: 0 gettimeofday, 1 time, 2 getcpu */
/* rt_sigreturn with a frame that says: go on behind the call, with `result` in rax, the signals of mask a[0] blocked, and the stack for handlers at a[1], with flags a[2], of
 * a[3] bytes. */
long raw_call_sigreturn(long result, const long a[6]);
/* Jumps to the address in a[3], where the image's own system call instruction is, with a[0] to a[2] for the kernel, and everything else that a processor holds changed: no stack, other modes of
 * floating point, other flags. Never returns here. */
long raw_call_jump(long number, const long a[6]);

#endif
