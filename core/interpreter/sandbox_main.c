/* Entry of cordon_sandbox.o. Hides from the gate's owner what a sandbox is made of; tells a program from a supervisor
 * by the first byte. */
#include "cordon/exit_code.h"
#include "cordon/gate.h"
#include "cordon/sandbox.h"
#include "sandbox_boot.h"
#include "sandbox_program.h"
#include "sandbox_streams.h"
#include "sandbox_where.h"
#include "worker_figures.h"
#include "worker_serve.h"

#include "sealed/fatal.h"
#include "sealed/fs.h"
#include "sealed/limit.h"
#include "sealed/thread.h"

static int run_alone(unsigned char first_byte)
{
    const struct sandbox_program program = {.kind = SANDBOX_PROGRAM_INPUT, .first_argument = ""};

    worker_serve_forget();
    sandbox_streams_begin_alone(first_byte);
    if (sealed_fs_change_directory("/home/sandbox") != 0) /* where the guest may write */
        sealed_fatal("the sandbox cannot be set up: it has no home", CORDON_EXIT_SETUP_FAILED);
    return sandbox_program_run(&program);
}

static int run_supervised(unsigned char first_byte)
{
    sandbox_streams_begin_framed();
    return worker_serve(first_byte);
}

void cordon_sandbox_faulted(const void *stack_pointer, int is_in_guard)
{
    if (is_in_guard)
        sealed_stack_exhausted(CORDON_SANDBOX_STACK_BYTES, true);
    sealed_thread_explain_overflow(stack_pointer);
    worker_figures_send();
}

_Noreturn void cordon_sandbox_main(void)
{
    unsigned char first_byte;
    long count;

    sandbox_boot();
    sandbox_where_begin();
    count = cordon_gate(CORDON_GATE_READ, &first_byte, 1);
    if (count <= 0)
        sealed_exit_now(count == 0 ? 0 : CORDON_EXIT_SETUP_FAILED); /* an empty program does nothing, successfully */
    sealed_exit_now(first_byte == '\0' ? run_supervised(first_byte) : run_alone(first_byte));
}
