/* Hides how a question of the sealed layer becomes BROKER, and BROKERED its answer. */
#include "worker_broker.h"

#include "worker_configure.h"
#include "worker_frame.h"
#include "worker_message.h"

#include "sealed/broker.h"
#include "sealed/error.h"
#include "sealed/heap.h"

#include <string.h>

_Static_assert(SEALED_BROKER_HEADROOM >= CORDON_FRAME_HEADER_SIZE, "a frame's header goes in front of a question");

static uint32_t last_id;

static int64_t ask(void *request, size_t request_size, void *reply, size_t reply_size_max)
{
    struct worker_frame frame;

    last_id = last_id == UINT32_MAX ? 1 : last_id + 1;
    worker_frame_send_in_place(CORDON_FRAME_BROKER, last_id, (unsigned char *)request - CORDON_FRAME_HEADER_SIZE, request_size);
    worker_frame_next(WORKER_ASKS_BROKER, &frame);
    if (frame.id != last_id)
        worker_protocol_broken("an answer to a question that was not asked");
    if (frame.length > reply_size_max)
        worker_protocol_broken("an answer that is longer than any can be");
    worker_frame_receive(reply, frame.length);
    worker_frame_forget_received(); /* it may have been random bytes, of which no second copy shall lie about */
    return frame.length;
}

void worker_broker_begin(void)
{
    sealed_broker_set(ask);
}

void worker_broker_end(void)
{
    sealed_broker_set(NULL);
}

static enum sealed_mount_mode mode_of(const msgpack_object *mode)
{
    static const struct {
        const char *name;
        enum sealed_mount_mode mode;
    } modes[] = {{"ro", SEALED_MOUNT_READ_ONLY}, {"rw", SEALED_MOUNT_READ_WRITE}, {"overlay", SEALED_MOUNT_READ_WRITE}};

    for (size_t i = 0; mode && i < sizeof modes / sizeof *modes; i++)
        if (strlen(modes[i].name) == mode->via.str.size && memcmp(modes[i].name, mode->via.str.ptr, mode->via.str.size) == 0)
            return modes[i].mode;
    worker_protocol_broken("CONFIGURE has a mount without a mode that there is");
}

static void add_mount(const msgpack_object *map)
{
    const msgpack_object *id, *path, *mode;
    const struct worker_field fields[] = {
        {"id", WORKER_FIELD_NUMBER, &id},
        {"path", WORKER_FIELD_TEXT, &path},
        {"mode", WORKER_FIELD_TEXT, &mode},
    };

    if (!worker_object_is(map, WORKER_FIELD_MAP))
        worker_protocol_broken("CONFIGURE has a mount that is no map");
    WORKER_MAP_READ(map, fields, "CONFIGURE has a mount with a key or a value that it does not have");
    if (!id || !path || id->via.u64 >= SEALED_MOUNTS_MAX)
        worker_protocol_broken("CONFIGURE has a mount without its number or path");
    char *text = worker_object_text(path);
    if (!text || sealed_mount_add((uint32_t)id->via.u64, text, mode_of(mode)) != 0)
        worker_cannot("a folder cannot be mounted where it should be");
    sealed_release(text);
}

void worker_broker_mount(const msgpack_object *mounts)
{
    for (uint32_t i = 0; mounts && i < mounts->via.array.size; i++)
        add_mount(&mounts->via.array.ptr[i]);
}
