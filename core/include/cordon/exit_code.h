/* Exit codes of Cordon's own outcomes. A program's own code passes through; these mean that Cordon ended it or never started it. Never reused. */
#ifndef CORDON_EXIT_CODE_H
#define CORDON_EXIT_CODE_H

/* X(name, code, meaning) */
#define CORDON_EXIT_TABLE(X)                                                                                           \
    X(USAGE, 120, "wrong usage, or a policy that cannot be read")                                                      \
    X(SETUP_FAILED, 121, "a protection or the interpreter could not be set up; nothing was run")                       \
    X(DENIED, 122, "an access was denied, is new beside a baseline or a journal, or is one that was asked to fail")    \
    X(LIMIT, 123, "a limit was reached, waiting for ever included")                                                    \
    X(CRASHED, 124, "the sandbox crashed, made a forbidden system call, or broke the protocol")                        \
    X(AUDIT_INCOMPLETE, 125, "output, a record, report, baseline, trace, journal or snapshot could not be kept, or is incomplete") \
    X(SUSPENDED, 126, "the program waits for effects that nobody has answered")

enum cordon_exit_code {
#define CORDON_EXIT_ENUM(name, code, meaning) CORDON_EXIT_##name = code,
    CORDON_EXIT_TABLE(CORDON_EXIT_ENUM)
#undef CORDON_EXIT_ENUM
};

#endif
