/* Makes and frees the environment: the policy, the record, the roots and the table of operations that all functions share. */
#include <stdlib.h>
#include <string.h>

#include "error_text.h"
#include "roots.h"

static host_status refuse(host_error *error, host_status status, int code, const char *path)
{
    host_access access = { .status = status, .host_code = code };
    if (path != NULL) {
        access.arguments[access.argument_count++] = (host_argument){ HOST_ARGUMENT_PATH, "root", { .text = path } };
    }
    if (error != NULL) {
        host_error_describe(error, &access, NULL);
        error->operation = "env_create";
    }
    return status;
}

/* An older caller's struct is shorter: what it lacks stays zero, the safest value. A longer one may only be longer by zeros. */
static bool read_config(const host_env_config *config, host_env_config *config_out)
{
    if (config == NULL || config->struct_size < offsetof(host_env_config, decide_context)) {
        return false;
    }
    size_t size = config->struct_size < sizeof(*config_out) ? config->struct_size : sizeof(*config_out);
    for (size_t i = sizeof(*config_out); i < config->struct_size; i++) {
        if (((const unsigned char *)config)[i] != 0) {
            return false;
        }
    }
    *config_out = (host_env_config)HOST_ENV_CONFIG_INIT;
    memcpy(config_out, config, size);
    return config_out->path_mode <= HOST_PATHS_ANY && (config_out->root_count == 0 || config_out->roots != NULL) &&
           (config_out->allowed_always & ~HOST_CAPABILITIES_ALL) == 0;
}

static uint64_t answered_beforehand(const host_env_config *config)
{
    _Static_assert(HOST_CAPABILITY_COUNT < 64, "a set of capabilities is one word");
    return config->decide != NULL ? config->allowed_always : 0;
}

/* Room is kept for what host_env_narrow adds, so that the list stays where it is while others read it. */
enum { ROOTS_BY_NARROWING = 2 };

static host_status open_roots(host_env *env, const host_env_config *config, host_error *error)
{
    env->roots = calloc(config->root_count + ROOTS_BY_NARROWING, sizeof(*env->roots));
    if (env->roots == NULL) {
        return refuse(error, HOST_NO_MEMORY, ENOMEM, NULL);
    }
    for (size_t i = 0; i < config->root_count; i++) {
        const host_root *root = &config->roots[i];
        if (root->path == NULL || root->path[0] != '/') {
            return refuse(error, HOST_INVALID_ARGUMENT, EINVAL, root->path);
        }
        env->root_count = i + 1; /* first, so that a half-opened root is closed too */
        int code = host_root_open_path(&env->operations, root, &env->roots[i]);
        if (code != 0) {
            return refuse(error, host_status_from_errno(code), code, root->path);
        }
    }
    return HOST_OK;
}

host_status host_env_create(const host_env_config *config, host_env **env_out, host_error *error)
{
    host_env_config checked;
    if (env_out == NULL) {
        return refuse(error, HOST_INVALID_ARGUMENT, EINVAL, NULL);
    }
    *env_out = NULL;
    if (!read_config(config, &checked)) {
        return refuse(error, HOST_INVALID_ARGUMENT, EINVAL, NULL);
    }
    host_env *env = calloc(1, sizeof(*env));
    if (env == NULL) {
        return refuse(error, HOST_NO_MEMORY, ENOMEM, NULL);
    }
    env->decide = checked.decide;
    env->decide_context = checked.decide_context;
    env->decide_name = checked.decide_name;
    env->answered = answered_beforehand(&checked);
    env->record = checked.record;
    env->record_context = checked.record_context;
    env->path_mode = checked.path_mode;
    env->operations = host_operations_real;
    host_status status = open_roots(env, &checked, error);
    if (status != HOST_OK) {
        host_env_destroy(env);
        return status;
    }
    *env_out = env;
    return HOST_OK;
}

/* With free paths there were no roots: the whole tree becomes one that asks about names, and the library one that does not. */
static host_status confine(host_env *env, const char *library, host_error *error)
{
    const host_root wanted[ROOTS_BY_NARROWING] = {
        { "/", HOST_ROOT_READ | HOST_ROOT_WRITE | HOST_ROOT_CROSS_MOUNTS | HOST_ROOT_BY_NAME },
        { library, HOST_ROOT_READ | HOST_ROOT_CROSS_MOUNTS },
    };
    size_t count = library == NULL ? 1 : 2;
    for (size_t i = 0; i < count; i++) {
        int code = host_root_open_path(&env->operations, &wanted[i], &env->roots[i]);
        if (code != 0) {
            for (size_t opened = 0; opened <= i; opened++) {
                host_root_close(&env->operations, &env->roots[opened]);
            }
            return refuse(error, host_status_from_errno(code), code, wanted[i].path);
        }
    }
    __atomic_store_n(&env->root_count, count, __ATOMIC_RELEASE);
    __atomic_store_n(&env->path_mode, HOST_PATHS_BENEATH_ROOTS, __ATOMIC_RELEASE);
    return HOST_OK;
}

host_status host_env_narrow(host_env *env, const host_narrowing *narrowing, host_error *error)
{
    if (env == NULL || narrowing == NULL) {
        return refuse(error, HOST_INVALID_ARGUMENT, EINVAL, NULL);
    }
    if (narrowing->holds_names && env->path_mode == HOST_PATHS_ANY) {
        host_status status = confine(env, narrowing->library, error);
        if (status != HOST_OK) {
            return status;
        }
    } else if (narrowing->holds_names) {
        for (size_t i = 0; i < env->root_count; i++) {
            bool is_library = narrowing->library != NULL && strcmp(env->roots[i].path, narrowing->library) == 0 && !(env->roots[i].rights & HOST_ROOT_WRITE);
            if (!is_library) {
                __atomic_or_fetch(&env->roots[i].rights, HOST_ROOT_BY_NAME, __ATOMIC_RELEASE);
            }
        }
    }
    __atomic_and_fetch(&env->answered, narrowing->allowed_always, __ATOMIC_RELEASE);
    return HOST_OK;
}

void host_env_destroy(host_env *env)
{
    if (env == NULL) {
        return;
    }
    for (size_t i = 0; i < env->root_count; i++) {
        host_root_close(&env->operations, &env->roots[i]);
    }
    free(env->roots);
    free(env);
}
