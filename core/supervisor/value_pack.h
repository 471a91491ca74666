/* MessagePack out of values and texts, into a growing block of bytes. A failed allocation shows in the block. */
#ifndef CORDON_SUPERVISOR_VALUE_PACK_H
#define CORDON_SUPERVISOR_VALUE_PACK_H

#include "bytes.h"
#include "cordon/value.h"

void pack_nil(bytes *to);
void pack_bool(bytes *to, bool is_true);
void pack_unsigned(bytes *to, uint64_t number);
void pack_signed(bytes *to, int64_t number);
void pack_text(bytes *to, const char *text);                    /* NULL: nil */
void pack_text_sized(bytes *to, const char *text, size_t size); /* which is UTF-8 */
void pack_bytes(bytes *to, const void *data, size_t size);
void pack_array(bytes *to, size_t count); /* that many values follow */
void pack_map(bytes *to, size_t count);   /* that many keys and values follow */
void pack_extension(bytes *to, int type, const void *data, size_t size);
/* NULL: nil. False: there is an OTHER in it, which a host cannot send. */
bool pack_value(bytes *to, const cordon_value *value);

#endif
