/* Keeps the guest's variables; hides who owns which string. */
#include "sealed/environment.h"

#include "sealed/error.h"
#include "sealed/heap.h"

#include <stddef.h>
#include <string.h>

char *sealed_environment[SEALED_ENVIRONMENT_MAX + 1];
/* Strings that were made here. A program may put its own into the array; those are never freed. */
static char *owned[SEALED_ENVIRONMENT_MAX + 1];

static const char *const defaults[][2] = {
    {"HOME", "/home/sandbox"}, {"LANG", "C.UTF-8"}, {"LOGNAME", "sandbox"}, {"PATH", "/usr/bin"}, {"USER", "sandbox"},
};

static bool is_name(const char *name)
{
    return name && name[0] != '\0' && !strchr(name, '=');
}

/* The variable's index, or the number of variables. */
static size_t index_of(const char *name)
{
    size_t length = strlen(name);
    size_t i = 0;
    while (sealed_environment[i] &&
           (strncmp(sealed_environment[i], name, length) != 0 || sealed_environment[i][length] != '='))
        i++;
    return i;
}

const char *sealed_environment_get(const char *name)
{
    if (!is_name(name))
        return NULL;
    const char *variable = sealed_environment[index_of(name)];
    return variable ? variable + strlen(name) + 1 : NULL;
}

static void release_at(size_t i)
{
    if (owned[i] && owned[i] == sealed_environment[i])
        sealed_release(owned[i]);
    owned[i] = NULL;
}

int sealed_environment_set(const char *name, const char *value, bool overwrite)
{
    if (!is_name(name) || !value)
        return -SEALED_EINVAL;
    size_t i = index_of(name);
    if (sealed_environment[i] && !overwrite)
        return 0;
    if (i >= SEALED_ENVIRONMENT_MAX)
        return -SEALED_ENOMEM;
    size_t name_length = strlen(name), value_length = strlen(value);
    char *variable = sealed_allocate(name_length + value_length + 2);
    if (!variable)
        return -SEALED_ENOMEM;
    memcpy(variable, name, name_length);
    variable[name_length] = '=';
    memcpy(variable + name_length + 1, value, value_length + 1);
    /* Freed after the copy: `value` may be the old one. */
    release_at(i);
    sealed_environment[i] = owned[i] = variable;
    return 0;
}

int sealed_environment_unset(const char *name)
{
    if (!is_name(name))
        return -SEALED_EINVAL;
    size_t i = index_of(name);
    if (!sealed_environment[i])
        return 0;
    release_at(i);
    for (; sealed_environment[i]; i++) {
        sealed_environment[i] = sealed_environment[i + 1];
        owned[i] = owned[i + 1];
    }
    return 0;
}

void sealed_environment_clear(void)
{
    for (size_t i = 0; sealed_environment[i]; i++) {
        release_at(i);
        sealed_environment[i] = NULL;
    }
}

int sealed_environment_set_defaults(void)
{
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++) {
        int error = sealed_environment_set(defaults[i][0], defaults[i][1], false);
        if (error)
            return error;
    }
    return 0;
}
