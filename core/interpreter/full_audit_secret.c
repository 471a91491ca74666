/* Hides how a value that no record may show is told apart from others: HMAC-SHA256 under the record's key, by the functions that CPython has for its own
 * module, which use neither the allocator nor a lock. */
#include <stdint.h>
#include <string.h>

#include "full_audit_internal.h"

enum { BLOCK_BYTES = 64, DIGEST_BYTES = 32, SHOWN_BYTES = 8 };

void Hacl_Hash_SHA2_sha256_init(uint32_t *state);
void Hacl_Hash_SHA2_sha256_update_nblocks(uint32_t length, uint8_t *bytes, uint32_t *state);
void Hacl_Hash_SHA2_sha256_update_last(uint64_t total, uint32_t length, uint8_t *bytes, uint32_t *state);
void Hacl_Hash_SHA2_sha256_finish(uint32_t *state, uint8_t *digest);

/* SHA-256 of the key, each byte changed by `pad`, and then the text. */
static void digest_after_key(const unsigned char *key, unsigned char pad, const char *text, uint32_t length, unsigned char out[DIGEST_BYTES])
{
    uint32_t state[8], whole = length / BLOCK_BYTES * BLOCK_BYTES;
    uint8_t block[BLOCK_BYTES];
    memset(block, pad, sizeof block);
    for (int i = 0; i < AUDIT_KEY_BYTES; i++) block[i] ^= key[i];
    Hacl_Hash_SHA2_sha256_init(state);
    Hacl_Hash_SHA2_sha256_update_nblocks(BLOCK_BYTES, block, state);
    Hacl_Hash_SHA2_sha256_update_nblocks(whole, (uint8_t *)text, state);
    Hacl_Hash_SHA2_sha256_update_last((uint64_t)BLOCK_BYTES + length, length - whole, (uint8_t *)text + whole, state);
    Hacl_Hash_SHA2_sha256_finish(state, out);
}

void full_audit_secret(char out[FULL_AUDIT_SECRET_BYTES], const char *secret)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *key = full_audit.writer.channel->key;
    unsigned char digest[DIGEST_BYTES];
    size_t length = strlen(secret);
    digest_after_key(key, 0x36, secret, length > UINT32_MAX ? UINT32_MAX : (uint32_t)length, digest);
    digest_after_key(key, 0x5c, (const char *)digest, DIGEST_BYTES, digest);
    memcpy(out, "sha256:", 7);
    for (int i = 0; i < SHOWN_BYTES; i++) {
        out[7 + 2 * i] = digits[digest[i] >> 4];
        out[8 + 2 * i] = digits[digest[i] & 15];
    }
}
