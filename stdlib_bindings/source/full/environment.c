/* Environment variables: libc's signatures, and its variable `environ`, on host_env/env.h. */
#include "bind_internal.h"
#include "bindings/bind.h"
#include "host_env/env.h"
#include "prototypes.h"

/* The variables that the policy lets be read, each asked for by its name. The texts are the host's; nothing that CPython does writes through
 * them. Like libc's own, the list may move when a variable is set. */
char **cordon_bind_environ;

static bool has_name(const char *entry, const char *name, size_t length) { return strncmp(entry, name, length) == 0 && entry[length] == '='; }

static bool may_be_read(const char *entry)
{
    const char *value, *equals = strchr(entry, '=');
    if (equals == NULL || bind_is_hidden(entry, (size_t)(equals - entry))) return false;
    char *name = strndup(entry, (size_t)(equals - entry));
    bool result = name != NULL && BIND(env_get, name, &value) == 0;
    free(name);
    return result;
}

/* Only `changed` is asked for, or everything if it is NULL: of the others it is known already whether they may be read, and that they were read
 * again by who sets one would be untrue. Both lists have the same order. */
static void refresh(const char *changed)
{
    const char *const *all;
    size_t count = 0, kept = 0, length = changed == NULL ? 0 : strlen(changed);
    char **before = cordon_bind_environ, **next = before;
    cordon_bind_environ = NULL;
    if (BIND(env_list, &all) == 0) {
        while (all[count] != NULL) count++;
        cordon_bind_environ = calloc(count + 1, sizeof *cordon_bind_environ);
    }
    for (size_t i = 0; cordon_bind_environ != NULL && i < count; i++) {
        while (next != NULL && *next != NULL && changed != NULL && has_name(*next, changed, length)) next++;
        bool is_known = changed != NULL && !has_name(all[i], changed, length);
        bool is_kept = is_known ? next != NULL && *next == all[i] : may_be_read(all[i]);
        if (is_kept) cordon_bind_environ[kept++] = (char *)all[i];
        if (is_kept && is_known) next++;
    }
    free(before);
}

void bind_environment_refresh(void) { refresh(NULL); }

char *cordon_bind_getenv(const char *name)
{
    const char *value;
    if (bind_is_hidden(name, strlen(name))) return NULL;
    return BIND(env_get, name, &value) == 0 ? (char *)value : NULL;
}

int cordon_bind_setenv(const char *name, const char *value, int replace)
{
    if (bind_is_hidden(name, strlen(name))) return 0;
    int result = BIND(env_set, name, value, replace ? HOST_ENV_REPLACE : HOST_ENV_KEEP);
    refresh(name);
    return result;
}

int cordon_bind_unsetenv(const char *name)
{
    if (bind_is_hidden(name, strlen(name))) return 0;
    int result = BIND(env_unset, name);
    refresh(name);
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
