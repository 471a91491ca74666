/* `cordon audit binary`: what machine code can reach of an operating system, without running it. */
#include "audit/binary.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "cordon/exit_code.h"
#include "host_env/fd.h"
#include "host_env/fs.h"

enum { CHUNK_BYTES = 1024 * 1024 };
#define FILE_BYTES_MAX ((size_t)1 << 31)

typedef struct options {
    bool wants_help, updates_baseline;
    const char *baseline, *format;
    char **files; /* borrowed; NULL ends them */
} options;

typedef struct file_content {
    unsigned char *bytes; /* owned */
    size_t size;
} file_content;

static const char help[] =
    "usage: cordon audit binary [options] FILE...\n"
    "\n"
    "Tells what ELF programs, libraries and objects, archives of objects, wheels and zip files can reach of an\n"
    "operating system: functions by capability, instructions that enter the kernel, writable and executable memory,\n"
    "where libraries are looked for. Nothing of them is run. docs/audit.md tells what this can and cannot see.\n"
    "\n"
    "  --format table|json  for people, or for tools\n"
    "  --baseline FILE      compare with FILE: end with 122 if there is anything new, and tell what is no longer "
    "there\n"
    "  --update-baseline    write FILE anew instead\n"
    "  --help               print this\n"
    "\n"
    "Exit codes: 0; 120 wrong usage, or a file that cannot be read or is damaged; 122 there is something new.\n";

/* ---- Files ---- */

static bool read_file(const command_context *context, const char *path, file_content *content_out)
{
    int fd = -1;
    size_t count = 1, capacity = 0;
    host_error error = {0};
    *content_out = (file_content){0};
    host_status status = host_fs_open(context->env, HOST_AT_CWD, path, O_RDONLY | O_CLOEXEC, 0, &fd, &error);
    if (status != HOST_OK) {
        command_complain(context, "%s: cannot be read: %s", path, error.message);
        return false;
    }
    while (status == HOST_OK && count > 0 && content_out->size <= FILE_BYTES_MAX) {
        if (capacity - content_out->size < CHUNK_BYTES) {
            capacity = capacity * 2 + CHUNK_BYTES;
            unsigned char *grown = realloc(content_out->bytes, capacity);
            if (grown == NULL)
                break;
            content_out->bytes = grown;
        }
        status = host_fd_read(context->env, fd, content_out->bytes + content_out->size, CHUNK_BYTES, &count, &error);
        if (status == HOST_INTERRUPTED)
            status = HOST_OK;
        else if (status == HOST_OK)
            content_out->size += count;
    }
    (void)host_fd_close(context->env, fd, NULL); /* only read from */
    if (status == HOST_OK && count == 0)
        return true;
    command_complain(context, "%s: cannot be read: %s", path,
                     status != HOST_OK                    ? error.message
                     : content_out->size > FILE_BYTES_MAX ? "it is larger than 2 GiB"
                                                          : "there is no memory for it");
    free(content_out->bytes);
    return false;
}

typedef struct output {
    const command_context *context;
    int fd;
} output;

static bool write_bytes(void *context, const char *bytes, size_t size)
{
    const output *output = context;
    while (size > 0) {
        size_t count = 0;
        host_status status = host_fd_write(output->context->env, output->fd, bytes, size, &count, NULL);
        if (status != HOST_OK && status != HOST_INTERRUPTED)
            return false;
        bytes += count;
        size -= count;
    }
    return true;
}

/* ---- The baseline ---- */

/* Beside the file first, so that a full disk leaves the old one as it was. */
static bool update_baseline(const command_context *context, const char *path, const audit_binary *binary)
{
    char temporary[PATH_MAX];
    output output = {context, -1};
    host_error error = {0};
    if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary) {
        command_complain(context, "%s: the path is too long", path);
        return false;
    }
    host_status status = host_fs_open(context->env, HOST_AT_CWD, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                                      0666, &output.fd, &error);
    if (status == HOST_OK) {
        bool is_written = audit_binary_write_baseline(binary, write_bytes, &output);
        status = host_fd_close(context->env, output.fd, &error);
        if (status == HOST_OK && !is_written)
            status = HOST_FAILURE;
        if (status == HOST_OK)
            status = host_fs_rename(context->env, HOST_AT_CWD, temporary, HOST_AT_CWD, path, 0, &error);
        if (status != HOST_OK)
            (void)host_fs_unlink(context->env, HOST_AT_CWD, temporary, 0, NULL);
    }
    if (status != HOST_OK)
        command_complain(context, "%s: the baseline cannot be written: %s", path, error.message);
    return status == HOST_OK;
}

static void tell_vanished(void *context, const char *line)
{
    command_complain(context, "no longer there: %s", line);
}

