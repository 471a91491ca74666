/* cordon_sandbox.o inside an ordinary program that brings its own gate: nothing of the host's C library meets the
 * sandbox's. */
#include "cordon/gate.h"
#include "cordon/sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>

static const char *input;
static char output[4096];
static size_t output_size;
static unsigned long exit_code = 1000;

long cordon_gate(long operation, void *buffer, unsigned long size)
{
    size_t count = 0;

    switch (operation) {
    case CORDON_GATE_READ:
        count = strlen(input) < size ? strlen(input) : size;
        memcpy(buffer, input, count);
        input += count;
        return (long)count;
    case CORDON_GATE_WRITE:
        count = size < 5 ? size : 5; /* a gate may take less than it is offered */
        if (output_size + count >= sizeof output)
            return -ENOSPC;
        memcpy(output + output_size, buffer, count);
        output_size += count;
        return (long)count;
    default:
        exit_code = size;
        pthread_exit(NULL);
    }
}

static void *run(void *unused)
{
    (void)unused;
    cordon_sandbox_main();
}

static void program_runs_through_an_embedders_gate(void **state)
{
    pthread_attr_t attributes;
    pthread_t thread;

    (void)state;
    input = "import json, sys\nprint(json.dumps({'sum': sum(range(100))}))\nsys.exit(3)\n";
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstacksize(&attributes, CORDON_SANDBOX_STACK_BYTES), 0);
    assert_int_equal(pthread_create(&thread, &attributes, run, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);

    assert_string_equal(output, "{\"sum\": 4950}\n");
    assert_int_equal(exit_code, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(program_runs_through_an_embedders_gate)};

    return cmocka_run_group_tests_name("sandbox embedded", tests, NULL, NULL);
}
