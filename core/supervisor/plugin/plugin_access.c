/* Hides which setting of a sandbox each capability is. */
#include "plugin_access.h"

#include <stdlib.h>
#include <string.h>

#include "folder_policy.h"
#include "host_env/fs.h"

enum { PATH_BYTES_MAX = 4096 };

const char *const plugin_access_gives[] = {"env.read", "fs.list", "fs.read", "fs.write", "random", "time.read", NULL};

typedef struct making {
    plugin_access *access;
    const policy *granter;
    host_env *looker;
    cordon_plugin_error *error;
} making;

static const char *text_at(const cordon_value *dict, const char *key)
{
    return cordon_value_get_text(cordon_value_get(dict, key), NULL);
}

/* ---- Folders ---- */

static bool covers(const making *making, const char *path, const char *capability)
{
    return making->granter != NULL && folder_policy_covers(making->granter, making->looker, path, capability);
}

/* By where it leads: a link that lies beneath a granted folder may lead out of it. */
static cordon_plugin_status check_folder(const making *making, const char *path, bool may_write)
{
    if (strpbrk(path, "*?") != NULL)
        return plugin_failure(making->error, CORDON_PLUGIN_CANNOT_GIVE, "a sandbox is given folders as a whole, not a pattern of paths: %.200s", path);
    if (!covers(making, path, "fs.read") || !covers(making, path, "fs.list") || (may_write && !covers(making, path, "fs.write")))
        return plugin_failure(making->error, CORDON_PLUGIN_DENIED, "the policy does not allow %s the whole folder %.200s, where it leads to", may_write ? "writing" : "reading", path);
    return CORDON_PLUGIN_OK;
}

/* What is mounted is where the folder leads to now, judged as that: a link that is turned later changes nothing. */
static cordon_plugin_status add_folder(const making *making, const char *path, bool may_write)
{
    plugin_access *access = making->access;
    char real[PATH_BYTES_MAX];
    if (strcmp(path, "/") == 0)
        return plugin_failure(making->error, CORDON_PLUGIN_CANNOT_GIVE, "a sandbox cannot be given all files of the host: expected a folder below /");
    if (host_fs_realpath(making->looker, path, real, sizeof real, NULL) != HOST_OK)
        real[0] = '\0'; /* refused for what it is, below */
    cordon_plugin_status status = check_folder(making, path, may_write);
    if (status == CORDON_PLUGIN_OK)
        status = check_folder(making, real, may_write);
    if (status != CORDON_PLUGIN_OK)
        return status;
    for (size_t i = 0; i < access->config.mount_count; i++) /* one that lies in another stays a mount of its own, and wins there */
        if (strcmp(access->mounts[i].path, path) == 0) {
            if (may_write)
                access->mounts[i].mode = CORDON_MOUNT_READ_WRITE;
            return CORDON_PLUGIN_OK;
        }
    if (access->config.mount_count == PLUGIN_MOUNTS_MAX)
        return plugin_failure(making->error, CORDON_PLUGIN_CANNOT_GIVE, "the plugin asks for more than %d folders", PLUGIN_MOUNTS_MAX);
    char *source = strdup(real);
    if (source == NULL)
        return plugin_no_memory(making->error);
    access->mounts[access->config.mount_count++] =
        (cordon_mount){.source = source, .path = path, .mode = may_write ? CORDON_MOUNT_READ_WRITE : CORDON_MOUNT_READ_ONLY};
    return CORDON_PLUGIN_OK;
}

static cordon_plugin_status add_folders(const making *making, const cordon_value *wish, bool may_write)
{
    const cordon_value *paths = cordon_value_get(cordon_value_get(wish, "arguments"), "path");
    cordon_plugin_status status = CORDON_PLUGIN_OK;
    if (cordon_value_get_kind(paths) == CORDON_VALUE_NONE)
        return plugin_failure(making->error, CORDON_PLUGIN_CANNOT_GIVE, "a sandbox cannot be given all files of the host: expected `arguments` with a `path`");
    if (cordon_value_get_kind(paths) == CORDON_VALUE_TEXT)
        return add_folder(making, cordon_value_get_text(paths, NULL), may_write);
    for (size_t i = 0; i < cordon_value_count(paths) && status == CORDON_PLUGIN_OK; i++)
        status = add_folder(making, cordon_value_get_text(cordon_value_at(paths, i), NULL), may_write);
    return status;
}

/* ---- All of them ---- */

