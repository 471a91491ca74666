/* Hides how a host of plugins is put together, and what it may do to the host's files. */
#include <stdlib.h>
#include <string.h>

#include "host_env/fs.h"
#include "plugins_internal.h"
#include "settings.h"

#define BYTES_MAX (64ull << 20)
enum { FILES_MAX = 10000, POLICY_BYTES_MAX = 1 << 20 };

/* ---- What it may do itself ---- */

/* Reads what its host names. Writes the file of grants, and what it needs beside it for a moment. */
static bool is_about_grants(const cordon_plugins *plugins, const host_access *access)
{
    bool has_path = false;
    for (uint32_t i = 0; i < access->argument_count; i++) {
        if (access->arguments[i].kind != HOST_ARGUMENT_PATH)
            continue;
        const char *path = access->arguments[i].value.text;
        if (plugins->grants_file == NULL || path == NULL || strncmp(path, plugins->grants_file, strlen(plugins->grants_file)) != 0)
            return false;
        has_path = true;
    }
    return has_path;
}

static host_decision decide(void *context, const host_access *access)
{
    switch (access->capability) {
    case HOST_CAPABILITY_FS_READ:
    case HOST_CAPABILITY_FS_LIST:
    case HOST_CAPABILITY_FD_USE:
    case HOST_CAPABILITY_PROCESS_INFO: /* whose process it is */
        return HOST_DECISION_ALLOW;
    case HOST_CAPABILITY_FS_WRITE:
        return is_about_grants(context, access) ? HOST_DECISION_ALLOW : HOST_DECISION_DENY;
    default:
        return HOST_DECISION_DENY;
    }
}

static cordon_plugin_status create_env(cordon_plugins *plugins, cordon_plugin_error *error)
{
    host_env_config config = HOST_ENV_CONFIG_INIT;
    host_error cause;
    config.decide = decide;
    config.decide_context = plugins;
    config.path_mode = HOST_PATHS_ANY;
    if (host_env_create(&config, &plugins->env, &cause) == HOST_OK)
        return CORDON_PLUGIN_OK;
    return plugin_failure(error, CORDON_PLUGIN_HOST_FAILURE, "the host's files cannot be reached: %.200s", cause.message);
}

/* ---- Settings ---- */

static cordon_plugin_status read_policy(cordon_plugins *plugins, const cordon_plugins_config *config, cordon_plugin_error *error)
{
    bytes text;
    policy_message message;
    if (config->policy_file == NULL)
        return CORDON_PLUGIN_OK;
    if (plugin_file_read(plugins->env, HOST_AT_CWD, config->policy_file, 0, POLICY_BYTES_MAX, &text, error) != CORDON_PLUGIN_OK) {
        if (error != NULL)
            error->status = CORDON_PLUGIN_BAD_POLICY; /* the message says why */
        return CORDON_PLUGIN_BAD_POLICY;
    }
    bool is_read = policy_read((const char *)text.data, text.size, config->policy_file, config->policy_profile, &plugins->policy, &message);
    bytes_release(&text);
    return is_read ? CORDON_PLUGIN_OK : plugin_failure(error, CORDON_PLUGIN_BAD_POLICY, "%s", message.text);
}

static cordon_plugin_status take_basis(cordon_plugins *plugins, const cordon_plugins_config *config, cordon_plugin_error *error)
{
    plugins->basis = (cordon_sandbox_config)CORDON_SANDBOX_CONFIG_INIT;
    if (config->sandbox != NULL && !SETTINGS_TAKE(&plugins->basis, cordon_sandbox_config, is_deterministic, config->sandbox))
        return plugin_failure(error, CORDON_PLUGIN_INVALID_ARGUMENT, "the sandboxes' configuration was not set up by CORDON_SANDBOX_CONFIG_INIT");
    plugins->basis.struct_size = sizeof plugins->basis;
    if (plugins->kind == CORDON_PLUGIN_HOME_OWN_SANDBOX && !plugin_access_is_nothing(&plugins->basis))
        return plugin_failure(error, CORDON_PLUGIN_INVALID_ARGUMENT, "mounts, the real clock and the host's random bytes come to a plugin's own sandbox by its grants alone");
    return CORDON_PLUGIN_OK;
}

