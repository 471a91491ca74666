/* Characters in bytes. Private to audit. */
#ifndef AUDIT_UTF8_H
#define AUDIT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many bytes from `text` on are one UTF-8 character; 0 if they are none. Surrogates, which Python's "surrogatepass"
 * encodes, are told by the flag. */
size_t utf8_length(const unsigned char *text, size_t size, bool *is_surrogate_out);
/* The character of `length` bytes, as utf8_length() has told. */
uint32_t utf8_decode(const unsigned char *text, size_t length);

#endif
