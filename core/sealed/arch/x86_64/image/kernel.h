/* What the image must know of the Linux kernel, in numbers of its own: nothing below core/sealed includes an OS header.
 */
#ifndef IMAGE_KERNEL_H
#define IMAGE_KERNEL_H

enum image_system_call_number {
    IMAGE_CALL_READ = 0,
    IMAGE_CALL_WRITE = 1,
    IMAGE_CALL_MUNMAP = 11,
    IMAGE_CALL_MPROTECT = 10,
    IMAGE_CALL_RT_SIGACTION = 13,
    IMAGE_CALL_MADVISE = 28,
    IMAGE_CALL_EXIT = 60,
    IMAGE_CALL_SIGALTSTACK = 131,
    IMAGE_CALL_PRCTL = 157,
    IMAGE_CALL_SECCOMP = 317,
};

enum { IMAGE_ERROR_INTERRUPTED = -4, IMAGE_ERROR_INVALID = -22 };

/* Nothing of the processor's state but the answer comes through it: see system_call.S. */
long image_system_call(long number, long a, long b, long c, long d);

/* Unmaps what the kernel put beside the image. Called once the kernel's stack was left. 0, or a negative error. */
long image_forget_host(void);

/* Has the kernel give all writable memory small pages only. The host knows an image that does so by this function's name.
 * Before anything is written. 0, or a negative error and then nothing may be run. */
long image_small_pages(void);

/* Installs the filter. 0, or a negative error and then nothing may be run. */
long image_lock(void);

#endif
