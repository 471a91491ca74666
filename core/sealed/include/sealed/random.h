/* The sandbox's random bytes: a stream made from one seed, so a run can be repeated; unpredictable exactly as far as
 * the seed is. */
#ifndef SEALED_RANDOM_H
#define SEALED_RANDOM_H

#include <stddef.h>

enum { SEALED_RANDOM_SEED_BYTES = 32 };

/* Starts the stream anew from `seed` (SEALED_RANDOM_SEED_BYTES, borrowed). A sandbox that was given none uses a fixed,
 * public seed: it is then deterministic, and nothing secret may be made from it. */
void sealed_random_seed(const unsigned char *seed);

enum sealed_random_source {
    SEALED_RANDOM_OF_SEED,
    SEALED_RANDOM_OF_HOST /* the host's, asked for in blocks while it can be asked (sealed/broker.h), and from the seed otherwise. A host that is asked and
                           * gives none ends the sandbox: weak bytes would look like good ones */
};
void sealed_random_set_source(enum sealed_random_source source);

/* Fills `buffer`. Cannot fail. What was given out before cannot be computed from the state afterwards. */
void sealed_random_bytes(void *buffer, size_t size_bytes);

#endif
