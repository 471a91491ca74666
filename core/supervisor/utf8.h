/* Judging text that came from elsewhere. Pure. */
#ifndef CORDON_SUPERVISOR_UTF8_H
#define CORDON_SUPERVISOR_UTF8_H

#include <stddef.h>
#include <stdint.h>

typedef enum utf8_kind {
    UTF8_PLAIN = 0,
    UTF8_SURROGATES, /* UTF-8, but for lone surrogates as three bytes each, as Python's "surrogatepass" writes them */
    UTF8_BROKEN
} utf8_kind;

/* Shortest forms only, up to U+10FFFF. */
utf8_kind utf8_check(const char *text, size_t size);
/* The character at the front of what utf8_check accepted; *length_out: its bytes. */
uint32_t utf8_next(const char *text, size_t *length_out);

#endif
