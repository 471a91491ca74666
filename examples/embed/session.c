/* A session with state: what one execution leaves is there for the next; one that runs away is interrupted, and the session goes on; a trace shows where a result comes from.
 * usage: session IMAGE */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cordon/cordon.h"

/* Stands for a person at a "stop" button. */
static void *press_stop(void *sandbox)
{
    const struct timespec pause = {.tv_nsec = 100000000};
    do
        nanosleep(&pause, NULL);
    while (!cordon_sandbox_interrupt(sandbox)); /* nothing runs yet */
    return NULL;
}

static int show_step(void *context, const cordon_trace_event *events, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++)
        printf("  %s %s, line %u\n", events[i].kind == CORDON_TRACE_CALL ? "into" : "out of", events[i].function, events[i].line);
    return 0;
}

static bool execute(cordon_sandbox *sandbox, const cordon_request *request, cordon_error *error)
{
    cordon_result *result = NULL;
    char *value = NULL;
    if (cordon_sandbox_execute(sandbox, request, &result, error) != CORDON_OK)
        return false;
    fputs(result->standard_output.data, stdout);
    if (cordon_value_to_json(result->value, &value, NULL, error) == CORDON_OK)
        printf("%s: %s%s\n", cordon_outcome_name(result->outcome), result->exception != NULL ? result->exception->type : value,
               result->session_goes_on ? "" : "; the session has ended");
    bool goes_on = result->session_goes_on;
    cordon_text_release(value);
    cordon_result_destroy(result);
    return goes_on;
}

static bool run(cordon_sandbox *sandbox, const char *source, cordon_error *error)
{
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = source;
    return execute(sandbox, &request, error);
}

static bool run_traced(cordon_sandbox *sandbox, const char *source, cordon_error *error)
{
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = source;
    request.trace = CORDON_TRACE_CALL | CORDON_TRACE_RETURN;
    request.on_trace = show_step;
    return execute(sandbox, &request, error);
}

static bool run_away_and_be_stopped(cordon_sandbox *sandbox, cordon_error *error)
{
    pthread_t person;
    if (pthread_create(&person, NULL, press_stop, sandbox) != 0)
        return false;
    bool goes_on = run(sandbox, "while True:\n    visits += 1", error);
    pthread_join(person, NULL);
    return goes_on;
}

int main(int argument_count, char **arguments)
{
    cordon_error error = {0};
    cordon_engine *engine = NULL;
    cordon_sandbox *sandbox = NULL;
    cordon_session_figures figures;
    int failed = 1;
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    config.image = argument_count > 1 ? arguments[1] : "cordon-sandbox";
    if (cordon_engine_create(&config, &engine, &error) == CORDON_OK && cordon_sandbox_create(engine, NULL, &sandbox, &error) == CORDON_OK &&
        run(sandbox, "visits = 0\ndef visit():\n    global visits\n    visits += 1\n    return visits\nvisit()", &error) && run(sandbox, "visit()", &error) &&
        run(sandbox, "visit() / 0", &error) && run_away_and_be_stopped(sandbox, &error) && run(sandbox, "visits > 3", &error) &&
        run_traced(sandbox, "visit() > 3", &error)) {
        cordon_sandbox_get_session_figures(sandbox, &figures);
        printf("%llu executions\n", (unsigned long long)figures.executions);
        failed = 0;
    } else {
        fprintf(stderr, "%s: %s\n", error.operation ? error.operation : "session", error.message);
    }
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
    return failed;
}
