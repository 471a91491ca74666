/* Hides which variables of the environment CPython does not see but hands on to every program that it starts. */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "bind_internal.h"
#include "bindings/bind.h"

enum { HIDDEN_MAX = 4 };

static struct {
    size_t count;
    const char *assignments[HIDDEN_MAX];
} hidden;

void bind_hide_variable(const char *assignment)
{
    if (hidden.count < HIDDEN_MAX) hidden.assignments[hidden.count++] = assignment;
}

bool bind_is_hidden(const char *name, size_t length)
{
    for (size_t i = 0; i < hidden.count; i++)
        if (strncmp(hidden.assignments[i], name, length) == 0 && hidden.assignments[i][length] == '=') return true;
    return false;
}

/* Without an environment a program gets the host's own, where they are. */
size_t bind_started_count(char *const *environment)
{
    size_t count = 0;
    if (hidden.count == 0 || environment == NULL) return 0;
    while (environment[count] != NULL) count++;
    return count + hidden.count + 1;
}

char *const *bind_started(char *const *environment, char **room)
{
    size_t used = 0;
    for (size_t i = 0; environment[i] != NULL; i++)
        if (!bind_is_hidden(environment[i], strcspn(environment[i], "="))) room[used++] = environment[i];
    for (size_t i = 0; i < hidden.count; i++) room[used++] = (char *)hidden.assignments[i];
    room[used] = NULL;
    return room;
}
