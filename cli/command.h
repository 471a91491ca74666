/* The commands of `cordon`, one file each; main.c has their table. */
#ifndef CORDON_CLI_COMMAND_H
#define CORDON_CLI_COMMAND_H

#include "host_env/host_env.h"

/* What each command is given. Borrowed for the call. */
typedef struct command_context {
    host_env *env;         /* allows everything that the person at the terminal may do */
    char **environment;    /* as main() got it */
    const char *binaries;  /* folder of this program: the other programs are beside it */
} command_context;

/* Runs a command; `arguments` begin after its name and end with NULL. Returns the exit code of the process. */
typedef int (*command_function)(const command_context *context, int argument_count, char **arguments);

int command_audit(const command_context *context, int argument_count, char **arguments);
int command_doctor(const command_context *context, int argument_count, char **arguments);
int command_image(const command_context *context, int argument_count, char **arguments);
int command_plugin(const command_context *context, int argument_count, char **arguments);
int command_policy(const command_context *context, int argument_count, char **arguments);
int command_snapshot(const command_context *context, int argument_count, char **arguments);
int command_run(const command_context *context, int argument_count, char **arguments);

/* Writes one line to standard error: "cordon: ...". */
void command_complain(const command_context *context, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Writes text to a descriptor, whole. Returns 0, or -1 if it cannot be written. */
int command_write(const command_context *context, int fd, const char *text);

#endif
