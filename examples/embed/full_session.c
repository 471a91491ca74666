/* Python in the program's own process, under a policy that is a C function; the session's variables stored, and taken up by another process.
 *
 *     full_session HOME begin FILE      runs code and stores what it leaves
 *     full_session HOME go-on FILE      another process goes on with it
 *
 * HOME: where Cordon was installed (pkg-config --variable=home cordon-full). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/cordon.h"
#include "cordon/interpreter.h"

/* In a program of its own this is a secret. */
static const cordon_state_key key = { .bytes = "replace me: sixteen bytes or more", .size = 33 };

/* The code may read what it likes, since it needs its library; it may write nothing and reach nobody. */
static bool permit(void *context, const cordon_access *access)
{
    (void)context;
    return strcmp(access->capability, "fs.write") != 0 && strncmp(access->capability, "net.", 4) != 0 && strncmp(access->capability, "process.", 8) != 0;
}

static void price(void *context, cordon_call *call)
{
    (void)context;
    cordon_call_answer(call, cordon_value_float(strcmp(cordon_value_get_text(cordon_call_argument(call, "article"), NULL), "pears") == 0 ? 2.5 : 1));
}

static int fail(const cordon_error *error)
{
    fprintf(stderr, "%s: %s\n", error->operation, error->message);
    return 1;
}

static cordon_interpreter *start(const char *home, cordon_error *error)
{
    cordon_interpreter *interpreter = NULL;
    cordon_interpreter_config config = CORDON_INTERPRETER_CONFIG_INIT;
    const cordon_parameter article = { .name = "article", .type = "str" };
    cordon_callback callback = CORDON_CALLBACK_INIT;
    config.home = home;
    config.permit_access = permit;
    callback.name = "price";
    callback.parameters = &article;
    callback.parameter_count = 1;
    callback.function = price;
    if (cordon_interpreter_create(&config, &interpreter, error) != CORDON_OK || cordon_interpreter_register(interpreter, &callback, error) != CORDON_OK)
        return NULL;
    return interpreter;
}

static int run(cordon_interpreter *interpreter, const char *source)
{
    cordon_request request = CORDON_REQUEST_INIT;
    cordon_result *result;
    cordon_error error;
    request.source = source;
    if (cordon_interpreter_execute(interpreter, &request, &result, &error) != CORDON_OK)
        return fail(&error);
    fputs(result->standard_output.data, stdout);
    if (result->exception != NULL)
        fputs(result->exception->traceback, stderr);
    int failed = result->outcome != CORDON_OUTCOME_OK;
    cordon_result_destroy(result);
    return failed;
}

static int store(cordon_interpreter *interpreter, const char *path)
{
    char *bytes;
    size_t size;
    cordon_value *report;
    cordon_error error;
    if (cordon_interpreter_snapshot(interpreter, &key, &bytes, &size, &report, &error) != CORDON_OK)
        return fail(&error);
    const cordon_value *kept = cordon_value_get(report, "kept"), *skipped = cordon_value_get(report, "skipped");
    for (size_t i = 0; i < cordon_value_count(kept); i++)
        printf("%s%s", i == 0 ? "kept " : ", ", cordon_value_get_text(cordon_value_at(kept, i), NULL));
    for (size_t i = 0; i < cordon_value_count(skipped); i++)
        printf("\nleft out %s: %s", cordon_value_get_text(cordon_value_at(cordon_value_at(skipped, i), 0), NULL),
               cordon_value_get_text(cordon_value_at(cordon_value_at(skipped, i), 1), NULL));
    printf("\n");
    FILE *file = fopen(path, "wb");
    int failed = file == NULL || fwrite(bytes, 1, size, file) != size;
    failed |= file != NULL && fclose(file) != 0;
    cordon_text_release(bytes);
    cordon_value_destroy(report);
    return failed;
}

static int take_up(cordon_interpreter *interpreter, const char *path)
{
    static char bytes[1 << 20];
    cordon_error error;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return 1;
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return cordon_interpreter_restore(interpreter, bytes, size, &key, NULL, &error) == CORDON_OK ? 0 : fail(&error);
}

int main(int argument_count, char **arguments)
{
    cordon_error error;
    if (argument_count != 4) {
        fprintf(stderr, "usage: full_session HOME begin|go-on FILE\n");
        return 2;
    }
    cordon_interpreter *interpreter = start(arguments[1], &error);
    if (interpreter == NULL)
        return fail(&error);
    if (strcmp(arguments[2], "begin") == 0)
        return run(interpreter, "import cordon\narticles = {'apples': 5, 'pears': 2, 'plums': 0}\n"
                                "def restock(article, count):\n    articles[article] += count\n    return articles[article]\n"
                                "print(len(articles), 'articles in stock')\n") ||
               run(interpreter, "try:\n    open('/tmp/never-written', 'w')\nexcept OSError as error:\n    print('refused:', type(error).__name__)") ||
               run(interpreter, "print('pears cost', cordon.call('price', 'pears'))") || store(interpreter, arguments[3]);
    return take_up(interpreter, arguments[3]) || run(interpreter, "print('pears:', restock('pears', 10))");
}
