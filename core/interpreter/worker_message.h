/* Payloads that are MessagePack: built in a growing buffer, and read as a tree of objects with strict maps. No Python
 * here: CONFIGURE comes before there may be an interpreter. */
#ifndef WORKER_MESSAGE_H
#define WORKER_MESSAGE_H

#include "worker_frame.h"

#include <msgpack/pack.h>
#include <msgpack/unpack.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- building --- */

enum worker_pack_failure { WORKER_PACK_FITS, WORKER_PACK_NO_MEMORY, WORKER_PACK_TOO_LONG };

/* A frame that is being built. What follows a failure is dropped, so a chain of additions is checked once. */
struct worker_pack {
    msgpack_packer packer;
    unsigned char *bytes; /* the header's room, then the payload */
    size_t size, capacity;
    enum worker_pack_failure failure;
};

/* Owns nothing until something is added. `pack` must stay where it is. */
void worker_pack_begin(struct worker_pack *pack);
void worker_pack_release(struct worker_pack *pack);
void worker_pack_text(struct worker_pack *pack, const char *text);
/* The same for a literal of at most 31 bytes, without counting or asking at run time. */
#define WORKER_PACK_LITERAL(pack, text)                                                                                \
    do {                                                                                                               \
        static const struct {                                                                                          \
            unsigned char head;                                                                                        \
            char body[sizeof text - 1];                                                                                \
        } packed = {0xa0 + sizeof text - 1, text};                                                                     \
        _Static_assert(sizeof text - 1 <= 31, "its length must fit its first byte");                                   \
        worker_pack_bytes(pack, &packed, sizeof packed);                                                               \
    } while (0)
void worker_pack_bytes(struct worker_pack *pack, const void *packed, size_t size); /* MessagePack already */
/* An extension whose length is not known yet: the mark that _end needs. */
size_t worker_pack_extension_begin(struct worker_pack *pack, int8_t type);
void worker_pack_extension_end(struct worker_pack *pack, size_t mark);
/* Forgets what was added after the buffer had `size`, and that it failed. */
void worker_pack_cut(struct worker_pack *pack, size_t size);
/* Both expect that nothing failed. */
void worker_pack_send(struct worker_pack *pack, cordon_frame_type type, uint32_t id);
void worker_pack_hold(struct worker_pack *pack, cordon_frame_type type, uint32_t id);

/* Zeroes what such payloads left behind. While none is being built. */
void worker_message_forget(void);

/* --- reading --- */

struct worker_message {
    unsigned char *payload; /* objects point into it */
    msgpack_zone *zone;     /* they lie here */
    msgpack_object root;
};

/* Receives the payload of `frame`: one value, nothing behind it. False without memory; *message_out is then empty. */
bool worker_message_receive(struct worker_message *message_out, const struct worker_frame *frame);
const msgpack_object *worker_message_root(const struct worker_message *message);
/* Accepts an empty one. */
void worker_message_release(struct worker_message *message);

enum worker_field_kind {
    WORKER_FIELD_TEXT = 1 << 0, /* no NUL in it */
    WORKER_FIELD_BYTES = 1 << 1,
    WORKER_FIELD_NUMBER = 1 << 2, /* not negative */
    WORKER_FIELD_BOOL = 1 << 3,
    WORKER_FIELD_ARRAY = 1 << 4,
    WORKER_FIELD_MAP = 1 << 5,
    WORKER_FIELD_NIL = 1 << 6,
    WORKER_FIELD_ANY = 1 << 7,
};

/* A key that a map may have. Absent ones leave NULL. */
struct worker_field {
    const char *key;
    unsigned kinds;
    const msgpack_object **object_out;
};

/* `what` names the map in what is said when it has other keys, or one twice, or a value of another kind. */
void worker_map_read(const msgpack_object *map, const struct worker_field *fields, size_t count, const char *what);
#define WORKER_MAP_READ(map, fields, what) worker_map_read(map, fields, sizeof(fields) / sizeof *(fields), what)
bool worker_object_is(const msgpack_object *object, unsigned kinds);
/* Of a text: a copy with its NUL (sealed_release); NULL without memory. */
char *worker_object_text(const msgpack_object *object);

#endif
