/* `cordon image`: makes images of a user's own, and tells what any image is. */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "cordon/exit_code.h"
#include "cordon/limits.h"
#include "image_build.h"
#include "image_from_snapshot.h"
#include "image_host.h"
#include "image_inspect.h"
#include "image_pages.h"
#include "key_file.h"

enum { LIST_MAX = 256 };

static const char help[] = "usage: cordon image build [--import MODULE…] [--path FOLDER]… -o FILE [--base IMAGE]\n"
                           "       cordon image build --from-snapshot SNAPSHOT [--key-file FILE] -o FILE [--base IMAGE]\n"
                           "       cordon image info FILE\n"
                           "\n"
                           "build makes an image: a sandbox that starts with modules imported. `cordon run --image FILE` uses it.\n"
                           "  --import MODULE…  modules to import, in this order; until the next option\n"
                           "  --path FOLDER     a folder with modules: a copy is put below /opt in the image, and on sys.path\n"
                           "  -o FILE           the image to write\n"
                           "  --base IMAGE      the image to begin with; default: the cordon-sandbox beside this program\n"
                           "  --from-snapshot SNAPSHOT  a stored snapshot at rest: sandboxes start in its state, and share its memory. --base is the image that it was taken of\n"
                           "  --key-file FILE   what the snapshot is sealed with\n"
                           "\n"
                           "info tells version, contents, limits and digest of an image, and proves its boundary from the file itself; exit code 1 if that fails.\n";

/* ---- build ---- */

typedef struct build_options {
    const char *modules[LIST_MAX], *folders[LIST_MAX], *base, *output, *snapshot, *key_file;
    size_t module_count, folder_count;
} build_options;

/* One option with its values: how many arguments it took, or 0 and what is wrong. */
static int take_option(char **arguments, build_options *options, const char **complaint)
{
    const char *name = arguments[0], *value = arguments[1];
    const struct {
        const char *name;
        const char **target;
    } single[] = {{"-o", &options->output}, {"--base", &options->base}, {"--from-snapshot", &options->snapshot}, {"--key-file", &options->key_file}};
    const char **target = NULL;
    int count = 1;

    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        if (strcmp(name, single[i].name) == 0)
            target = single[i].target;
    *complaint = "is no option";
    if (strcmp(name, "--import") != 0 && strcmp(name, "--path") != 0 && target == NULL)
        return 0;
    *complaint = "needs a value";
    if (value == NULL || (value[0] == '-' && value[1] != '\0'))
        return 0;
    *complaint = "was given too often";
    if (strcmp(name, "--import") == 0) {
        for (; arguments[count] != NULL && arguments[count][0] != '-'; count++) {
            if (options->module_count == LIST_MAX)
                return 0;
            options->modules[options->module_count++] = arguments[count];
        }
        return count;
    }
    if (strcmp(name, "--path") == 0) {
        if (options->folder_count == LIST_MAX)
            return 0;
        options->folders[options->folder_count++] = value;
    } else {
        if (*target != NULL)
            return 0;
        *target = value;
    }
    return 2;
}

static void tell(void *context, const void *data, size_t size)
{
    char *text = strndup(data, size);

    if (text != NULL)
        (void)command_write(context, 2, text); /* for people; the image is made all the same */
    free(text);
}

static int build_from_snapshot(const command_context *context, const build_options *options, const char *base)
{
    unsigned char *key;
    size_t key_size;
    cordon_error error;
    int code = key_file_read(context, "--key-file", options->key_file, &key, &key_size);

    if (code != 0)
        return code;
    const image_snapshot_plan plan = {.base = base, .snapshot = options->snapshot, .key = key, .key_size = key != NULL ? key_size : 0, .output = options->output};
    if (image_from_snapshot(context->env, &plan, &error) != CORDON_OK) {
        command_complain(context, "%s", error.message);
        code = CORDON_EXIT_SETUP_FAILED;
    }
    key_file_release(key, key_size);
    return code;
}

