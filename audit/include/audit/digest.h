/* SHA-256 of bytes, as records show it. Any thread. */
#ifndef AUDIT_DIGEST_H
#define AUDIT_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

enum { AUDIT_DIGEST_DIGITS = 64 };

/* Hexadecimal, in lower case, with a NUL behind. False: no memory. */
bool audit_digest(const void *bytes, size_t size, char digits_out[AUDIT_DIGEST_DIGITS + 1]);

#endif
