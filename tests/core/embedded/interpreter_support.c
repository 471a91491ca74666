#include "interpreter_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

cordon_interpreter *interpreter;
const char *home, *work;

void take_arguments(int count, char **arguments)
{
    if (count < 3) {
        fprintf(stderr, "usage: %s HOME WORK\n", arguments[0]);
        exit(2);
    }
    home = arguments[1];
    work = arguments[2];
}

void assert_done(cordon_status status, const cordon_error *error)
{
    if (status != CORDON_OK)
        fail_msg("%s: %s: %s", error->operation, cordon_status_name(status), error->message);
}

cordon_result *execute(const char *source)
{
    cordon_request request = CORDON_REQUEST_INIT;
    cordon_result *result;
    cordon_error error;
    request.source = source;
    assert_done(cordon_interpreter_execute(interpreter, &request, &result, &error), &error);
    return result;
}

const char *value_of(const char *source)
{
    static char *text;
    cordon_error error;
    cordon_result *result = execute(source);
    if (result->outcome != CORDON_OUTCOME_OK)
        fail_msg("%s: %s\n%s", cordon_outcome_name(result->outcome), result->message, result->exception ? result->exception->traceback : "");
    cordon_text_release(text);
    text = NULL;
    assert_done(cordon_value_to_json(result->value, &text, NULL, &error), &error);
    cordon_result_destroy(result);
    return text;
}

const char *exception_of(const char *source, const char *type)
{
    static char text[4096];
    cordon_result *result = execute(source);
    if (result->outcome != CORDON_OUTCOME_PYTHON_EXCEPTION)
        fail_msg("%s, not an exception: %s", cordon_outcome_name(result->outcome), source);
    assert_string_equal(result->exception->type, type);
    snprintf(text, sizeof text, "%s", result->exception->message);
    cordon_result_destroy(result);
    return text;
}
