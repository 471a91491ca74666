/* A word that is written from outside while the sandbox computes; hides from threads and waits who looks at it, and when.
 *
 * The host writes it into this process's memory: nothing is read for it, and code that is not asked to look pays nothing. Whoever runs guest code asks
 * now and then (sealed_interrupt_poll); the scheduler does where nobody can run. One thread. */
#ifndef SEALED_INTERRUPT_H
#define SEALED_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

extern volatile uint64_t sealed_interrupt_word;

/* `heed` (NULL: nobody) is called once for each change that is noticed. True: the first thread shall leave what it waits for, with EINTR. */
typedef bool (*sealed_interrupt_function)(void);
void sealed_interrupt_set(sealed_interrupt_function heed);

/* Looks for a change. True if the first thread was, or is, to leave its wait. */
bool sealed_interrupt_poll(void);

#endif
