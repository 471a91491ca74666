/* Hides how LIMIT is built where nothing can be allocated any more. */
#include "Python.h"

#include "worker_limit.h"

#include "worker_figures.h"
#include "worker_frame.h"

#include "sealed/heap.h"
#include "sealed/limit.h"

#include <msgpack/pack.h>

#include <string.h>

enum { PAYLOAD_BYTES_MAX = 512 };

static struct {
    char bytes[PAYLOAD_BYTES_MAX];
    size_t size;
} payload;

static int append(void *unused, const char *data, size_t size_bytes)
{
    (void)unused;
    if (size_bytes > sizeof payload.bytes - payload.size)
        return -1; /* cannot be: names are short, and `where` is cut */
    memcpy(payload.bytes + payload.size, data, size_bytes);
    payload.size += size_bytes;
    return 0;
}

static void pack_text(msgpack_packer *packer, const char *text)
{
    msgpack_pack_str_with_body(packer, text, strlen(text));
}

static void report(enum cordon_limit limit, uint64_t figure, uint64_t maximum, const char *where)
{
    msgpack_packer packer;

    msgpack_packer_init(&packer, NULL, append);
    msgpack_pack_map(&packer, *where ? 4 : 3);
    pack_text(&packer, "name");
    pack_text(&packer, sealed_limit_name(limit));
    pack_text(&packer, "figure");
    msgpack_pack_uint64(&packer, figure);
    pack_text(&packer, "limit");
    msgpack_pack_uint64(&packer, maximum);
    if (*where) {
        pack_text(&packer, "where");
        pack_text(&packer, where);
    }
    worker_figures_send();
    worker_frame_send(CORDON_FRAME_LIMIT, 0, NULL, 0, payload.bytes, payload.size);
}

void worker_limit_begin(void)
{
    sealed_limit_set_report(report);
}

void worker_limit_begin_guest(void)
{
    /* The host's limit may be lower than what CPython begins with. */
    if (Py_GetRecursionLimit() > sealed_recursion_max)
        Py_SetRecursionLimit(sealed_recursion_max);
    sealed_heap_peak_restart();
    worker_figures_begin();
    sealed_limits_begin();
}