static int build(const command_context *context, char **arguments)
{
    build_options options = {0};
    char base[PATH_MAX];
    cordon_error error;

    while (*arguments != NULL) {
        const char *complaint;
        int taken = take_option(arguments, &options, &complaint);
        if (taken == 0) {
            command_complain(context, "%s %s; 'cordon image --help' tells more", *arguments, complaint);
            return CORDON_EXIT_USAGE;
        }
        arguments += taken;
    }
    if (options.output == NULL) {
        command_complain(context, "-o FILE is missing; 'cordon image --help' tells more");
        return CORDON_EXIT_USAGE;
    }
    if (options.snapshot != NULL ? options.module_count + options.folder_count > 0 : options.key_file != NULL) {
        command_complain(context, options.snapshot != NULL ? "--from-snapshot stands alone: what is imported comes with the snapshot; 'cordon image --help' tells more"
                                                           : "--key-file is for --from-snapshot; 'cordon image --help' tells more");
        return CORDON_EXIT_USAGE;
    }
    snprintf(base, sizeof base, "%s/cordon-sandbox", context->binaries);
    if (options.snapshot != NULL)
        return build_from_snapshot(context, &options, options.base ? options.base : base);
    const image_plan plan = {
        .base = options.base ? options.base : base,
        .modules = options.modules,
        .module_count = options.module_count,
        .folders = options.folders,
        .folder_count = options.folder_count,
        .output = options.output,
    };
    if (image_build(context->env, &plan, tell, (void *)context, &error) == CORDON_OK)
        return 0;
    command_complain(context, "%s", error.message);
    return CORDON_EXIT_SETUP_FAILED;
}

/* ---- info ---- */

static void __attribute__((format(printf, 3, 4))) say(const command_context *context, const char *key, const char *format, ...)
{
    char line[512];
    size_t used = (size_t)snprintf(line, sizeof line, "%-14s", key);
    va_list values;

    va_start(values, format);
    vsnprintf(line + used, sizeof line - used - 1, format, values);
    va_end(values);
    strcat(line, "\n");
    (void)command_write(context, 1, line);
}

static void say_digest(const command_context *context, const image_file *file)
{
    unsigned char digest[IMAGE_DIGEST_BYTES];
    char text[2 * IMAGE_DIGEST_BYTES + 1] = "";

    for (size_t i = 0; image_digest(file, digest) && i < sizeof digest; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    say(context, "digest", "%s%s", text[0] ? "sha256:" : "not known: the library for it refuses", text);
}

/* The lines of the image's own text with a key, joined: all of them, however many there are. */
static void say_listed(const command_context *context, const char *key, const char *label, const char *text, size_t size)
{
    size_t length = strlen(key), count = 0;
    char item[400];

    snprintf(item, sizeof item, "%-14s", label);
    (void)command_write(context, 1, item);
    for (const char *line = text, *end = text + size; line < end && *line != '\0';) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t width = stop ? (size_t)(stop - line) : (size_t)(end - line);
        if (width > length + 2 && strncmp(line, key, length) == 0 && strncmp(line + length, ": ", 2) == 0) {
            snprintf(item, sizeof item, "%s%.*s", count++ > 0 ? ", " : "", (int)(width - length - 2), line + length + 2);
            (void)command_write(context, 1, item);
        }
        line += width + 1;
    }
    (void)command_write(context, 1, count > 0 ? "\n" : "none\n");
}

static void say_contents(const command_context *context, const image_file *file)
{
    size_t size = 0;
    const char *text = (const char *)image_file_find_section(file, ".cordon.image", &size);

    if (text == NULL) {
        say(context, "kind", "raw: starts its interpreter anew each time");
        return;
    }
    say(context, "kind", "pre-initialised");
    say_listed(context, "protocol", "protocol", text, size);
    say_listed(context, "module", "modules", text, size);
    say_listed(context, "folder", "folders", text, size);
}

/* CPython's version is a constant of the interpreter: what sys.version begins with. */
static void say_version(const command_context *context, const image_file *file)
{
    elf_symbol symbol;
    const char *name = "image_python_version";
    const unsigned char *text = image_file_find_symbol(file, name, &symbol) ? image_file_at(file, symbol.value, symbol.bytes) : NULL;

    if (text != NULL && symbol.bytes > 0 && text[symbol.bytes - 1] == '\0')
        say(context, "CPython", "%s", (const char *)text);
    else
        say(context, "CPython", "not told");
}

