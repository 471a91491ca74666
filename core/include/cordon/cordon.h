/* libcordon: Python in sandboxes. The umbrella header.
 *
 * An engine (engine.h) starts sandboxes from an image, each a process with its own interpreter that can make three system calls: read, write, exit. execute.h runs code in one and
 * tells how it ended; callback.h gives it functions of the host and effects, which leave an execution suspended until it is resumed, files.h files, journal.h a record of calls that can be replayed; value.h has the values that travel, outcome.h the ends, limits.h the limits, error.h the errors.
 *
 * interpreter.h, which is not included here, runs Python in the host's own process, and needs libcordon_full in place of libcordon.
 *
 * Every function takes its subject first, then inputs, outputs (`_out`), and `cordon_error *error` (may be NULL) last. It returns CORDON_OK or why nothing was done; outputs are then
 * neutral. All-zero settings are the safest. Structs of settings begin with struct_size, set by their _INIT macro, so that a program built against an older header goes on working.
 *
 * Ownership: `T **x_out` is yours to release, a `const` pointer returned is borrowed from the first argument, `T *x` is borrowed for the call unless its function says "adopts".
 * Threads: see engine.h. Signals: a sandbox that dies raises none in its host, SIGPIPE neither; no handler is changed, and a mask only while an engine makes its thread.
 *
 * An example, which the tests build and run:
 * [example]
 *     #include <stdio.h>
 *     #include <string.h>
 *     #include "cordon/cordon.h"
 *
 *     static void greet(void *context, cordon_call *call)
 *     {
 *         char text[128];
 *         (void)context;
 *         snprintf(text, sizeof text, "hello, %s", cordon_value_get_text(cordon_call_argument(call, "name"), NULL));
 *         cordon_call_answer(call, cordon_value_text(text));
 *     }
 *
 *     int main(int argument_count, char **arguments)
 *     {
 *         cordon_error error;
 *         cordon_engine *engine = NULL;
 *         cordon_sandbox *sandbox = NULL;
 *         cordon_result *result = NULL;
 *         int failed = 1;
 *         cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
 *         config.image = argument_count > 1 ? arguments[1] : "build/bin/cordon-sandbox";
 *         const cordon_parameter name = { .name = "name", .type = "str" };
 *         cordon_callback callback = CORDON_CALLBACK_INIT;
 *         callback.name = "greet";
 *         callback.parameters = &name;
 *         callback.parameter_count = 1;
 *         callback.function = greet;
 *         cordon_request request = CORDON_REQUEST_INIT;
 *         request.source = "import cordon\nprint(cordon.call('greet', name='world'))\n6 * 7";
 *
 *         if (cordon_engine_create(&config, &engine, &error) == CORDON_OK && cordon_engine_register(engine, &callback, &error) == CORDON_OK &&
 *             cordon_sandbox_create(engine, NULL, &sandbox, &error) == CORDON_OK &&
 *             cordon_sandbox_execute(sandbox, &request, &result, &error) == CORDON_OK) {
 *             int64_t answer = 0;
 *             cordon_value_get_int(result->value, &answer);
 *             printf("%s%s, %lld\n", result->standard_output.data, cordon_outcome_name(result->outcome), (long long)answer);
 *             failed = result->outcome != CORDON_OUTCOME_OK || answer != 42;
 *         } else {
 *             fprintf(stderr, "%s: %s\n", error.operation, error.message);
 *         }
 *         cordon_result_destroy(result);
 *         cordon_sandbox_destroy(sandbox);
 *         cordon_engine_destroy(engine);
 *         return failed;
 *     }
 * [end of example]
 */
#ifndef CORDON_CORDON_H
#define CORDON_CORDON_H

#include "cordon/access.h"
#include "cordon/callback.h"
#include "cordon/engine.h"
#include "cordon/error.h"
#include "cordon/execute.h"
#include "cordon/exit_code.h"
#include "cordon/files.h"
#include "cordon/journal.h"
#include "cordon/limits.h"
#include "cordon/outcome.h"
#include "cordon/plugin.h"
#include "cordon/snapshot.h"
#include "cordon/value.h"

#endif