static cordon_plugin_status take_home(cordon_plugins *plugins, const cordon_plugins_config *config, cordon_plugin_error *error)
{
    if (plugins->kind == CORDON_PLUGIN_HOME_GIVEN) {
        plugins->home = config->given_home;
        if (plugins->home == NULL || plugins->home->struct_size < sizeof *plugins->home)
            return plugin_failure(error, CORDON_PLUGIN_INVALID_ARGUMENT, "no home is given, or one of another version of this library");
        return CORDON_PLUGIN_OK;
    }
    if (config->engine == NULL)
        return plugin_failure(error, CORDON_PLUGIN_INVALID_ARGUMENT, "plugins in sandboxes need an engine");
    plugins->sandboxes = plugin_sandboxes_create(config->engine, plugins->kind == CORDON_PLUGIN_HOME_SHARED_SANDBOX);
    if (plugins->sandboxes == NULL)
        return plugin_no_memory(error);
    plugins->home = plugin_sandboxes_home(plugins->sandboxes);
    return CORDON_PLUGIN_OK;
}

static cordon_plugin_status set_up(cordon_plugins *plugins, const cordon_plugins_config *config, cordon_plugin_error *error)
{
    plugins->engine = config->engine;
    plugins->kind = config->home;
    plugins->asks_first = config->asks_first;
    plugins->bytes_max = config->bytes_max != 0 ? config->bytes_max : BYTES_MAX;
    plugins->files_max = config->files_max != 0 ? config->files_max : FILES_MAX;
    plugins->api_version = strdup(config->api_version);
    plugins->grants_file = config->grants_file != NULL ? strdup(config->grants_file) : NULL;
    if (plugins->api_version == NULL || (config->grants_file != NULL && plugins->grants_file == NULL))
        return plugin_no_memory(error);
    cordon_plugin_status status = take_basis(plugins, config, error);
    if (status == CORDON_PLUGIN_OK)
        status = take_home(plugins, config, error);
    if (status == CORDON_PLUGIN_OK)
        status = create_env(plugins, error);
    if (status == CORDON_PLUGIN_OK)
        status = read_policy(plugins, config, error);
    if (status == CORDON_PLUGIN_OK)
        status = plugin_grants_open(plugins->env, plugins->grants_file, &plugins->grants, error);
    return status;
}

/* ---- Life ---- */

static void begin(cordon_plugin_error *error)
{
    if (error != NULL)
        *error = (cordon_plugin_error){.status = CORDON_PLUGIN_OK};
}

cordon_plugin_status cordon_plugins_create(const cordon_plugins_config *config, cordon_plugins **plugins_out, cordon_plugin_error *error)
{
    cordon_plugins_config taken;
    begin(error);
    if (plugins_out == NULL)
        return plugin_failure(error, CORDON_PLUGIN_INVALID_ARGUMENT, "there is no place for the plugins");
    *plugins_out = NULL;
    if (!SETTINGS_TAKE(&taken, cordon_plugins_config, files_max, config) || taken.api_version == NULL || (unsigned)taken.home > CORDON_PLUGIN_HOME_GIVEN)
        return plugin_failure(error, CORDON_PLUGIN_INVALID_ARGUMENT,
                              "the configuration has no api_version or no home that there is, or was not set up by CORDON_PLUGINS_CONFIG_INIT");
    cordon_plugins *plugins = calloc(1, sizeof *plugins);
    if (plugins == NULL)
        return plugin_no_memory(error);
    cordon_plugin_status status = set_up(plugins, &taken, error);
    if (status == CORDON_PLUGIN_OK)
        *plugins_out = plugins;
    else
        cordon_plugins_destroy(plugins);
    return status;
}

