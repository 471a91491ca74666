/* The guest's environment variables; hides from adapters where the strings live. They are the guest's own: nothing of a
 * host's is in them. */
#ifndef SEALED_ENVIRONMENT_H
#define SEALED_ENVIRONMENT_H

#include <stdbool.h>

/* The most variables at once. */
#define SEALED_ENVIRONMENT_MAX 4095

/* NULL-terminated "NAME=value" strings, in the order they were first set. The array's address never changes, so
 * `environ` may point at it. */
extern char *sealed_environment[SEALED_ENVIRONMENT_MAX + 1];

/* The value, borrowed until the variable changes, or NULL. */
const char *sealed_environment_get(const char *name);

/* Copies both strings. 0, or -EINVAL (empty name or '=' in it), -ENOMEM (no memory, or too many variables). */
int sealed_environment_set(const char *name, const char *value, bool overwrite);

/* 0 also when there was none; -EINVAL as above. */
int sealed_environment_unset(const char *name);

/* Removes all variables. */
void sealed_environment_clear(void);

/* What a program finds when nobody configured anything: HOME, LANG, LOGNAME, PATH, USER. Existing variables are kept.
 */
int sealed_environment_set_defaults(void);

#endif
