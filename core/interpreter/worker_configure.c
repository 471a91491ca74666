/* Hides how CONFIGURE becomes a clock, limits, a seed and an environment. */
#include "worker_configure.h"

#include "worker_broker.h"
#include "worker_message.h"

#include "cordon/exit_code.h"
#include "sealed/clock.h"
#include "sealed/environment.h"
#include "sealed/fatal.h"
#include "sealed/fs.h"
#include "sealed/heap.h"
#include "sealed/limit.h"
#include "sealed/random.h"

#include <string.h>

/* Below this CPython may run out before it can even raise MemoryError, and would abort. */
#define MEMORY_LIMIT_BYTES_MIN (16ul << 20)

static struct worker_settings settings = {.directory = "/home/sandbox",
#define LIMIT_INITIAL(name, text, initial, unit, outcome, who) .limits[CORDON_LIMIT_##name] = initial,
                                          CORDON_LIMIT_TABLE(LIMIT_INITIAL)
#undef LIMIT_INITIAL
};

static const char *const limit_names[CORDON_LIMIT_COUNT] = {
#define LIMIT_NAME(name, text, initial, unit, outcome, who) [CORDON_LIMIT_##name] = text,
    CORDON_LIMIT_TABLE(LIMIT_NAME)
#undef LIMIT_NAME
};

const struct worker_settings *worker_settings(void)
{
    return &settings;
}

_Noreturn void worker_cannot(const char *what)
{
    sealed_fatal_detail("the sandbox cannot be set up", what, CORDON_EXIT_SETUP_FAILED);
}

static char *text_of(const msgpack_object *object)
{
    char *text = worker_object_text(object);

    if (!text)
        worker_cannot("no memory for its settings");
    return text;
}

/* --- limits --- */

static int limit_of(const msgpack_object *name)
{
    for (int i = 0; i < CORDON_LIMIT_COUNT; i++)
        if (strlen(limit_names[i]) == name->via.str.size &&
            memcmp(limit_names[i], name->via.str.ptr, name->via.str.size) == 0)
            return i;
    worker_protocol_broken("CONFIGURE names a limit that there is not");
}

static bool set_memory_limit(uint64_t limit_bytes)
{
    if (limit_bytes == CORDON_LIMIT_NONE)
        limit_bytes = 0;
    return (limit_bytes == 0 || limit_bytes >= MEMORY_LIMIT_BYTES_MIN) && sealed_heap_limit_set(limit_bytes);
}

static uint64_t named_or_0(enum cordon_limit limit)
{
    return settings.has_limit[limit] ? settings.limits[limit] : 0;
}

void worker_configure_forget(void)
{
    for (int i = 0; i < CORDON_LIMIT_COUNT; i++) {
        settings.has_limit[i] = false;
        sealed_limit_set((enum cordon_limit)i, CORDON_LIMIT_NONE);
    }
}

/* False: the memory limit is below what is in use, or below what CPython needs. */
static bool set_limits(const msgpack_object *map)
{
    worker_configure_forget(); /* there are some if this memory was another sandbox's */
    for (uint32_t i = 0; map && i < map->via.map.size; i++) {
        const msgpack_object_kv *pair = &map->via.map.ptr[i];
        int limit;

        if (!worker_object_is(&pair->key, WORKER_FIELD_TEXT) || !worker_object_is(&pair->val, WORKER_FIELD_NUMBER))
            worker_protocol_broken("CONFIGURE has a limit that is no number");
        limit = limit_of(&pair->key);
        if (pair->val.via.u64 == 0)
            continue; /* the default */
        settings.limits[limit] = pair->val.via.u64;
        settings.has_limit[limit] = true;
        sealed_limit_set((enum cordon_limit)limit, pair->val.via.u64);
    }
    sealed_fs_set_quota(&(struct sealed_quota){.bytes_max = named_or_0(CORDON_LIMIT_FS_BYTES),
                                               .inodes_max = named_or_0(CORDON_LIMIT_FS_FILES),
                                               .file_size_max = named_or_0(CORDON_LIMIT_FS_OFFSET)});
    return set_memory_limit(named_or_0(CORDON_LIMIT_MEMORY));
}

/* --- clock and random --- */

static bool is_text(const msgpack_object *object, const char *text)
{
    return object->via.str.size == strlen(text) && memcmp(object->via.str.ptr, text, object->via.str.size) == 0;
}

static enum sealed_clock_mode clock_mode_of(const msgpack_object *mode)
{
    if (is_text(mode, "fixed"))
        return SEALED_CLOCK_FIXED;
    if (is_text(mode, "real"))
        return SEALED_CLOCK_REAL;
    if (!is_text(mode, "stepping"))
        worker_protocol_broken("CONFIGURE has a clock of a mode that there is not");
    return SEALED_CLOCK_STEPPING;
}

static void set_clock(const msgpack_object *clock)
{
    const msgpack_object *mode, *wall_ns, *step_ns;
    const struct worker_field fields[] = {
        {"mode", WORKER_FIELD_TEXT, &mode},
        {"wall_ns", WORKER_FIELD_NUMBER, &wall_ns},
        {"step_ns", WORKER_FIELD_NUMBER, &step_ns},
    };

    if (!clock)
        return;
    WORKER_MAP_READ(clock, fields, "CONFIGURE has a clock with a key or a value that it does not have");
    sealed_clock_set_mode(mode ? clock_mode_of(mode) : SEALED_CLOCK_STEPPING, step_ns ? step_ns->via.u64 : 0);
    if (wall_ns)
        sealed_clock_set_wall_ns(wall_ns->via.u64);
}

