/* Hides how CONFIGURE, FILE and EXECUTE become a clock, a heap limit, files and a program. The order is fixed:
 * CONFIGURE, any FILE, EXECUTE. */
#include "Python.h"

#include "worker_frame.h"
#include "worker_setup.h"

#include "cordon/exit_code.h"
#include "sealed/clock.h"
#include "sealed/environment.h"
#include "sealed/error.h"
#include "sealed/fatal.h"
#include "sealed/fs.h"
#include "sealed/heap.h"
#include "sealed/random.h"

#include <string.h>

struct settings {
    const char **arguments;
    size_t argument_count;
    const char *working_directory;
};

static _Noreturn void cannot(const char *what)
{
    sealed_fatal_detail("the sandbox cannot be set up", what, CORDON_EXIT_SETUP_FAILED);
}

static void greet(void)
{
    static const char image[] = "CPython " PY_VERSION;
    unsigned char version[4];

    worker_u32_put(version, CORDON_FRAME_VERSION);
    worker_frame_send(CORDON_FRAME_HELLO, version, sizeof version, image, sizeof image);
}

/* The payload, with a NUL behind it that is not counted. Owned by the caller. */
static unsigned char *receive_payload(const struct worker_frame *frame)
{
    unsigned char *payload = sealed_allocate((size_t)frame->length + 1);

    if (!payload)
        cannot("no memory for a frame");
    worker_frame_receive(payload, frame->length);
    payload[frame->length] = '\0';
    return payload;
}

/* `count` texts. The array is allocated after that many are known to be there, each taking at least a byte. */
static const char **take_strings(struct worker_bytes *bytes, size_t *count_out)
{
    uint32_t count = worker_take_u32(bytes);
    const char **strings;

    if (count > bytes->left)
        worker_protocol_broken("a list that claims more texts than bytes");
    strings = sealed_allocate((count + 1) * sizeof *strings);
    if (!strings)
        cannot("no memory for arguments");
    for (uint32_t i = 0; i < count; i++)
        strings[i] = worker_take_string(bytes);
    *count_out = count;
    return strings;
}

static void set_variable(const char *assignment)
{
    const char *equals = strchr(assignment, '=');
    char name[256];

    if (!equals || equals == assignment || (size_t)(equals - assignment) >= sizeof name)
        worker_protocol_broken("an environment variable without a proper name");
    memcpy(name, assignment, (size_t)(equals - assignment));
    name[equals - assignment] = '\0';
    if (sealed_environment_set(name, equals + 1, true) != 0)
        cannot("too many environment variables");
}

static void set_variables(struct worker_bytes *bytes)
{
    size_t count;
    const char **assignments = take_strings(bytes, &count);

    for (size_t i = 0; i < count; i++)
        set_variable(assignments[i]);
    sealed_release(assignments);
}

/* Below this CPython may run out before it can even raise MemoryError, and would abort. */
#define MEMORY_LIMIT_BYTES_MIN (16ul << 20)

static void set_memory_limit(uint64_t limit_bytes)
{
    if ((limit_bytes != 0 && limit_bytes < MEMORY_LIMIT_BYTES_MIN) || !sealed_heap_limit_set(limit_bytes))
        cannot("the memory limit is smaller than what CPython needs to start");
}

/* The payload is kept: arguments and working directory point into it. */
static void configure(const struct worker_frame *frame, struct settings *settings)
{
    struct worker_bytes bytes = {receive_payload(frame), frame->length};

    sealed_clock_set_wall_ns(worker_take_u64(&bytes));
    set_memory_limit(worker_take_u64(&bytes));
    sealed_random_seed(worker_take(&bytes, SEALED_RANDOM_SEED_BYTES));
    settings->arguments = take_strings(&bytes, &settings->argument_count);
    set_variables(&bytes);
    settings->working_directory = worker_take_string(&bytes);
    if (bytes.left > 0)
        worker_protocol_broken("bytes behind the end of CONFIGURE");
    if (settings->working_directory[0] != '/')
        worker_protocol_broken("a working directory that is not an absolute path");
}

