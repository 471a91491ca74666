/* What a sandbox runs, and how it is run; hides from the two ways of use (alone, supervised) what CPython must be told.
 */
#ifndef SANDBOX_PROGRAM_H
#define SANDBOX_PROGRAM_H

#include <stddef.h>

enum sandbox_program_kind {
    SANDBOX_PROGRAM_SCRIPT,
    SANDBOX_PROGRAM_COMMAND,
    SANDBOX_PROGRAM_MODULE,
    SANDBOX_PROGRAM_INPUT
};

/* All strings are UTF-8, NUL-terminated and borrowed; they must live until sandbox_program_run returns. */
struct sandbox_program {
    enum sandbox_program_kind kind;
    const char *text;             /* path, command or module name; not used when the program comes as standard input */
    const char *first_argument;   /* sys.argv[0]: "" for input that nobody named, as python has it */
    const char *const *arguments; /* sys.argv[1:] */
    size_t argument_count;
};

/* Starts CPython, runs the program, ends CPython: the exit code as python gives it. A CPython that cannot start says
 * why on standard error, and the code is CORDON_EXIT_SETUP_FAILED. Once per process. */
int sandbox_program_run(const struct sandbox_program *program);

#endif
