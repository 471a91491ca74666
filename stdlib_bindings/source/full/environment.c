/* Environment variables: libc's signatures, and its variable `environ`, on host_env/env.h. */
#include "bind_internal.h"
#include "bindings/bind.h"
#include "host_env/env.h"
#include "prototypes.h"

/* The list is the host's; nothing that CPython does writes through it. */
char **cordon_bind_environ;

void bind_environment_refresh(void)
{
    const char *const *list;
    cordon_bind_environ = BIND(env_list, &list) == 0 ? (char **)list : NULL;
}

char *cordon_bind_getenv(const char *name)
{
    const char *value;
    return BIND(env_get, name, &value) == 0 ? (char *)value : NULL;
}

int cordon_bind_setenv(const char *name, const char *value, int replace)
{
    int result = BIND(env_set, name, value, replace ? HOST_ENV_REPLACE : HOST_ENV_KEEP);
    bind_environment_refresh();
    return result;
}

int cordon_bind_unsetenv(const char *name)
{
    int result = BIND(env_unset, name);
    bind_environment_refresh();
    return result;
}

/* libc keeps the caller's text; a copy serves those who do not change it afterwards, and no one else may. */
int cordon_bind_putenv(char *text)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL) return cordon_bind_unsetenv(text);
    char *name = strndup(text, (size_t)(equals - text));
    if (name == NULL) return -1;
    int result = cordon_bind_setenv(name, equals + 1, 1);
    free(name);
    return result;
}
