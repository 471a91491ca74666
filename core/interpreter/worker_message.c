/* Hides how payloads grow while they are built, and how strictly they are read. */
#include "worker_message.h"

#include "sealed/heap.h"

#include <string.h>

enum { FIRST_CAPACITY = 1024, EXTENSION_HEADER_BYTES = 6, LONG_EXTENSION = 0x10000 };
#define WHOLE_MAX (CORDON_FRAME_HEADER_SIZE + (size_t)CORDON_FRAME_LENGTH_MAX)

/* --- building --- */

/* What nearly every payload fits; for one at a time. */
static unsigned char spare[FIRST_CAPACITY];
static bool spare_is_taken;

static void give_back(unsigned char *bytes)
{
    if (bytes == spare)
        spare_is_taken = false;
    else
        sealed_release(bytes);
}

void worker_message_forget(void)
{
    memset(spare, 0, sizeof spare);
}

/* NULL without memory; then `pack` has what it had. */
static unsigned char *enlarge(const struct worker_pack *pack, size_t capacity)
{
    unsigned char *larger;

    if (pack->capacity == 0 && capacity == FIRST_CAPACITY && !spare_is_taken) {
        spare_is_taken = true;
        return spare;
    }
    if (pack->bytes != spare)
        return sealed_reallocate(pack->bytes, capacity);
    larger = sealed_allocate(capacity);
    if (larger) {
        memcpy(larger, spare, pack->size);
        give_back(spare);
    }
    return larger;
}

static bool reserve(struct worker_pack *pack, size_t more_bytes)
{
    size_t wanted = pack->size + more_bytes, capacity = pack->capacity ? pack->capacity : FIRST_CAPACITY;
    unsigned char *larger;

    if (pack->failure != WORKER_PACK_FITS)
        return false;
    if (more_bytes > WHOLE_MAX || wanted > WHOLE_MAX) {
        pack->failure = WORKER_PACK_TOO_LONG;
        return false;
    }
    if (wanted <= pack->capacity)
        return true;
    while (capacity < wanted)
        capacity *= 2;
    larger = enlarge(pack, capacity);
    if (!larger) {
        pack->failure = WORKER_PACK_NO_MEMORY;
        return false;
    }
    pack->bytes = larger;
    pack->capacity = capacity;
    return true;
}

/* Most additions are of a few bytes, for which the C library's copying takes longer to begin than to do. */
static void copy(unsigned char *to, const char *from, size_t size_bytes)
{
    if (size_bytes > 16) {
        memcpy(to, from, size_bytes);
    } else if (size_bytes >= 8) {
        memcpy(to + size_bytes - 8, from + size_bytes - 8, 8);
        memcpy(to, from, 8);
    } else if (size_bytes >= 4) {
        memcpy(to + size_bytes - 4, from + size_bytes - 4, 4);
        memcpy(to, from, 4);
    } else if (size_bytes > 0) {
        to[size_bytes / 2] = (unsigned char)from[size_bytes / 2];
        to[size_bytes - 1] = (unsigned char)from[size_bytes - 1];
        to[0] = (unsigned char)from[0];
    }
}

static int append(void *context, const char *data, size_t size_bytes)
{
    struct worker_pack *pack = context;

    if (!reserve(pack, size_bytes))
        return -1;
    copy(pack->bytes + pack->size, data, size_bytes);
    pack->size += size_bytes;
    return 0;
}

void worker_pack_begin(struct worker_pack *pack)
{
    *pack = (struct worker_pack){.size = CORDON_FRAME_HEADER_SIZE};
    msgpack_packer_init(&pack->packer, pack, append);
}

void worker_pack_release(struct worker_pack *pack)
{
    give_back(pack->bytes);
    worker_pack_begin(pack);
}

void worker_pack_text(struct worker_pack *pack, const char *text)
{
    msgpack_pack_str_with_body(&pack->packer, text, strlen(text));
}

void worker_pack_bytes(struct worker_pack *pack, const void *packed, size_t size)
{
    (void)append(pack, packed, size);
}

size_t worker_pack_extension_begin(struct worker_pack *pack, int8_t type)
{
    msgpack_pack_ext(&pack->packer, LONG_EXTENSION, type); /* the form with a length of four bytes */
    return pack->size;
}

void worker_pack_extension_end(struct worker_pack *pack, size_t mark)
{
    size_t length = pack->size - mark;

    if (pack->failure != WORKER_PACK_FITS)
        return;
    for (int i = 0; i < 4; i++)
        pack->bytes[mark - EXTENSION_HEADER_BYTES + 1 + i] = (unsigned char)(length >> (24 - 8 * i));
}

void worker_pack_cut(struct worker_pack *pack, size_t size)
{
    pack->size = size;
    pack->failure = WORKER_PACK_FITS;
}

