/* Hides how an interpreter's memory becomes an image: imports, garbage, frozen objects, and pages that travel while
 * nothing in them changes any more. */
#define Py_BUILD_CORE 1
#include "Python.h"

#include "worker_save.h"

#include "cordon/exit_code.h"
#include "cordon/gate.h"
#include "sandbox_boot.h"
#include "sandbox_rest.h"
#include "sandbox_streams.h"
#include "worker_configure.h"
#include "worker_files.h"
#include "worker_frame.h"
#include "worker_message.h"

#include "sealed/clock.h"
#include "sealed/fatal.h"
#include "sealed/heap.h"

#include <string.h>

enum { PAGE_BYTES = 4096, RUN_BYTES_MAX = 256 * PAGE_BYTES };

/* --- what the image is to hold --- */

static void import(const char *name)
{
    PyObject *module = PyImport_ImportModule(name);

    if (!module)
        sandbox_boot_failed(name);
    Py_DECREF(module);
}

static void append_path(const char *path)
{
    PyObject *entry = PyUnicode_DecodeFSDefault(path), *list = PySys_GetObject("path");

    if (!entry || !list || PyList_Append(list, entry) < 0)
        sandbox_boot_failed(path);
    Py_DECREF(entry);
}

static void each_text(const msgpack_object *array, void (*act)(const char *text))
{
    for (uint32_t i = 0; array && i < array->via.array.size; i++) {
        char *text;
        if (!worker_object_is(&array->via.array.ptr[i], WORKER_FIELD_TEXT))
            worker_protocol_broken("SAVE has a name that is no text");
        text = worker_object_text(&array->via.array.ptr[i]);
        if (!text)
            worker_cannot("no memory for a name");
        act(text);
        sealed_release(text);
    }
}

/* The folders are known before anything is imported. */
static void fill(const struct worker_frame *frame)
{
    const msgpack_object *imports, *paths;
    const struct worker_field fields[] = {{"imports", WORKER_FIELD_ARRAY, &imports},
                                          {"paths", WORKER_FIELD_ARRAY, &paths}};
    struct worker_message message;

    if (!worker_message_receive(&message, frame))
        worker_cannot("no memory for the names of modules");
    WORKER_MAP_READ(worker_message_root(&message), fields, "SAVE has a key or a value that it does not have");
    each_text(paths, append_path);
    each_text(imports, import);
    worker_message_release(&message);
}

/* --- rest --- */

/* Nothing may be left that belongs to this process: buffered output, garbage, the conversation with the host, time that
 * has passed. */
static void come_to_rest(void)
{
    if (!sandbox_rest_note_modules())
        sandbox_boot_failed("no memory for the list of modules");
    if (!sandbox_rest_freeze())
        sandbox_boot_failed("the image cannot come to rest");
    sandbox_streams_end();
    worker_frame_forget();
    worker_message_forget();
    sealed_clock_restart();
}

/* --- pages --- */

/* From here to the end, only the stack is written. */
static void send_bytes(const unsigned char *data, size_t size_bytes)
{
    while (size_bytes > 0) {
        long count = cordon_gate(CORDON_GATE_WRITE, (void *)data, size_bytes);
        if (count <= 0 || (unsigned long)count > size_bytes)
            cordon_gate(CORDON_GATE_EXIT, NULL, CORDON_EXIT_CRASHED);
        data += count;
        size_bytes -= (size_t)count;
    }
}

static void send_run(const unsigned char *first, size_t size_bytes)
{
    unsigned char head[CORDON_FRAME_HEADER_SIZE + 8] = {0};
    size_t head_bytes = size_bytes ? sizeof head : CORDON_FRAME_HEADER_SIZE; /* an empty frame is the last */

    worker_u32_put(head, CORDON_FRAME_MAGIC);
    head[4] = CORDON_FRAME_VERSION;
    head[5] = CORDON_FRAME_SAVED;
    worker_u32_put(head + 12, (uint32_t)(head_bytes - CORDON_FRAME_HEADER_SIZE + size_bytes));
    worker_u64_put(head + 16, (uintptr_t)first);
    send_bytes(head, head_bytes);
    send_bytes(first, size_bytes);
}

static int is_zero(const unsigned char *page)
{
    const uint64_t *words = (const uint64_t *)(const void *)page;

    for (size_t i = 0; i < PAGE_BYTES / sizeof *words; i++)
        if (words[i])
            return 0;
    return 1;
}

static void send_memory(const unsigned char *first, const unsigned char *end)
{
    const unsigned char *run = first;

    for (const unsigned char *page = first; page < end; page += PAGE_BYTES) {
        int is_empty = is_zero(page);
        if (page > run && (is_empty || page - run == RUN_BYTES_MAX)) {
            send_run(run, (size_t)(page - run));
            run = page;
        }
        if (is_empty)
            run = page + PAGE_BYTES;
    }
    if (end > run)
        send_run(run, (size_t)(end - run));
    send_run(NULL, 0);
}

_Noreturn void worker_save_image(const struct worker_frame *first_frame)
{
    struct worker_frame frame = *first_frame;
    struct cordon_gate_memory memory;
    uintptr_t used_end;

    while (frame.type == CORDON_FRAME_FILE) {
        worker_files_put(&frame);
        worker_frame_next(WORKER_BEING_FILLED, &frame);
    }
    if (cordon_gate(CORDON_GATE_MEMORY, &memory, sizeof memory) != 0)
        sandbox_boot_failed("this program's gate cannot tell which memory an image is made of");
    fill(&frame);
    come_to_rest();
    /* The heap's arena lies last, and nothing behind its used part was ever written. */
    used_end = ((uintptr_t)sealed_heap_compact() + PAGE_BYTES - 1) & ~(uintptr_t)(PAGE_BYTES - 1);
    send_memory(memory.first, used_end < (uintptr_t)memory.end ? (const unsigned char *)used_end : memory.end);
    for (;;)
        cordon_gate(CORDON_GATE_EXIT, NULL, 0);
}