static void put_file(const struct worker_frame *frame)
{
    unsigned char *payload = receive_payload(frame);
    struct worker_bytes bytes = {payload, frame->length};
    uint32_t mode = worker_take_u32(&bytes);
    uint64_t modified_ns = worker_take_u64(&bytes);
    const char *path = worker_take_string(&bytes);
    uint32_t type = mode & SEALED_MODE_TYPE;
    int result;

    if (path[0] != '/')
        worker_protocol_broken("a file whose path is not absolute");
    if ((type != SEALED_MODE_FILE && type != SEALED_MODE_DIRECTORY) ||
        (mode & ~(uint32_t)(SEALED_MODE_TYPE | SEALED_MODE_PERMISSIONS)))
        worker_protocol_broken("a file that is neither a file nor a directory");
    if (modified_ns > INT64_MAX)
        worker_protocol_broken("a file from beyond the end of time");
    if (type == SEALED_MODE_DIRECTORY && (bytes.left > 0 || frame->flags))
        worker_protocol_broken("a directory with content");
    result =
        sealed_fs_install(path, mode, (int64_t)modified_ns, bytes.next, bytes.left, frame->flags & CORDON_FILE_APPEND);
    if (result != 0)
        sealed_fatal_detail("the sandbox cannot take a file", path, CORDON_EXIT_SETUP_FAILED);
    sealed_release(payload);
}

static void enter_directory(const char *path)
{
    if (sealed_fs_change_directory(path) == 0)
        return;
    if (sealed_fs_install(path, SEALED_MODE_DIRECTORY | 0755, (int64_t)sealed_clock_now_ns(), NULL, 0, false) != 0 ||
        sealed_fs_change_directory(path) != 0)
        cannot("the working directory cannot be made");
}

/* The payload is kept: the program's text is in it. */
static void take_program(const struct worker_frame *frame, const struct settings *settings,
                         struct worker_setup *setup_out)
{
    /* sys.argv[0] as python has it; NULL is the text itself */
    static const char *const first_arguments[] = {[CORDON_PROGRAM_SCRIPT] = NULL,
                                                  [CORDON_PROGRAM_COMMAND] = "-c",
                                                  [CORDON_PROGRAM_MODULE] = "-m",
                                                  [CORDON_PROGRAM_INPUT] = "-"};
    static const enum sandbox_program_kind kinds[] = {
        [CORDON_PROGRAM_SCRIPT] = SANDBOX_PROGRAM_SCRIPT,
        [CORDON_PROGRAM_COMMAND] = SANDBOX_PROGRAM_COMMAND,
        [CORDON_PROGRAM_MODULE] = SANDBOX_PROGRAM_MODULE,
        [CORDON_PROGRAM_INPUT] = SANDBOX_PROGRAM_INPUT,
    };
    const unsigned char *payload = receive_payload(frame);
    const char *text = (const char *)payload + 1;
    size_t text_size = frame->length - 1;
    unsigned how = payload[0];

    if (how >= sizeof kinds / sizeof *kinds)
        worker_protocol_broken("an unknown way to execute");
    if (how != CORDON_PROGRAM_INPUT && strlen(text) != text_size)
        worker_protocol_broken("a program, path or module name with a NUL in it");
    *setup_out = (struct worker_setup){
        .program = {.kind = kinds[how],
                    .text = text,
                    .first_argument = first_arguments[how] ? first_arguments[how] : text,
                    .arguments = settings->arguments,
                    .argument_count = settings->argument_count},
    };
    if (how == CORDON_PROGRAM_INPUT) {
        setup_out->input = (const unsigned char *)text;
        setup_out->input_size = text_size;
    }
}

void worker_setup_receive(unsigned char first_byte, struct worker_setup *setup_out)
{
    struct settings settings = {0};
    struct worker_frame frame;

    greet();
    worker_frame_receive_header(&frame, &first_byte, 1);
    if (frame.type != CORDON_FRAME_CONFIGURE)
        worker_protocol_broken("the first frame is not CONFIGURE");
    configure(&frame, &settings);
    for (;;) {
        worker_frame_receive_header(&frame, NULL, 0);
        if (frame.type == CORDON_FRAME_PROGRAM)
            break;
        if (frame.type != CORDON_FRAME_FILE)
            worker_protocol_broken("a frame other than FILE or EXECUTE before the program runs");
        put_file(&frame);
    }
    take_program(&frame, &settings, setup_out);
    enter_directory(settings.working_directory);
}