static cordon_plugin_status add_wish(const making *making, const cordon_value *wish)
{
    const char *capability = text_at(wish, "capability");
    if (strcmp(capability, "fs.read") == 0 || strcmp(capability, "fs.write") == 0)
        return add_folders(making, wish, strcmp(capability, "fs.write") == 0);
    if (strcmp(capability, "time.read") == 0)
        making->access->config.clock = CORDON_CLOCK_REAL;
    else if (strcmp(capability, "random") == 0)
        making->access->config.random = CORDON_RANDOM_HOST;
    else if (strcmp(capability, "env.read") != 0) /* which is looked at below */
        return plugin_failure(making->error, CORDON_PLUGIN_CANNOT_GIVE, "a sandbox cannot be given %s%s", capability,
                              strcmp(capability, "fs.list") == 0 ? " alone: ask for fs.read" : "");
    return CORDON_PLUGIN_OK;
}

static bool may_read(const policy *asked, const char *variable, char *name, size_t size)
{
    size_t length = strcspn(variable, "=");
    if (length >= size)
        return false;
    memcpy(name, variable, length);
    name[length] = '\0';
    const policy_fact fact = {.field = POLICY_FIELD_NAME, .text = name};
    const policy_question question = {.capability = policy_capability_number("env.read"), .facts = &fact, .fact_count = 1};
    return policy_decide(asked, &question) == POLICY_ALLOW;
}

/* Of the variables that are offered, those that the plugin asked for. */
static cordon_plugin_status choose_variables(plugin_access *access, const char *const *offered, const policy *asked, cordon_plugin_error *error)
{
    char name[256];
    size_t count = 0, chosen = 0;
    while (offered != NULL && offered[count] != NULL)
        count++;
    access->environment = calloc(count + 1, sizeof *access->environment);
    if (access->environment == NULL)
        return plugin_no_memory(error);
    for (size_t i = 0; i < count; i++)
        if (asked != NULL && may_read(asked, offered[i], name, sizeof name))
            access->environment[chosen++] = offered[i];
    access->config.environment = access->environment;
    return CORDON_PLUGIN_OK;
}

cordon_plugin_status plugin_access_make(const cordon_sandbox_config *basis, const cordon_value *manifest, const policy *asked, const policy *granter, host_env *looker,
                                        plugin_access *access_out, cordon_plugin_error *error)
{
    const cordon_value *wishes = cordon_value_get(manifest, "capabilities");
    const making making = {.access = access_out, .granter = granter, .looker = looker, .error = error};
    *access_out = (plugin_access){.config = *basis};
    access_out->config.mounts = access_out->mounts;
    access_out->config.mount_count = 0;
    cordon_plugin_status status = choose_variables(access_out, basis->environment, asked, error);
    for (size_t i = 0; i < cordon_value_count(wishes) && status == CORDON_PLUGIN_OK; i++)
        status = add_wish(&making, cordon_value_at(wishes, i));
    if (status != CORDON_PLUGIN_OK)
        plugin_access_release(access_out);
    return status;
}

void plugin_access_release(plugin_access *access)
{
    for (size_t i = 0; access->config.mounts == access->mounts && i < access->config.mount_count; i++)
        free((char *)access->mounts[i].source);
    access->config.mount_count = 0;
    free(access->environment);
    access->environment = NULL;
    access->config.environment = NULL;
}

/* ---- Comparing ---- */

static bool has_mount(const cordon_sandbox_config *config, const cordon_mount *wanted)
{
    for (size_t i = 0; i < config->mount_count; i++)
        if (strcmp(config->mounts[i].source, wanted->source) == 0 && strcmp(config->mounts[i].path, wanted->path) == 0 && config->mounts[i].mode == wanted->mode)
            return true;
    return false;
}

static bool has_variable(const cordon_sandbox_config *config, const char *wanted)
{
    for (size_t i = 0; config->environment != NULL && config->environment[i] != NULL; i++)
        if (strcmp(config->environment[i], wanted) == 0)
            return true;
    return false;
}

static bool has_all_of(const cordon_sandbox_config *one, const cordon_sandbox_config *other)
{
    for (size_t i = 0; i < other->mount_count; i++)
        if (!has_mount(one, &other->mounts[i]))
            return false;
    for (size_t i = 0; other->environment != NULL && other->environment[i] != NULL; i++)
        if (!has_variable(one, other->environment[i]))
            return false;
    return true;
}

bool plugin_access_is_same(const cordon_sandbox_config *one, const cordon_sandbox_config *other)
{
    return one->clock == other->clock && one->random == other->random && has_all_of(one, other) && has_all_of(other, one);
}

bool plugin_access_is_nothing(const cordon_sandbox_config *config)
{
    return config->mount_count == 0 && config->clock != CORDON_CLOCK_REAL && config->random != CORDON_RANDOM_HOST;
}
