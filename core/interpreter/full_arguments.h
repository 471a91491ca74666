/* What Cordon itself takes from the interpreter's command line. */
#ifndef CORE_INTERPRETER_FULL_ARGUMENTS_H
#define CORE_INTERPRETER_FULL_ARGUMENTS_H

/* FILE[:PROFILE] of the last `-X cordon-policy=FILE[:PROFILE]`, borrowed from the arguments; NULL if there is none. Only the interpreter's own options are
 * looked at, not those of the program it runs. */
const char *full_arguments_policy(int count, char *const *arguments);

#endif
