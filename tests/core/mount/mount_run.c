/* Runs a program from standard input in a sandbox with one mounted folder as its working directory; hides the embedding API from the tests that are written in Python.
 *
 *     mount_run IMAGE MODE [FOLDER] [--changes FILE] [--clock real|fixed] [--random host] [--env NAME=VALUE] [--brokered BYTES] [--refuse CAPABILITY] [--record FILE]
 *
 * Without FOLDER a new one is made, and removed at the end. The exit code is the program's; 125: it ended otherwise, and standard error says how. */
#define _GNU_SOURCE /* nftw */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cordon/cordon.h"

enum { PROGRAM_BYTES_MAX = 4 << 20, VARIABLES_MAX = 16, EXIT_OTHERWISE = 125 };

struct options {
    const char *image, *folder, *changes, *refused, *record;
    cordon_mount_mode mode;
    cordon_clock_mode clock;
    cordon_random_mode random;
    uint64_t brokered;
    const char *variables[VARIABLES_MAX + 1];
    FILE *record_file;
    char made[64];
};

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "mount_run: %s: %s\n", what, why);
    return EXIT_OTHERWISE;
}

static int read_options(struct options *options, int count, char **arguments)
{
    static const struct {
        const char *name;
        cordon_mount_mode mode;
    } modes[] = {{"ro", CORDON_MOUNT_READ_ONLY}, {"rw", CORDON_MOUNT_READ_WRITE}, {"overlay", CORDON_MOUNT_OVERLAY}};
    size_t variable_count = 0;
    bool has_mode = false;
    if (count < 3)
        return fail("arguments", "an image and a mode are needed");
    options->image = arguments[1];
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(modes[i].name, arguments[2]) == 0) {
            options->mode = modes[i].mode;
            has_mode = true;
        }
    for (int i = 3; i < count && has_mode; i++) {
        const char *name = arguments[i], *value = i + 1 < count ? arguments[i + 1] : "";
        if (name[0] != '-') {
            options->folder = name;
            continue;
        }
        i++;
        if (strcmp(name, "--changes") == 0)
            options->changes = value;
        else if (strcmp(name, "--clock") == 0)
            options->clock = strcmp(value, "real") == 0 ? CORDON_CLOCK_REAL : CORDON_CLOCK_FIXED;
        else if (strcmp(name, "--random") == 0)
            options->random = CORDON_RANDOM_HOST;
        else if (strcmp(name, "--env") == 0 && variable_count < VARIABLES_MAX)
            options->variables[variable_count++] = value;
        else if (strcmp(name, "--brokered") == 0)
            options->brokered = strtoull(value, NULL, 0);
        else if (strcmp(name, "--refuse") == 0)
            options->refused = value;
        else if (strcmp(name, "--record") == 0)
            options->record = value;
        else
            return fail("arguments", name);
    }
    return has_mode ? 0 : fail("there is no such mode", arguments[2]);
}

static int write_output(void *context, int stream, const void *data, size_t size)
{
    (void)context;
    FILE *to = stream == 1 ? stdout : stderr;
    return fwrite(data, 1, size, to) == size && fflush(to) == 0 ? 0 : -1;
}

static bool tell(void *context, const cordon_change *change)
{
    static const char kinds[] = {[CORDON_CHANGE_ADDED] = 'A', [CORDON_CHANGE_CHANGED] = 'C', [CORDON_CHANGE_REMOVED] = 'R'};
    fprintf(context, "%c %o %llu %s\n", kinds[change->kind], change->mode, (unsigned long long)change->size_bytes, change->path);
    return true;
}

static int write_changes(cordon_sandbox *sandbox, const char *path)
{
    cordon_error error;
    FILE *file = fopen(path, "w");
    if (!file)
        return fail(path, "cannot be written");
    cordon_status status = cordon_sandbox_changes(sandbox, 0, tell, file, &error);
    fclose(file);
    return status == CORDON_OK ? 0 : fail(error.operation, error.message);
}

static bool permit(void *context, const cordon_access *access)
{
    const struct options *options = context;
    return !options->refused || strcmp(access->capability, options->refused) != 0;
}

static void record(void *context, const cordon_access *access)
{
    const struct options *options = context;
    if (options->record_file)
        fprintf(options->record_file, "%s %s %s %s %lld\n", access->operation, access->capability, access->path ? access->path : "-",
                access->is_refused ? "refused" : "asked", (long long)access->host_code);
}

static int run(struct options *options, cordon_sandbox *sandbox, const char *text, size_t size)
{
    cordon_error error;
    cordon_result *result;
    cordon_program program = CORDON_PROGRAM_INIT;
    program.how = CORDON_PROGRAM_INPUT;
    program.text = text;
    program.text_size = size;
    program.streams.output = write_output;
    if (cordon_sandbox_run_program(sandbox, &program, &result, &error) != CORDON_OK)
        return fail(error.operation, error.message);
    int code = result->has_exit_code ? result->exit_code : EXIT_OTHERWISE;
    if (result->outcome != CORDON_OUTCOME_OK)
        code = fail(cordon_outcome_name(result->outcome), result->message);
    cordon_result_destroy(result);
    if (options->changes && write_changes(sandbox, options->changes) != 0)
        return EXIT_OTHERWISE;
    return code;
}

static int start(struct options *options, const char *text, size_t size)
{
    cordon_error error;
    cordon_engine *engine;
    cordon_sandbox *sandbox;
    cordon_engine_config engine_config = CORDON_ENGINE_CONFIG_INIT;
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    const cordon_mount mount = {options->folder, "/work", options->mode};
    engine_config.image = options->image;
    if (cordon_engine_create(&engine_config, &engine, &error) != CORDON_OK)
        return fail(error.operation, error.message);
    config.mounts = &mount;
    config.mount_count = 1;
    config.clock = options->clock;
    config.random = options->random;
    config.environment = options->variables;
    config.limits.value[CORDON_LIMIT_BROKERED] = options->brokered;
    config.limits.value[CORDON_LIMIT_FS_OFFSET] = 1ull << 43; /* a case makes a sparse file of a tebibyte */
    config.permit_access = permit;
    config.record_access = record;
    config.access_context = options;
    int code = EXIT_OTHERWISE;
    if (cordon_sandbox_create(engine, &config, &sandbox, &error) == CORDON_OK) {
        code = run(options, sandbox, text, size);
        cordon_sandbox_destroy(sandbox);
    } else {
        fail(error.operation, error.message);
    }
    cordon_engine_destroy(engine);
    return code;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status, (void)type, (void)where;
    return remove(path);
}

int main(int argument_count, char **arguments)
{
    struct options options = {0};
    static char text[PROGRAM_BYTES_MAX];
    int code = read_options(&options, argument_count, arguments);
    if (code != 0)
        return code;
    if (!options.folder) {
        strcpy(options.made, "/tmp/cordon-mount-XXXXXX");
        options.folder = mkdtemp(options.made);
        if (!options.folder || chmod(options.folder, 0755) != 0)
            return fail("folder", "cannot be made");
    }
    options.record_file = options.record ? fopen(options.record, "w") : NULL;
    size_t size = fread(text, 1, sizeof text, stdin);
    code = start(&options, text, size);
    if (options.record_file)
        fclose(options.record_file);
    if (options.made[0])
        nftw(options.made, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return code;
}
