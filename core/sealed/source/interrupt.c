/* Hides from who writes the word, outside, whom it reaches. */
#include "sealed/interrupt.h"

#include "sealed/thread.h"

#include <stddef.h>

volatile uint64_t sealed_interrupt_word;

static uint64_t noticed;
static sealed_interrupt_function heed_function;

void sealed_interrupt_set(sealed_interrupt_function heed)
{
    heed_function = heed;
}

bool sealed_interrupt_poll(void)
{
    uint64_t now = sealed_interrupt_word;

    if (now == noticed)
        return false;
    noticed = now;
    if (!heed_function || !heed_function())
        return false;
    sealed_thread_interrupt_first();
    return true;
}
