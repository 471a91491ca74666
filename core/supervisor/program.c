/* Hides how a program and its files become frames. */
#include "program.h"

#include <msgpack/pack.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "frame.h"

enum { FILE_CHUNK = 1024 * 1024 };
#define MODE_FOLDER 0040000u /* S_IFDIR and S_IFREG, whose values POSIX leaves open; the guest's are Linux's */
#define MODE_FILE 0100000u

struct program {
    bytes arguments, variables; /* NUL-terminated texts one after the other */
    uint32_t argument_count, variable_count;
    bytes files; /* whole frames */
    bytes execute; /* payload of EXECUTE */
};

program *program_create(void)
{
    return calloc(1, sizeof(program));
}

void program_destroy(program *program)
{
    if (program == NULL)
        return;
    bytes_release(&program->arguments);
    bytes_release(&program->variables);
    bytes_release(&program->files);
    bytes_release(&program->execute);
    free(program);
}

static void add_frame(bytes *bytes, uint8_t type, uint16_t flags, const void *first, size_t first_size, const void *second, size_t second_size)
{
    unsigned char header[CORDON_FRAME_HEADER_SIZE];
    if (first_size + second_size > CORDON_FRAME_LENGTH_MAX) {
        bytes->failed = true;
        return;
    }
    frame_header_encode(&(frame_header){.type = type, .flags = flags, .length = (uint32_t)(first_size + second_size)}, header);
    bytes_add(bytes, header, sizeof header);
    bytes_add(bytes, first, first_size);
    bytes_add(bytes, second, second_size);
}

int program_set_text(program *program, cordon_program_how how, const char *text, size_t size)
{
    unsigned char first = (unsigned char)how;
    bytes_release(&program->execute);
    bytes_add(&program->execute, &first, 1);
    bytes_add(&program->execute, text, size);
    return program->execute.failed || program->execute.size > CORDON_FRAME_LENGTH_MAX ? -1 : 0;
}

int program_add_argument(program *program, const char *argument)
{
    bytes_add_string(&program->arguments, argument);
    program->argument_count++;
    return program->arguments.failed ? -1 : 0;
}

int program_add_variable(program *program, const char *assignment)
{
    bytes_add_string(&program->variables, assignment);
    program->variable_count++;
    return program->variables.failed ? -1 : 0;
}

static int add_node(program *program, const char *path, uint32_t mode, uint64_t mtime_ns, const unsigned char *content, size_t size)
{
    bytes head = {0};
    bytes_add_u32(&head, mode);
    bytes_add_u64(&head, mtime_ns);
    bytes_add_string(&head, path);
    size_t done = 0;
    do {
        size_t chunk = size - done < FILE_CHUNK ? size - done : FILE_CHUNK;
        add_frame(&program->files, CORDON_FRAME_FILE, done > 0 ? CORDON_FILE_APPEND : 0, head.data, head.size, content + done, chunk);
        done += chunk;
    } while (done < size);
    int result = head.failed || program->files.failed ? -1 : 0;
    bytes_release(&head);
    return result;
}

int program_add_folder(program *program, const char *path, uint32_t mode, uint64_t mtime_ns)
{
    return add_node(program, path, MODE_FOLDER | (mode & 07777u), mtime_ns, (const unsigned char *)"", 0);
}

int program_add_file(program *program, const char *path, uint32_t mode, uint64_t mtime_ns, const void *content, size_t size)
{
    return add_node(program, path, MODE_FILE | (mode & 07777u), mtime_ns, content, size);
}

static void pack_text(msgpack_packer *packer, const char *text)
{
    msgpack_pack_str_with_body(packer, text, strlen(text));
}

/* The texts of `list`, one after the other; a variable is a pair: its name, and what is behind the '='. */
static void pack_arguments(msgpack_packer *packer, const program *program)
{
    const char *next = (const char *)program->arguments.data;
    pack_text(packer, "arguments");
    msgpack_pack_array(packer, program->argument_count);
    for (uint32_t i = 0; i < program->argument_count; i++, next += strlen(next) + 1)
        pack_text(packer, next);
}

static void pack_variables(msgpack_packer *packer, const program *program)
{
    const char *next = (const char *)program->variables.data;
    pack_text(packer, "environment");
    msgpack_pack_map(packer, program->variable_count);
    for (uint32_t i = 0; i < program->variable_count; i++, next += strlen(next) + 1) {
        size_t name_size = strcspn(next, "=");
        msgpack_pack_str_with_body(packer, next, name_size);
        pack_text(packer, next[name_size] == '=' ? next + name_size + 1 : "");
    }
}

static void pack_configure(msgpack_packer *packer, const program *program, const program_settings *settings)
{
    msgpack_pack_map(packer, 6);
    pack_text(packer, "limits");
    msgpack_pack_map(packer, settings->memory_limit_bytes != 0);
    if (settings->memory_limit_bytes != 0) {
        pack_text(packer, "memory");
        msgpack_pack_uint64(packer, settings->memory_limit_bytes);
    }
    pack_text(packer, "clock");
    msgpack_pack_map(packer, 1);
    pack_text(packer, "wall_ns");
    msgpack_pack_uint64(packer, settings->wall_clock_ns);
    pack_text(packer, "seed");
    msgpack_pack_bin_with_body(packer, settings->seed, sizeof settings->seed);
    pack_text(packer, "directory");
    pack_text(packer, settings->working_directory ? settings->working_directory : "/work");
    pack_arguments(packer, program);
    pack_variables(packer, program);
}

static int append(void *context, const char *data, size_t size)
{
    bytes_add(context, data, size);
    return 0;
}

unsigned char *program_to_frames(const program *program, const program_settings *settings, size_t *size_out)
{
    bytes configure = {0}, frames = {0};
    msgpack_packer packer;
    msgpack_packer_init(&packer, &configure, append);
    pack_configure(&packer, program, settings);
    add_frame(&frames, CORDON_FRAME_CONFIGURE, 0, configure.data, configure.size, "", 0);
    bytes_add(&frames, program->files.data, program->files.size);
    add_frame(&frames, CORDON_FRAME_PROGRAM, 0, program->execute.data, program->execute.size, "", 0);
    bool failed = frames.failed || configure.failed;
    bytes_release(&configure);
    if (failed) {
        bytes_release(&frames);
        return NULL;
    }
    *size_out = frames.size;
    return frames.data;
}
