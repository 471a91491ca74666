/* A host that runs its second argument in the interpreter of its own process, under the policy file that is its third, if there is one. usage: embedded_host HOME SOURCE [POLICY] */
#include <stdio.h>

#include "cordon/cordon.h"
#include "cordon/interpreter.h"

int main(int argument_count, char **arguments)
{
    cordon_interpreter *interpreter;
    cordon_result *result;
    cordon_error error;
    cordon_interpreter_config config = CORDON_INTERPRETER_CONFIG_INIT;
    cordon_request request = CORDON_REQUEST_INIT;
    if (argument_count < 3)
        return 2;
    config.home = arguments[1];
    config.policy = argument_count > 3 ? arguments[3] : NULL;
    config.allows_everything = argument_count == 3;
    request.source = arguments[2];
    request.name = "embedded.py";
    if (cordon_interpreter_create(&config, &interpreter, &error) != CORDON_OK || cordon_interpreter_execute(interpreter, &request, &result, &error) != CORDON_OK) {
        fprintf(stderr, "%s: %s\n", error.operation, error.message);
        return 1;
    }
    printf("%s%s %s\n", result->standard_output.data, cordon_outcome_name(result->outcome), result->message);
    cordon_result_destroy(result);
    return 0;
}