/* The exit code. */
static int compare_baseline(const command_context *context, const char *path, audit_binary *binary)
{
    char problem[AUDIT_BINARY_PROBLEM_BYTES];
    file_content content;
    size_t new_count = 0;
    if (!read_file(context, path, &content)) {
        command_complain(context, "--update-baseline writes one");
        return CORDON_EXIT_USAGE;
    }
    bool is_compared = audit_binary_compare(binary, (const char *)content.bytes, content.size, &new_count,
                                            tell_vanished, (void *)context, problem);
    free(content.bytes);
    if (!is_compared) {
        command_complain(context, "%s:%s", path, problem);
        return CORDON_EXIT_USAGE;
    }
    if (new_count > 0)
        command_complain(context, "%zu findings are not in %s; --update-baseline accepts them", new_count, path);
    return new_count > 0 ? CORDON_EXIT_DENIED : 0;
}

/* ---- The command ---- */

static const struct format {
    const char *name;
    bool (*write)(const audit_binary *binary, audit_write_function write, void *context);
} formats[] = {{"table", audit_binary_write_table}, {"json", audit_binary_write_json}};

static const struct format *find_format(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(name, formats[i].name) == 0)
            return &formats[i];
    return NULL;
}

/* All files are read even if one is damaged, so that all complaints are told. */
static bool read_all(const command_context *context, char **files, audit_binary *binary)
{
    bool is_whole = true;
    for (; *files != NULL; files++) {
        char problem[AUDIT_BINARY_PROBLEM_BYTES];
        file_content content;
        if (!read_file(context, *files, &content)) {
            is_whole = false;
            continue;
        }
        if (!audit_binary_read(binary, *files, content.bytes, content.size, problem)) {
            command_complain(context, "%s: %s", *files, problem);
            is_whole = false;
        }
        free(content.bytes);
    }
    audit_binary_finish(binary);
    return is_whole;
}

static int report(const command_context *context, const options *options, audit_binary *binary)
{
    output output = {context, 1};
    int code = 0;
    if (options->baseline != NULL && options->updates_baseline)
        return update_baseline(context, options->baseline, binary) ? 0 : CORDON_EXIT_USAGE;
    if (options->baseline != NULL)
        code = compare_baseline(context, options->baseline, binary);
    if (code == CORDON_EXIT_USAGE)
        return code;
    return find_format(options->format)->write(binary, write_bytes, &output) ? code : CORDON_EXIT_AUDIT_INCOMPLETE;
}

/* The value of `--name VALUE` or `--name=VALUE`; NULL if arguments[*index] is another option. */
static const char *value_of(char **arguments, int *index, const char *name)
{
    size_t length = strlen(name);
    const char *argument = arguments[*index];
    if (strncmp(argument, name, length) != 0 || (argument[length] != '\0' && argument[length] != '='))
        return NULL;
    if (argument[length] == '=')
        return argument + length + 1;
    return arguments[*index + 1] != NULL ? arguments[++*index] : "";
}

/* NULL, or what is wrong with *culprit_out. */
static const char *parse(char **arguments, options *options_out, const char **culprit_out)
{
    int i = 0;
    *options_out = (options){.format = "table"};
    for (; arguments[i] != NULL && arguments[i][0] == '-'; i++) {
        const char *value;
        *culprit_out = arguments[i];
        if (strcmp(arguments[i], "--") == 0) {
            i++;
            break;
        }
        if (strcmp(arguments[i], "--help") == 0 || strcmp(arguments[i], "-h") == 0)
            options_out->wants_help = true;
        else if (strcmp(arguments[i], "--update-baseline") == 0)
            options_out->updates_baseline = true;
        else if ((value = value_of(arguments, &i, "--baseline")) != NULL)
            options_out->baseline = value;
        else if ((value = value_of(arguments, &i, "--format")) != NULL)
            options_out->format = value;
        else
            return "is not an option of cordon audit binary";
    }
    options_out->files = arguments + i;
    *culprit_out = "cordon audit binary";
    if (options_out->wants_help)
        return NULL;
    if (find_format(options_out->format) == NULL)
        return "needs --format table or --format json";
    if (options_out->updates_baseline && options_out->baseline == NULL)
        return "needs --baseline FILE to update it";
    if (options_out->baseline != NULL && options_out->baseline[0] == '\0')
        return "needs the name of the baseline's file";
    return *options_out->files == NULL ? "needs at least one FILE" : NULL;
}

int audit_command_binary(const command_context *context, int argument_count, char **arguments)
{
    options options;
    const char *culprit;
    (void)argument_count;
    const char *complaint = parse(arguments, &options, &culprit);
    if (complaint != NULL) {
        command_complain(context, "%s %s; 'cordon audit binary --help' tells more", culprit, complaint);
        return CORDON_EXIT_USAGE;
    }
    if (options.wants_help)
        return command_write(context, 1, help) == 0 ? 0 : CORDON_EXIT_USAGE;
    audit_binary *binary = audit_binary_create();
    if (binary == NULL) {
        command_complain(context, "there is no memory");
        return CORDON_EXIT_SETUP_FAILED;
    }
    bool is_whole = read_all(context, options.files, binary);
    /* What could not be read must not vanish from a baseline, nor may its absence pass. */
    int code = is_whole || options.baseline == NULL ? report(context, &options, binary) : CORDON_EXIT_USAGE;
    audit_binary_destroy(binary);
    return is_whole ? code : CORDON_EXIT_USAGE;
}
