/* Hides from the sealed layer how random bytes come from a seed: ChaCha20 (RFC 8439), whose key is replaced by its own
 * output after each request. */
#include "sealed/random.h"

#include "broker_internal.h"
#include "cordon/exit_code.h"
#include "sealed/fatal.h"

#include <stdint.h>
#include <string.h>

enum { HOST_BLOCK_BYTES = 1024, WORDS = 16, BLOCK_BYTES = 64, DOUBLE_ROUNDS = 10, LANES = 4 };

/* The words of ChaCha20's constant, "expand 32-byte k". */
static const uint32_t constant_words[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

static enum sealed_random_source source;

/* All that random bytes to come are made from, in one place whose name the image's symbols tell: a host that takes a snapshot of this memory leaves it out
 * (core/supervisor/snapshot_take.c). */
struct random_state {
    unsigned char key[SEALED_RANDOM_SEED_BYTES];
    unsigned char stock[HOST_BLOCK_BYTES]; /* bytes of the host's; those that were given out are wiped */
    size_t left;                           /* of them, at the end */
};
struct random_state sealed_random_state __attribute__((used)) = {.key = "cordon sandbox: fixed public key"};

/* Memory that somebody might read, as far as the compiler is told: it would leave out a memset of what nobody reads any more. What lies on the stack of a function that has ended is in a
 * snapshot too. */
static void wipe(void *memory, size_t size_bytes)
{
    memset(memory, 0, size_bytes);
    __asm__ volatile("" : : "r"(memory) : "memory");
}

/* One word of each of LANES blocks, which are made at once: a processor takes as long for one. */
typedef uint32_t lanes __attribute__((vector_size(LANES * sizeof(uint32_t))));

static inline lanes rotated(lanes value, int bits)
{
    return value << bits | value >> (32 - bits);
}

static inline __attribute__((always_inline)) void quarter_round(lanes *words, int a, int b, int c, int d)
{
    words[a] += words[b], words[d] = rotated(words[d] ^ words[a], 16);
    words[c] += words[d], words[b] = rotated(words[b] ^ words[c], 12);
    words[a] += words[b], words[d] = rotated(words[d] ^ words[a], 8);
    words[c] += words[d], words[b] = rotated(words[b] ^ words[c], 7);
}

static void mix(lanes *words)
{
    for (int round = 0; round < DOUBLE_ROUNDS; round++) {
        quarter_round(words, 0, 4, 8, 12); /* columns */
        quarter_round(words, 1, 5, 9, 13);
        quarter_round(words, 2, 6, 10, 14);
        quarter_round(words, 3, 7, 11, 15);
        quarter_round(words, 0, 5, 10, 15); /* diagonals */
        quarter_round(words, 1, 6, 11, 12);
        quarter_round(words, 2, 7, 8, 13);
        quarter_round(words, 3, 4, 9, 14);
    }
}

/* Blocks number `counter`, a multiple of LANES, and following under the present key, with an all-zero nonce: each key serves one request only. */
static void make_blocks(uint64_t counter, unsigned char blocks[LANES * BLOCK_BYTES])
{
    uint32_t first[WORDS] = {0};
    lanes start[WORDS], words[WORDS];

    memcpy(first, constant_words, sizeof constant_words);
    memcpy(first + 4, sealed_random_state.key, sizeof sealed_random_state.key);
    first[12] = (uint32_t)counter;
    first[13] = (uint32_t)(counter >> 32);
    for (int i = 0; i < WORDS; i++)
        start[i] = words[i] = (lanes){0} + first[i];
    for (uint32_t lane = 0; lane < LANES; lane++)
        start[12][lane] += lane; /* without a carry, as the first is a multiple */
    words[12] = start[12];
    mix(words);
    for (int i = 0; i < WORDS; i++) {
        words[i] += start[i];
        for (int lane = 0; lane < LANES; lane++)
            memcpy(blocks + lane * BLOCK_BYTES + i * (int)sizeof(uint32_t), (unsigned char *)&words[i] + lane * (int)sizeof(uint32_t), sizeof(uint32_t));
    }
    wipe(first, sizeof first);
    wipe(start, sizeof start);
    wipe(words, sizeof words);
}

void sealed_random_seed(const unsigned char *seed)
{
    memcpy(sealed_random_state.key, seed, sizeof sealed_random_state.key);
}

void sealed_random_set_source(enum sealed_random_source wanted)
{
    source = wanted;
}

static void take_from_host(unsigned char *output, size_t size_bytes)
{
    struct random_state *state = &sealed_random_state;
    while (size_bytes > 0) {
        if (state->left == 0) {
            size_t got;
            cordon_broker_put_integer(broker_begin(CORDON_BROKER_RANDOM_BYTES), sizeof state->stock);
            const unsigned char *bytes = broker_ask() == 0 ? broker_take_bytes(&got) : NULL;
            if (!bytes || !broker_is_complete() || got != sizeof state->stock)
                sealed_fatal("the host gives no random bytes", CORDON_EXIT_CRASHED);
            memcpy(state->stock, bytes, sizeof state->stock);
            broker_wipe();
            state->left = sizeof state->stock;
        }
        size_t count = size_bytes < state->left ? size_bytes : state->left;
        unsigned char *from = state->stock + sizeof state->stock - state->left;
        memcpy(output, from, count);
        memset(from, 0, count);
        output += count;
        size_bytes -= count;
        state->left -= count;
    }
}

void sealed_random_bytes(void *buffer, size_t size_bytes)
{
    if (source == SEALED_RANDOM_OF_HOST && broker_is_there()) {
        take_from_host(buffer, size_bytes);
        return;
    }
    unsigned char blocks[LANES * BLOCK_BYTES], next_key[SEALED_RANDOM_SEED_BYTES], *output = buffer;
    uint64_t counter = 0;
    size_t available = sizeof blocks - sizeof next_key;

    make_blocks(counter, blocks);
    memcpy(next_key, blocks, sizeof next_key);
    while (size_bytes > 0) {
        size_t count = size_bytes < available ? size_bytes : available;
        memcpy(output, blocks + sizeof blocks - available, count);
        output += count;
        size_bytes -= count;
        if (size_bytes > 0)
            make_blocks(counter += LANES, blocks);
        available = sizeof blocks;
    }
    memcpy(sealed_random_state.key, next_key, sizeof next_key);
    wipe(next_key, sizeof next_key);
    wipe(blocks, sizeof blocks);
}