void cordon_plugins_destroy(cordon_plugins *plugins)
{
    if (plugins == NULL)
        return;
    plugin_grants_close(plugins->grants);
    policy_destroy(plugins->policy);
    plugin_sandboxes_destroy(plugins->sandboxes);
    if (plugins->env != NULL)
        host_env_destroy(plugins->env);
    free(plugins->api_version);
    free(plugins->grants_file);
    free(plugins);
}

/* ---- Grants ---- */

cordon_plugin_status cordon_plugins_grant(cordon_plugins *plugins, const char *path, cordon_plugin_error *error)
{
    plugin_candidate candidate;
    plugin_access access;
    begin(error);
    if (plugins == NULL)
        return plugin_failure(error, CORDON_PLUGIN_INVALID_ARGUMENT, "there are no plugins");
    cordon_plugin_status status = plugin_candidate_read(plugins, path, &candidate, error);
    if (status != CORDON_PLUGIN_OK)
        return status;
    status = plugin_candidate_access(plugins, &candidate, &access, error);
    if (status == CORDON_PLUGIN_OK) {
        plugin_access_release(&access);
        status = plugin_grants_put(plugins->grants, &candidate.manifest, candidate.package.digest, error);
    }
    plugin_candidate_release(&candidate);
    return status;
}

cordon_plugin_status cordon_plugins_revoke(cordon_plugins *plugins, const char *name, cordon_plugin_error *error)
{
    begin(error);
    if (plugins == NULL || name == NULL || !plugin_manifest_is_name(name))
        return plugin_failure(error, CORDON_PLUGIN_INVALID_ARGUMENT, "there are no plugins, or no name of one");
    return plugin_grants_remove(plugins->grants, name, error);
}

/* ---- Looking ---- */

static cordon_plugin_status judge(cordon_plugins *plugins, const plugin_candidate *candidate, const char **word_out, cordon_plugin_error *error)
{
    static const char *const words[] = {[PLUGIN_FIRST] = "first", [PLUGIN_KNOWN] = "yes", [PLUGIN_CHANGED] = "yes", [PLUGIN_ESCALATION] = "escalation"};
    plugin_access access;
    plugin_verdict verdict;
    char *lacking;
    cordon_plugin_status status = plugin_candidate_access(plugins, candidate, &access, error);
    if (status == CORDON_PLUGIN_DENIED || status == CORDON_PLUGIN_CANNOT_GIVE) {
        *word_out = "denied";
        return CORDON_PLUGIN_OK;
    }
    if (status != CORDON_PLUGIN_OK)
        return status;
    plugin_access_release(&access);
    status = plugin_grants_judge(plugins->grants, &candidate->manifest, candidate->package.digest, &verdict, &lacking, error);
    free(lacking);
    if (status == CORDON_PLUGIN_OK)
        *word_out = words[verdict];
    return status;
}

cordon_plugin_status cordon_plugins_inspect(cordon_plugins *plugins, const char *path, cordon_value **description_out, cordon_plugin_error *error)
{
    plugin_candidate candidate;
    const char *word = NULL;
    begin(error);
    if (plugins == NULL || description_out == NULL)
        return plugin_failure(error, CORDON_PLUGIN_INVALID_ARGUMENT, "there are no plugins, or no place for the description");
    *description_out = NULL;
    cordon_plugin_status status = plugin_candidate_read(plugins, path, &candidate, error);
    if (status != CORDON_PLUGIN_OK)
        return status;
    status = judge(plugins, &candidate, &word, error);
    cordon_value *description = status == CORDON_PLUGIN_OK ? cordon_value_copy(candidate.manifest.value) : NULL;
    if (description != NULL && cordon_value_dict_set(description, "digest", cordon_value_text(candidate.package.digest)) &&
        cordon_value_dict_set(description, "granted", cordon_value_text(word)))
        *description_out = description;
    else if (status == CORDON_PLUGIN_OK) {
        cordon_value_destroy(description);
        status = plugin_no_memory(error);
    }
    if (status == CORDON_PLUGIN_OK)
        begin(error); /* a denial was not this call's */
    plugin_candidate_release(&candidate);
    return status;
}