static void say_limits(const command_context *context, const image_file *file, const image_proof *proof)
{
    elf_symbol arena;

    say(context, "stack", "%llu KiB%s", (unsigned long long)(proof->stack_bytes >> 10), proof->has_guard ? ", unmapped below" : "");
    if (image_file_find_symbol(file, "arena", &arena))
        say(context, "memory", "%llu MiB at most", (unsigned long long)(arena.bytes >> 20));
#define SAY_LIMIT(name, text, initial, unit, outcome, who)                                                                                                     \
    say(context, #name[0] == 'M' ? "limits" : "", "%s: %llu %s", text, (unsigned long long)(initial), unit);
    CORDON_LIMIT_TABLE(SAY_LIMIT)
#undef SAY_LIMIT
}

static int say_proof(const command_context *context, const image_file *file, const image_proof *proof)
{
    const char *complaint;
    bool holds = image_proof_holds(proof, &complaint);

    say(context, "entry", "%#llx", (unsigned long long)file->header.entry);
    say(context, "segments", "%zu loaded, %zu writable and executable; stack %s", proof->segment_count, proof->writable_executable,
        proof->stack_is_executable ? "executable" : "not executable");
    say(context, "code", "%llu bytes in %zu functions", (unsigned long long)proof->executable_bytes, proof->function_count);
    say(context, "system calls", "%zu instruction%s", proof->call_count, proof->call_count == 1 ? "" : "s");
    for (size_t i = 0; i < proof->call_count && i < IMAGE_FINDINGS_MAX; i++)
        say(context, "", "%s in %s at %#llx", proof->calls[i].instruction, proof->calls[i].function, (unsigned long long)proof->calls[i].address);
    say(context, "undefined", "%zu symbol%s", proof->undefined_count, proof->undefined_count == 1 ? "" : "s");
    for (size_t i = 0; i < proof->undefined_count && i < IMAGE_FINDINGS_MAX; i++)
        say(context, "", "%s", proof->undefined[i]);
    say(context, "boundary", "%s%s", holds ? "holds" : "DOES NOT HOLD: ", holds ? "" : complaint);
    return holds ? 0 : 1;
}

static int describe(const command_context *context, const char *path, const image_file *file)
{
    static image_proof proof;

    if (!image_inspect(file, &proof)) {
        command_complain(context, "%s cannot be inspected: no memory", path);
        return CORDON_EXIT_SETUP_FAILED;
    }
    say(context, "image", "%s, %zu bytes", path, file->size);
    say_digest(context, file);
    say_version(context, file);
    say_contents(context, file);
    say_limits(context, file, &proof);
    return say_proof(context, file, &proof);
}

static int inform(const command_context *context, const char *path)
{
    bytes content;
    host_error error;
    image_file file;
    image_pages pages;
    const char *complaint;
    int code;

    if (image_host_read(context->env, path, &content, &error) != HOST_OK) {
        command_complain(context, "%s", error.message);
        return CORDON_EXIT_USAGE;
    }
    complaint = image_file_read(content.data, content.size, &file);
    if (complaint == NULL)
        complaint = image_pages_begin(&pages, &file);
    if (complaint == NULL) {
        code = describe(context, path, &file);
    } else {
        command_complain(context, "%s is no image: %s", path, complaint);
        code = CORDON_EXIT_USAGE;
    }
    bytes_release(&content);
    return code;
}

int command_image(const command_context *context, int argument_count, char **arguments)
{
    const char *last = argument_count > 0 ? arguments[argument_count - 1] : "";
    if (argument_count <= 2 && (strcmp(last, "--help") == 0 || strcmp(last, "-h") == 0))
        return command_write(context, 1, help) == 0 ? 0 : CORDON_EXIT_USAGE;
    if (argument_count >= 1 && strcmp(arguments[0], "build") == 0)
        return build(context, arguments + 1);
    if (argument_count == 2 && strcmp(arguments[0], "info") == 0)
        return inform(context, arguments[1]);
    (void)command_write(context, 2, help);
    return CORDON_EXIT_USAGE;
}
