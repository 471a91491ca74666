/* Finds Cordon's own option before CPython reads the command line, by CPython's rules (Python/getopt.c). */
#include "full_arguments.h"

#include <stddef.h>
#include <string.h>

static const char option_prefix[] = "cordon-policy=";

static const char *policy_of(const char *value)
{
    return value != NULL && strncmp(value, option_prefix, sizeof option_prefix - 1) == 0 ? value + sizeof option_prefix - 1 : NULL;
}

const char *full_arguments_policy(int count, char *const *arguments)
{
    const char *policy = NULL;
    for (int i = 1; i < count && arguments[i][0] == '-' && arguments[i][1] != '\0'; i++) {
        if (strcmp(arguments[i], "--") == 0) break;
        if (arguments[i][1] == '-') {
            /* The only long option whose value is an argument of its own. */
            if (strcmp(arguments[i], "--check-hash-based-pycs") == 0) i++;
            continue;
        }
        for (const char *letter = arguments[i] + 1; *letter != '\0'; letter++) {
            if (*letter == 'c' || *letter == 'm') return policy; /* the rest is the program's */
            if (*letter != 'W' && *letter != 'X') continue;
            const char *value = letter[1] != '\0' ? letter + 1 : i + 1 < count ? arguments[++i] : NULL;
            if (*letter == 'X' && policy_of(value) != NULL) policy = policy_of(value);
            break;
        }
    }
    return policy;
}
