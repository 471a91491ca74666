/* The smallest embedding: one execution, its output and its value. usage: smallest IMAGE */
#include <stdio.h>
#include "cordon/cordon.h"

int main(int argument_count, char **arguments)
{
    cordon_error error = {0};
    cordon_engine *engine = NULL;
    cordon_sandbox *sandbox = NULL;
    cordon_result *result = NULL;
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    cordon_request request = CORDON_REQUEST_INIT;
    config.image = argument_count > 1 ? arguments[1] : "cordon-sandbox";
    request.source = "print('hello from inside'); sum(range(10))";
    if (cordon_engine_create(&config, &engine, &error) == CORDON_OK && cordon_sandbox_create(engine, NULL, &sandbox, &error) == CORDON_OK &&
        cordon_sandbox_execute(sandbox, &request, &result, &error) == CORDON_OK) {
        int64_t sum = 0;
        cordon_value_get_int(result->value, &sum);
        printf("%s%s, the value is %lld\n", result->standard_output.data, cordon_outcome_name(result->outcome), (long long)sum);
    } else
        fprintf(stderr, "%s: %s\n", error.operation, error.message);
    int failed = result == NULL || result->outcome != CORDON_OUTCOME_OK;
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
    return failed;
}
