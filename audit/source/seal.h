/* The chain of seals: what one digest covers. Private to audit. */
#ifndef AUDIT_SEAL_H
#define AUDIT_SEAL_H

#include <stdbool.h>
#include <stddef.h>

enum { SEAL_DIGITS = 64 };

typedef struct seal_chain {
    void *digest; /* of libcrypto */
    char previous[SEAL_DIGITS + 1];
} seal_chain;

/* False: no memory. */
bool seal_chain_open(seal_chain *chain);
bool seal_chain_add(seal_chain *chain, const char *bytes, size_t size);
/* Ends this seal's part, puts its digits and a NUL at `digits_out`, and begins the next part. */
bool seal_chain_close_part(seal_chain *chain, char digits_out[SEAL_DIGITS + 1]);
void seal_chain_release(seal_chain *chain);

#endif
