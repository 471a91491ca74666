#include "engine_support.h"

#include <string.h>
#include <time.h>

const char *test_image;

void check_status(cordon_status status, const cordon_error *error)
{
    if (status != CORDON_OK)
        fail_msg("%s: %s: %s", error->operation, cordon_status_name(error->status), error->message);
}

cordon_engine *test_engine(const cordon_engine_config *config)
{
    cordon_error error;
    cordon_engine *engine = NULL;
    cordon_engine_config own = CORDON_ENGINE_CONFIG_INIT;
    if (config != NULL)
        own = *config;
    own.image = test_image;
    own.start_timeout_ns = 60000000000; /* however busy the machine is */
    check_status(cordon_engine_create(&own, &engine, &error), &error);
    return engine;
}

cordon_sandbox *test_sandbox(cordon_engine *engine)
{
    cordon_error error;
    cordon_sandbox *sandbox = NULL;
    check_status(cordon_sandbox_create(engine, NULL, &sandbox, &error), &error);
    return sandbox;
}

cordon_result *test_execute(cordon_sandbox *sandbox, const char *source)
{
    cordon_error error;
    cordon_result *result = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = source;
    check_status(cordon_sandbox_execute(sandbox, &request, &result, &error), &error);
    return result;
}

void assert_outcome(const cordon_result *result, cordon_outcome outcome)
{
    if (result->outcome != outcome)
        fail_msg("%s, not %s: %s\n%s", cordon_outcome_name(result->outcome), cordon_outcome_name(outcome),
                 result->message, result->exception ? result->exception->traceback : "");
}

void assert_value(cordon_sandbox *sandbox, const char *source, const char *json)
{
    char *text = NULL;
    cordon_error error;
    cordon_result *result = test_execute(sandbox, source);
    assert_outcome(result, CORDON_OUTCOME_OK);
    check_status(cordon_value_to_json(result->value, &text, NULL, &error), &error);
    assert_string_equal(text, json);
    cordon_text_release(text);
    cordon_result_destroy(result);
}

uint64_t test_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void test_sleep_ms(unsigned milliseconds)
{
    const struct timespec duration = {.tv_sec = milliseconds / 1000, .tv_nsec = (long)(milliseconds % 1000) * 1000000};
    nanosleep(&duration, NULL);
}
