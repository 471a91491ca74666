/* Hides from the sealed layer how random bytes come from a seed: ChaCha20 (RFC 8439), whose key is replaced by its own
 * output after each request. */
#include "sealed/random.h"

#include "broker_internal.h"
#include "cordon/exit_code.h"
#include "sealed/fatal.h"

#include <stdint.h>
#include <string.h>

enum { HOST_BLOCK_BYTES = 1024, WORDS = 16, BLOCK_BYTES = 64, KEY_WORDS = 8, DOUBLE_ROUNDS = 10 };

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

/* Not memset: the compiler would leave it out where nobody reads any more. What lies on the stack of a function that has ended is in a snapshot too. */
static void wipe(void *memory, size_t size_bytes)
{
    for (volatile unsigned char *byte = memory; size_bytes > 0; size_bytes--)
        *byte++ = 0;
}

static uint32_t rotated(uint32_t value, int bits)
{
    return value << bits | value >> (32 - bits);
}

static void quarter_round(uint32_t *words, int a, int b, int c, int d)
{
    words[a] += words[b], words[d] = rotated(words[d] ^ words[a], 16);
    words[c] += words[d], words[b] = rotated(words[b] ^ words[c], 12);
    words[a] += words[b], words[d] = rotated(words[d] ^ words[a], 8);
    words[c] += words[d], words[b] = rotated(words[b] ^ words[c], 7);
}

static void mix(uint32_t *words)
{
    for (int round = 0; round < DOUBLE_ROUNDS; round++) {
        for (int column = 0; column < 4; column++)
            quarter_round(words, column, 4 + column, 8 + column, 12 + column);
        for (int diagonal = 0; diagonal < 4; diagonal++)
            quarter_round(words, diagonal, 4 + (diagonal + 1) % 4, 8 + (diagonal + 2) % 4, 12 + (diagonal + 3) % 4);
    }
}

/* Block number `counter` under the present key, with an all-zero nonce: each key serves one request only. */
static void make_block(uint64_t counter, unsigned char *block)
{
    uint32_t start[WORDS] = {0}, words[WORDS];

    memcpy(start, constant_words, sizeof constant_words);
    memcpy(start + 4, sealed_random_state.key, sizeof sealed_random_state.key);
    start[12] = (uint32_t)counter;
    start[13] = (uint32_t)(counter >> 32);
    memcpy(words, start, sizeof words);
    mix(words);
    for (int i = 0; i < WORDS; i++)
        words[i] += start[i];
    memcpy(block, words, BLOCK_BYTES);
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
    unsigned char block[BLOCK_BYTES], next_key[SEALED_RANDOM_SEED_BYTES], *output = buffer;
    uint64_t counter = 0;
    size_t available = BLOCK_BYTES - sizeof next_key;

    make_block(counter++, block);
    memcpy(next_key, block, sizeof next_key);
    while (size_bytes > 0) {
        size_t count = size_bytes < available ? size_bytes : available;
        memcpy(output, block + BLOCK_BYTES - available, count);
        output += count;
        size_bytes -= count;
        if (size_bytes > 0)
            make_block(counter++, block);
        available = BLOCK_BYTES;
    }
    memcpy(sealed_random_state.key, next_key, sizeof next_key);
    wipe(next_key, sizeof next_key);
    wipe(block, sizeof block);
}