void worker_pack_send(struct worker_pack *pack, cordon_frame_type type, uint32_t id)
{
    worker_frame_send_in_place(type, id, pack->bytes, pack->size - CORDON_FRAME_HEADER_SIZE);
}

void worker_pack_hold(struct worker_pack *pack, cordon_frame_type type, uint32_t id)
{
    worker_frame_hold_in_place(type, id, pack->bytes, pack->size - CORDON_FRAME_HEADER_SIZE);
}

/* --- reading --- */

/* One is kept: most messages are read and forgotten before the next one comes. */
static msgpack_zone *spare_zone;

static msgpack_zone *take_zone(void)
{
    msgpack_zone *zone = spare_zone;

    spare_zone = NULL;
    return zone ? zone : msgpack_zone_new(MSGPACK_ZONE_CHUNK_SIZE);
}

static void give_zone_back(msgpack_zone *zone)
{
    if (!zone)
        return;
    if (spare_zone) {
        msgpack_zone_free(zone);
        return;
    }
    msgpack_zone_clear(zone);
    spare_zone = zone;
}

bool worker_message_receive(struct worker_message *message_out, const struct worker_frame *frame)
{
    msgpack_unpack_return result;
    size_t offset = 0;

    *message_out = (struct worker_message){.payload = worker_frame_payload(frame)};
    if (!message_out->payload)
        return false;
    message_out->zone = take_zone();
    result = message_out->zone ? msgpack_unpack((const char *)message_out->payload, frame->length, &offset, message_out->zone, &message_out->root)
                               : MSGPACK_UNPACK_NOMEM_ERROR;
    if (result == MSGPACK_UNPACK_NOMEM_ERROR) {
        worker_message_release(message_out);
        return false;
    }
    if (result == MSGPACK_UNPACK_EXTRA_BYTES)
        worker_protocol_broken("a payload with bytes behind its value");
    if (result != MSGPACK_UNPACK_SUCCESS)
        worker_protocol_broken("a payload that is not MessagePack");
    return true;
}

const msgpack_object *worker_message_root(const struct worker_message *message)
{
    return &message->root;
}

void worker_message_release(struct worker_message *message)
{
    give_zone_back(message->zone);
    sealed_release(message->payload);
    *message = (struct worker_message){0};
}

static unsigned kind_of(const msgpack_object *object)
{
    switch (object->type) {
    case MSGPACK_OBJECT_STR:
        return object->via.str.size > 0 && memchr(object->via.str.ptr, '\0', object->via.str.size) ? 0
                                                                                                   : WORKER_FIELD_TEXT;
    case MSGPACK_OBJECT_BIN:
        return WORKER_FIELD_BYTES;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        return WORKER_FIELD_NUMBER;
    case MSGPACK_OBJECT_BOOLEAN:
        return WORKER_FIELD_BOOL;
    case MSGPACK_OBJECT_ARRAY:
        return WORKER_FIELD_ARRAY;
    case MSGPACK_OBJECT_MAP:
        return WORKER_FIELD_MAP;
    case MSGPACK_OBJECT_NIL:
        return WORKER_FIELD_NIL;
    default:
        return 0;
    }
}

bool worker_object_is(const msgpack_object *object, unsigned kinds)
{
    return kinds & WORKER_FIELD_ANY || kind_of(object) & kinds;
}

static const struct worker_field *find_field(const msgpack_object *key, const struct worker_field *fields, size_t count)
{
    if (key->type != MSGPACK_OBJECT_STR)
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (strlen(fields[i].key) == key->via.str.size &&
            memcmp(fields[i].key, key->via.str.ptr, key->via.str.size) == 0)
            return &fields[i];
    return NULL;
}

void worker_map_read(const msgpack_object *map, const struct worker_field *fields, size_t count, const char *what)
{
    for (size_t i = 0; i < count; i++)
        *fields[i].object_out = NULL;
    if (map->type != MSGPACK_OBJECT_MAP)
        worker_protocol_broken(what);
    for (uint32_t i = 0; i < map->via.map.size; i++) {
        const msgpack_object_kv *pair = &map->via.map.ptr[i];
        const struct worker_field *field = find_field(&pair->key, fields, count);

        if (!field || *field->object_out || !worker_object_is(&pair->val, field->kinds))
            worker_protocol_broken(what);
        *field->object_out = &pair->val;
    }
}

char *worker_object_text(const msgpack_object *object)
{
    char *text = sealed_allocate((size_t)object->via.str.size + 1);

    if (!text)
        return NULL;
    if (object->via.str.size > 0) /* else msgpack-c points nowhere, which memcpy must not be given */
        memcpy(text, object->via.str.ptr, object->via.str.size);
    text[object->via.str.size] = '\0';
    return text;
}
