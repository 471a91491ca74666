/* Environment variables: libc's signatures, and its variable `environ`, on host_env/env.h. */
#include "bind_internal.h"
#include "bindings/bind.h"
#include "host_env/env.h"
#include "prototypes.h"

/* The variables that the policy lets be read, each asked for by its name. The texts are the host's; nothing that CPython does writes through
 * them. Like libc's own, the list may move when a variable is set. */
char **cordon_bind_environ;

static bool may_be_read(const char *entry)
{
    const char *value, *equals = strchr(entry, '=');
    char *name = equals == NULL ? NULL : strndup(entry, (size_t)(equals - entry));
    bool result = name != NULL && BIND(env_get, name, &value) == 0;
    free(name);
    return result;
}

void bind_environment_refresh(void)
{
    const char *const *all;
    size_t count = 0, kept = 0;
    free(cordon_bind_environ);
    cordon_bind_environ = NULL;
    if (BIND(env_list, &all) != 0) return;
    while (all[count] != NULL) count++;
    char **list = calloc(count + 1, sizeof *list);
    if (list == NULL) return;
    for (size_t i = 0; i < count; i++)
        if (may_be_read(all[i])) list[kept++] = (char *)all[i];
    cordon_bind_environ = list;
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
