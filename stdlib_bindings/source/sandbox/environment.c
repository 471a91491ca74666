/* Hides from CPython that its environment variables are the guest's own. */
#include "sealed/environment.h"

#include "result.h"

#include "sealed/heap.h"

#include <string.h>

/* The block never moves, so what reads `environ` sees every change. */
char **cordon_bind_environ = sealed_environment;

char *cordon_bind_getenv(const char *name)
{
    return (char *)sealed_environment_get(name);
}

int cordon_bind_setenv(const char *name, const char *value, int overwrite)
{
    return (int)sandbox_result(sealed_environment_set(name, value, overwrite));
}

int cordon_bind_unsetenv(const char *name)
{
    return (int)sandbox_result(sealed_environment_unset(name));
}

/* Takes a copy, where POSIX would keep the caller's string: nobody here changes a variable through it. */
int cordon_bind_putenv(char *variable)
{
    const char *equals = strchr(variable, '=');
    if (!equals)
        return cordon_bind_unsetenv(variable);
    size_t length = (size_t)(equals - variable);
    char *name = sealed_allocate(length + 1);
    if (!name)
        return sandbox_refuse(ENOMEM);
    memcpy(name, variable, length);
    name[length] = '\0';
    int result = cordon_bind_setenv(name, equals + 1, 1);
    sealed_release(name);
    return result;
}