static void set_random(const msgpack_object *seed, const msgpack_object *source)
{
    if (source && !is_text(source, "seed") && !is_text(source, "host"))
        worker_protocol_broken("CONFIGURE has random bytes of a source that there is not");
    sealed_random_set_source(source && is_text(source, "host") ? SEALED_RANDOM_OF_HOST : SEALED_RANDOM_OF_SEED);
    if (!seed)
        return;
    if (seed->via.bin.size != SEALED_RANDOM_SEED_BYTES)
        worker_protocol_broken("CONFIGURE has a seed that is not of 32 bytes");
    sealed_random_seed((const unsigned char *)seed->via.bin.ptr);
}

/* --- environment and arguments --- */

static void set_variable(const msgpack_object_kv *pair)
{
    char *name, *value;

    if (!worker_object_is(&pair->key, WORKER_FIELD_TEXT) || !worker_object_is(&pair->val, WORKER_FIELD_TEXT))
        worker_protocol_broken("CONFIGURE has an environment variable that is no text");
    name = text_of(&pair->key);
    value = text_of(&pair->val);
    if (*name == '\0' || strchr(name, '='))
        worker_protocol_broken("CONFIGURE has an environment variable without a proper name");
    if (sealed_environment_set(name, value, true) != 0)
        worker_cannot("too many environment variables");
    sealed_release(name);
    sealed_release(value);
}

static void set_arguments(const msgpack_object *array)
{
    size_t count = array ? array->via.array.size : 0;

    settings.arguments = sealed_allocate((count + 1) * sizeof *settings.arguments);
    if (!settings.arguments)
        worker_cannot("no memory for arguments");
    for (size_t i = 0; i < count; i++) {
        if (!worker_object_is(&array->via.array.ptr[i], WORKER_FIELD_TEXT))
            worker_protocol_broken("CONFIGURE has an argument that is no text");
        settings.arguments[i] = text_of(&array->via.array.ptr[i]);
    }
    settings.argument_count = count;
}

static void set_directory(const msgpack_object *directory)
{
    if (!directory)
        return;
    settings.directory = text_of(directory);
    if (settings.directory[0] != '/')
        worker_protocol_broken("CONFIGURE has a working directory that is not an absolute path");
}

void worker_enter_directory(void)
{
    const char *path = settings.directory;

    if (sealed_fs_change_directory(path) == 0)
        return;
    if (sealed_fs_install(path, SEALED_MODE_DIRECTORY | 0755, (int64_t)sealed_clock_now_ns(), NULL, 0, false) != 0 ||
        sealed_fs_change_directory(path) != 0)
        worker_cannot("the working directory cannot be made");
}

/* A seed was in the message. What lies about in memory is in a snapshot of it, and a snapshot holds no seed. */
static void forget_message(struct worker_message *message, const struct worker_frame *frame)
{
    for (volatile unsigned char *byte = message->payload, *end = byte + frame->length; byte < end; byte++)
        *byte = 0; /* not memset, which would be left out: the memory is given back next */
    worker_message_release(message);
    worker_frame_forget_received();
}

void worker_configure(const struct worker_frame *frame)
{
    const msgpack_object *limits, *clock, *seed, *random, *environment, *directory, *arguments, *mounts, *deterministic;
    const struct worker_field fields[] = {
        {"limits", WORKER_FIELD_MAP, &limits},
        {"clock", WORKER_FIELD_MAP, &clock},
        {"seed", WORKER_FIELD_BYTES, &seed},
        {"random", WORKER_FIELD_TEXT, &random},
        {"environment", WORKER_FIELD_MAP, &environment},
        {"directory", WORKER_FIELD_TEXT, &directory},
        {"arguments", WORKER_FIELD_ARRAY, &arguments},
        {"mounts", WORKER_FIELD_ARRAY, &mounts},
        {"deterministic", WORKER_FIELD_BOOL, &deterministic},
    };
    struct worker_message message;

    if (!worker_message_receive(&message, frame))
        worker_cannot("no memory for its settings");
    WORKER_MAP_READ(worker_message_root(&message), fields, "CONFIGURE has a key or a value that it does not have");
    if (!set_limits(limits))
        worker_cannot("the memory limit is smaller than what CPython needs to start");
    set_clock(clock);
    set_random(seed, random);
    for (uint32_t i = 0; environment && i < environment->via.map.size; i++)
        set_variable(&environment->via.map.ptr[i]);
    set_arguments(arguments);
    set_directory(directory);
    worker_broker_mount(mounts);
    settings.is_deterministic = deterministic && deterministic->via.boolean;
    forget_message(&message, frame);
}

/* --- once more --- */

void worker_renew(const struct worker_frame *frame)
{
    const msgpack_object *limits, *clock, *seed, *random, *deterministic;
    const struct worker_field fields[] = {
        {"limits", WORKER_FIELD_MAP, &limits},   {"clock", WORKER_FIELD_MAP, &clock},
        {"seed", WORKER_FIELD_BYTES, &seed},     {"random", WORKER_FIELD_TEXT, &random},
        {"deterministic", WORKER_FIELD_BOOL, &deterministic},
    };
    struct worker_message message;
    struct sealed_heap_figures heap;

    if (!worker_message_receive(&message, frame))
        worker_cannot("no memory for its settings");
    WORKER_MAP_READ(worker_message_root(&message), fields, "RENEW has a key or a value that it does not have");
    bool fits = set_limits(limits);
    set_clock(clock);
    set_random(seed, random);
    settings.is_deterministic = deterministic && deterministic->via.boolean;
    forget_message(&message, frame);
    sealed_limits_renew();
    sealed_heap_figures(&heap);
    if (!fits)
        sealed_limit_reached(CORDON_LIMIT_MEMORY, heap.current_bytes, named_or_0(CORDON_LIMIT_MEMORY));
}
