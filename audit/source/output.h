/* Where lines of records and reports are put together: a buffer that is digested and handed on when it is full. Private
 * to audit. */
#ifndef AUDIT_OUTPUT_H
#define AUDIT_OUTPUT_H

#include <stdint.h>

#include "audit/writer.h"
#include "seal.h"

enum { OUTPUT_BYTES = 256 * 1024 };

typedef struct output {
    char *buffer;
    size_t used;
    size_t digested; /* how much of `used` the seal has seen */
    seal_chain chain;
    bool is_unsealed; /* no record but a report: `chain` stays empty */
    audit_write_function write;
    void *context;
    bool has_failed; /* then nothing more is written, ever */
} output;

/* Hands everything on. */
void output_flush(output *out);
/* Lets the seal see what it has not seen. */
void output_digest(output *out);
/* As it is; `size` is at most OUTPUT_BYTES. */
void output_bytes(output *out, const char *bytes, size_t size);
void output_number(output *out, uint64_t number);
void output_signed(output *out, int64_t number);
/* A JSON string with its quotes; NULL is null. Bytes that are no UTF-8 are written as \udcXX. */
void output_text(output *out, const char *text);
#define output_literal(out, text) output_bytes((out), (text), sizeof(text) - 1)

#endif
