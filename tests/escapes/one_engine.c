/* Programs one after the other through one engine and its pool, each in a sandbox of its own: one_engine IMAGE FILE... Prints for each "== OUTCOME", then what it wrote.
 * It is the host whose runs may not see each other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/cordon.h"

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t size = 0, capacity = 0;

    if (file == NULL)
        return NULL;
    for (;;) {
        if (size + 4096 > capacity)
            text = realloc(text, capacity = 2 * capacity + 8192);
        if (text == NULL)
            break;
        size_t count = fread(text + size, 1, 4095, file);
        size += count;
        text[size] = '\0';
        if (count == 0)
            break;
    }
    fclose(file);
    return text;
}

static int run(cordon_engine *engine, const char *path)
{
    cordon_error error;
    cordon_sandbox *sandbox = NULL;
    cordon_result *result = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    char *source = read_file(path);
    int failed = 1;

    if (source == NULL) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return 1;
    }
    request.source = source;
    if (cordon_sandbox_create(engine, NULL, &sandbox, &error) != CORDON_OK || cordon_sandbox_execute(sandbox, &request, &result, &error) != CORDON_OK) {
        fprintf(stderr, "%s: %s\n", path, error.message);
        goto cleanup;
    }
    printf("== %s %s\n%s%s%s", cordon_outcome_name(result->outcome), result->message, result->standard_output.data, result->standard_error.data,
           result->exception != NULL ? result->exception->traceback : "");
    failed = 0;
cleanup:
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
    free(source);
    return failed;
}

int main(int argument_count, char **arguments)
{
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    cordon_engine *engine;
    cordon_error error;
    int failed = 0;

    if (argument_count < 3) {
        fprintf(stderr, "usage: %s IMAGE FILE...\n", arguments[0]);
        return 2;
    }
    config.image = arguments[1];
    config.pool.min_idle = 2;
    if (cordon_engine_create(&config, &engine, &error) != CORDON_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    for (int i = 2; i < argument_count && !failed; i++)
        failed = run(engine, arguments[i]);
    cordon_engine_destroy(engine);
    return failed;
}
