/* JSON into a growing block of bytes. */
#ifndef CORDON_SUPERVISOR_JSON_H
#define CORDON_SUPERVISOR_JSON_H

#include "bytes.h"
#include "cordon/value.h"

void json_text(bytes *to, const char *text, size_t size); /* quoted; `text` is UTF-8, surrogates included */
void json_number(bytes *to, uint64_t number);
void json_value(bytes *to, const cordon_value *value);
/* Hands the block over as the caller's text; `from` is empty after. */
cordon_status text_from_bytes(bytes *from, char **text_out, size_t *size_out, const char *operation,
                              cordon_error *error);

#endif
