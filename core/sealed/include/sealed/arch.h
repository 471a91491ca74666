/* What the scheduler needs from a processor; one folder under arch/ per architecture implements it. */
#ifndef SEALED_ARCH_H
#define SEALED_ARCH_H

/* Prepares a fresh stack that ends (exclusively) at `top`, aligned to 16, so that switching to the returned position
 * calls `entry`, which never returns. */
void *sealed_arch_stack_prepare(void *top, void (*entry)(void));

/* Saves what a call must preserve (registers, floating-point modes) on the present stack, stores the position in
 * *from_out, continues at `to`. */
void sealed_arch_switch(void **from_out, void *to);

/* An address within the caller's frame. */
static inline const void *sealed_arch_stack_position(void)
{
    return __builtin_frame_address(0);
}

#endif
