/* A folder of the host as an overlay (the program may write, the folder stays as it is), and limits that code cannot catch: after each the engine goes on.
 * usage: mounts_and_limits IMAGE FOLDER (an absolute path) */
#include <stdio.h>

#include "cordon/cordon.h"

/* Each runs in a sandbox of its own. */
static const struct attempt {
    const char *what, *source;
} attempts[] = {
    {"reads and writes the folder", "import pathlib\n"
                                    "folder = pathlib.Path('/data')\n"
                                    "names = sorted(path.name for path in folder.iterdir())\n"
                                    "(folder / 'note.txt').write_text('only seen inside')\n"
                                    "print(len(names), 'entries; the note reads:', (folder / 'note.txt').read_text())\n"},
    {"never ends", "while True:\n    try:\n        while True: pass\n    except BaseException: pass\n"},
    {"never comes back to the interpreter", "sum(range(10**12))\n"},
    {"wants all memory", "rows = []\nwhile True:\n    try: rows.append(bytearray(10**6))\n    except MemoryError: pass\n"},
    {"talks too much", "while True: print('x' * 1000)\n"},
    {"is well behaved", "print('still here')\n"},
};

static int run(cordon_engine *engine, const cordon_sandbox_config *settings, const struct attempt *attempt)
{
    cordon_error error = {0};
    cordon_sandbox *sandbox = NULL;
    cordon_result *result = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = attempt->source;
    if (cordon_sandbox_create(engine, settings, &sandbox, &error) != CORDON_OK ||
        cordon_sandbox_execute(sandbox, &request, &result, &error) != CORDON_OK) {
        fprintf(stderr, "%s: %s\n", error.operation, error.message);
        cordon_sandbox_destroy(sandbox);
        return 1;
    }
    printf("%-36s %s", attempt->what, cordon_outcome_name(result->outcome));
    if (result->limit_name != NULL)
        printf(" (%s: %llu of %llu %s)", result->limit_name, (unsigned long long)result->limit_figure, (unsigned long long)result->limit_value,
               result->limit_unit);
    else
        printf(": %s", result->exception ? result->exception->traceback : result->standard_output.data);
    printf("%s", result->limit_name != NULL || result->standard_output.size == 0 ? "\n" : "");
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
    return 0;
}

int main(int argument_count, char **arguments)
{
    cordon_error error = {0};
    cordon_engine *engine = NULL;
    int failed = 0;
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    config.image = argument_count > 1 ? arguments[1] : "cordon-sandbox";
    config.limits.value[CORDON_LIMIT_MEMORY] = 64 << 20;     /* bytes */
    config.limits.value[CORDON_LIMIT_WALL] = 1000000000;     /* nanoseconds */
    config.limits.value[CORDON_LIMIT_FUEL] = 20000000;       /* calls and backward jumps */
    config.limits.value[CORDON_LIMIT_OUTPUT] = 1 << 20;      /* bytes */
    const cordon_mount folder = {.source = argument_count > 2 ? arguments[2] : "/usr/share", .path = "/data", .mode = CORDON_MOUNT_OVERLAY};
    cordon_sandbox_config settings = CORDON_SANDBOX_CONFIG_INIT;
    settings.mounts = &folder;
    settings.mount_count = 1;
    if (cordon_engine_create(&config, &engine, &error) != CORDON_OK) {
        fprintf(stderr, "%s: %s\n", error.operation, error.message);
        return 1;
    }
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++)
        failed |= run(engine, &settings, &attempts[i]);
    cordon_engine_destroy(engine);
    return failed;
}
