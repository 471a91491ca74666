/* Hides from the sealed layer how a sandbox leaves its last message and ends. */
#include "sealed/fatal.h"

#include "cordon/gate.h"
#include "cordon/protocol.h"

#include <string.h>

enum { MESSAGE_BYTES_MAX = 512 };

static sealed_message_function message_output;
static sealed_leave_function leave_function;
static void (*explain_function)(void);

void sealed_fatal_set_output(sealed_message_function output)
{
    message_output = output;
}

void sealed_fatal_set_explanation(void (*explain)(void))
{
    explain_function = explain;
}

void sealed_exit_set_leave(sealed_leave_function leave)
{
    leave_function = leave;
}

/* `said` is what the leave function hears; the process's own exit code is its lowest byte. */
static _Noreturn void leave_with(int said)
{
    sealed_leave_function leave = leave_function;

    leave_function = NULL; /* a leave function that fails itself must not be asked again */
    if (leave)
        leave(said);
    for (;;)
        cordon_gate(CORDON_GATE_EXIT, NULL, (unsigned long)(said & 0xff));
}

_Noreturn void sealed_exit_now(int exit_code)
{
    leave_with(exit_code & 0xff);
}

_Noreturn void sealed_exit_by_signal(int number)
{
    leave_with(CORDON_EXIT_CODE_OF_SIGNAL(number));
}

static void write_message(const char *text, size_t length)
{
    if (message_output) {
        message_output(text, length);
        return;
    }
    while (length > 0) {
        long written = cordon_gate(CORDON_GATE_WRITE, (void *)text, length);
        if (written <= 0)
            return;
        text += written;
        length -= (size_t)written;
    }
}

static size_t append(char *buffer, size_t used, const char *text)
{
    while (*text && used < MESSAGE_BYTES_MAX - 1)
        buffer[used++] = *text++;
    return used;
}

_Noreturn void sealed_fatal_detail(const char *message, const char *detail, int exit_code)
{
    static char buffer[MESSAGE_BYTES_MAX]; /* not on the stack: the stack may be what is damaged */
    size_t used;

    if (exit_code == SEALED_EXIT_DAMAGED && explain_function)
        explain_function();
    used = append(buffer, 0, "cordon: ");
    used = append(buffer, used, message);
    if (detail) {
        used = append(buffer, used, ": ");
        used = append(buffer, used, detail);
    }
    buffer[used++] = '\n';
    write_message(buffer, used);
    sealed_exit_now(exit_code);
}

_Noreturn void sealed_fatal(const char *message, int exit_code)
{
    sealed_fatal_detail(message, NULL, exit_code);
}
