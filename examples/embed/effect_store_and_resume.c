/* A computation that asks the world, is put into a file half-way, and goes on in another process when there is an answer: in a minute, or next week.
 *     effect_store_and_resume IMAGE FILE           begins; FILE then holds the computation, and what it asks is printed
 *     effect_store_and_resume IMAGE FILE ANSWER    goes on with that answer, up to the next question or the end
 * The questions come from under sorted(key=...), that is, from the midst of C code of the interpreter: all of that is in the file too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/cordon.h"
#include "cordon/snapshot.h"

static const char program[] = "import cordon\n"
                              "asked = []\n"
                              "def temperature(city):\n"
                              "    asked.append(city)\n"
                              "    return float(cordon.call('temperature', city))\n"
                              "print('coldest first:', *sorted(['Oslo', 'Rome', 'Lima'], key=temperature))\n"
                              "print('asked', len(asked), 'times')\n";

/* Whoever has it can read the file and make others like it; here it stands for one that is kept better. */
static const unsigned char key[32] = "an example's key, known to all";

static int complain(const cordon_error *error)
{
    fprintf(stderr, "%s: %s\n", error->operation, error->message);
    return 1;
}

static int store(cordon_sandbox *sandbox, const char *path)
{
    cordon_error error = {0};
    cordon_snapshot *snapshot = NULL;
    void *bytes = NULL;
    size_t size = 0;
    int failed = 1;
    if (cordon_sandbox_snapshot(sandbox, NULL, &snapshot, &error) == CORDON_OK && cordon_snapshot_encode(snapshot, key, sizeof key, &bytes, &size, &error) == CORDON_OK) {
        FILE *file = fopen(path, "wb");
        failed = file == NULL || fwrite(bytes, 1, size, file) != size;
        if (file != NULL && fclose(file) != 0)
            failed = 1;
        if (failed)
            fprintf(stderr, "%s: cannot be written\n", path);
    } else {
        complain(&error);
    }
    cordon_snapshot_bytes_release(bytes);
    cordon_snapshot_destroy(snapshot);
    return failed;
}

/* The whole file; the caller's. NULL: it cannot be read. */
static void *read_file(const char *path, size_t *size_out)
{
    char *bytes = NULL;
    FILE *file = fopen(path, "rb");
    if (file != NULL && fseek(file, 0, SEEK_END) == 0) {
        long size = ftell(file);
        rewind(file);
        bytes = size > 0 ? malloc((size_t)size) : NULL;
        *size_out = bytes != NULL ? fread(bytes, 1, (size_t)size, file) : 0;
    }
    if (file != NULL)
        fclose(file);
    if (bytes == NULL)
        fprintf(stderr, "%s: cannot be read\n", path);
    return bytes;
}

static int begin(cordon_engine *engine, cordon_sandbox **sandbox_out, cordon_result **result_out)
{
    cordon_error error = {0};
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = program;
    if (cordon_sandbox_create(engine, NULL, sandbox_out, &error) != CORDON_OK || cordon_sandbox_execute(*sandbox_out, &request, result_out, &error) != CORDON_OK)
        return complain(&error);
    return 0;
}

static int go_on(cordon_engine *engine, const char *path, const char *text, cordon_sandbox **sandbox_out, cordon_result **result_out)
{
    cordon_error error = {0};
    cordon_snapshot *snapshot = NULL;
    size_t size = 0;
    void *bytes = read_file(path, &size);
    int failed = bytes == NULL;
    if (!failed && (cordon_snapshot_decode(bytes, size, key, sizeof key, &snapshot, &error) != CORDON_OK ||
                    cordon_sandbox_restore(engine, NULL, snapshot, sandbox_out, &error) != CORDON_OK))
        failed = complain(&error);
    cordon_snapshot_destroy(snapshot);
    free(bytes);
    if (failed)
        return 1;
    const cordon_suspension *pending = cordon_sandbox_suspension(*sandbox_out);
    if (pending == NULL) {
        fprintf(stderr, "%s: nothing is asked there\n", path);
        return 1;
    }
    cordon_value *value = cordon_value_text(text);
    const cordon_effect_answer answer = {.id = pending->effects[0].id, .value = value};
    cordon_resumption resumption = CORDON_RESUMPTION_INIT;
    resumption.answers = &answer;
    resumption.answer_count = 1;
    if (cordon_sandbox_resume(*sandbox_out, &resumption, result_out, &error) != CORDON_OK)
        failed = complain(&error);
    cordon_value_destroy(value);
    return failed;
}

/* What was printed, and the next question or how it ended. */
static int tell(cordon_sandbox *sandbox, const cordon_result *result, const char *path)
{
    fputs(result->standard_output.data, stdout);
    if (result->outcome != CORDON_OUTCOME_SUSPENDED) {
        printf("%s %s\n", cordon_outcome_name(result->outcome), result->message);
        return result->outcome != CORDON_OUTCOME_OK;
    }
    const cordon_effect *asked = &result->suspension->effects[0];
    printf("asks for %s of %s\n", asked->name, cordon_value_get_text(cordon_value_at(asked->positional, 0), NULL));
    return store(sandbox, path);
}

int main(int argument_count, char **arguments)
{
    cordon_error error = {0};
    cordon_engine *engine = NULL;
    cordon_sandbox *sandbox = NULL;
    cordon_result *result = NULL;
    if (argument_count < 3) {
        fprintf(stderr, "usage: %s IMAGE FILE [ANSWER]\n", arguments[0]);
        return 2;
    }
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    config.image = arguments[1];
    const cordon_parameter city = {.name = "city", .type = "str"};
    cordon_callback temperature = CORDON_CALLBACK_INIT;
    temperature.name = "temperature";
    temperature.parameters = &city;
    temperature.parameter_count = 1;
    temperature.is_effect = true; /* no function: the answer comes from whoever starts this program again */
    int failed = 1;
    if (cordon_engine_create(&config, &engine, &error) != CORDON_OK || cordon_engine_register(engine, &temperature, &error) != CORDON_OK)
        complain(&error);
    else
        failed = argument_count == 3 ? begin(engine, &sandbox, &result) : go_on(engine, arguments[2], arguments[3], &sandbox, &result);
    if (!failed)
        failed = tell(sandbox, result, arguments[2]);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
    return failed;
}
