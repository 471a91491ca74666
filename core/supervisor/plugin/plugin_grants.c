/* Hides what is remembered of a plugin's grants, and how that is held against what it asks for now. */
#include "plugin_grants.h"

#include <stdlib.h>
#include <string.h>

#include "folder_policy.h"
#include "host_env/fs.h"
#include "plugin_grants_file.h"

enum { PATH_BYTES_MAX = PLUGIN_GRANTS_PATH_MAX };

static const char *text_at(const cordon_value *dict, const char *key)
{
    return cordon_value_get_text(cordon_value_get(dict, key), NULL);
}

/* ---- Life ---- */

cordon_plugin_status plugin_grants_open(host_env *env, const char *file, plugin_grants **grants_out, cordon_plugin_error *error)
{
    cordon_value *plugins = NULL;
    *grants_out = NULL;
    if (file != NULL && (file[0] != '/' || strlen(file) + sizeof ".lock" > PATH_BYTES_MAX))
        return plugin_failure(error, CORDON_PLUGIN_INVALID_ARGUMENT, "the file of grants is no absolute path, or a too long one: %.200s", file);
    plugin_grants *made = calloc(1, sizeof *made);
    if (made == NULL)
        return plugin_no_memory(error);
    made->env = env;
    made->file = file;
    made->plugins = cordon_value_dict();
    pthread_mutex_init(&made->lock, NULL);
    cordon_plugin_status status = made->plugins != NULL ? plugin_grants_load(made, &plugins, error) : plugin_no_memory(error);
    cordon_value_destroy(plugins);
    if (status == CORDON_PLUGIN_OK)
        *grants_out = made;
    else
        plugin_grants_close(made);
    return status;
}

void plugin_grants_close(plugin_grants *grants)
{
    if (grants == NULL)
        return;
    pthread_mutex_destroy(&grants->lock);
    cordon_value_destroy(grants->plugins);
    free(grants);
}

/* ---- Judging ---- */

/* A folder below a granted one that is a link out of it; NULL: none. Borrowed from the manifest. */
static const char *find_way_out(host_env *env, const cordon_value *wishes, const policy *granted)
{
    char real[PATH_BYTES_MAX];
    for (size_t i = 0; i < cordon_value_count(wishes); i++) {
        const cordon_value *wish = cordon_value_at(wishes, i), *paths = cordon_value_get(cordon_value_get(wish, "arguments"), "path");
        bool is_list = cordon_value_get_kind(paths) == CORDON_VALUE_LIST;
        for (size_t j = 0; paths != NULL && j < (is_list ? cordon_value_count(paths) : 1); j++) {
            const char *path = cordon_value_get_text(is_list ? cordon_value_at(paths, j) : paths, NULL);
            if (path != NULL && host_fs_realpath(env, path, real, sizeof real, NULL) == HOST_OK && !folder_policy_covers(granted, env, path, text_at(wish, "capability")))
                return path;
        }
    }
    return NULL;
}

typedef struct judgement {
    plugin_verdict verdict;
    char *lacking; /* owned */
} judgement;

static cordon_plugin_status judge_known(host_env *env, const cordon_value *known, const plugin_manifest *manifest, const char *digest, judgement *judgement_out, cordon_plugin_error *error)
{
    plugin_wishes granted;
    cordon_plugin_status status = plugin_wishes_parse(text_at(known, "rules"), &granted, error);
    if (status != CORDON_PLUGIN_OK)
        return error != NULL ? (error->status = CORDON_PLUGIN_BAD_GRANTS) : CORDON_PLUGIN_BAD_GRANTS;
    const char *way_out = NULL;
    if (!plugin_wishes_are_within(&manifest->wishes, granted.asked, &judgement_out->lacking) ||
        (granted.asked != NULL && (way_out = find_way_out(env, cordon_value_get(manifest->value, "capabilities"), granted.asked)) != NULL)) {
        judgement_out->verdict = PLUGIN_ESCALATION;
        if (way_out != NULL)
            judgement_out->lacking = strdup(way_out);
    } else {
        judgement_out->verdict = strcmp(text_at(known, "digest"), digest) == 0 ? PLUGIN_KNOWN : PLUGIN_CHANGED;
    }
    plugin_wishes_release(&granted);
    return CORDON_PLUGIN_OK;
}

static cordon_plugin_status judge(const plugin_grants *grants, const cordon_value *plugins, const plugin_manifest *manifest, const char *digest, judgement *judgement_out,
                                  cordon_plugin_error *error)
{
    const cordon_value *known = cordon_value_get(plugins, manifest->name);
    *judgement_out = (judgement){.verdict = PLUGIN_FIRST};
    return known != NULL ? judge_known(grants->env, known, manifest, digest, judgement_out, error) : CORDON_PLUGIN_OK;
}

cordon_plugin_status plugin_grants_judge(plugin_grants *grants, const plugin_manifest *manifest, const char *digest, plugin_verdict *verdict_out, char **lacking_out,
                                         cordon_plugin_error *error)
{
    cordon_value *plugins = NULL;
    judgement judged = {.verdict = PLUGIN_FIRST};
    pthread_mutex_lock(&grants->lock);
    cordon_plugin_status status = plugin_grants_load(grants, &plugins, error); /* whole without the lock between processes: the file is replaced, never written into */
    pthread_mutex_unlock(&grants->lock);
    if (status == CORDON_PLUGIN_OK)
        status = judge(grants, plugins, manifest, digest, &judged, error);
    cordon_value_destroy(plugins);
    *verdict_out = judged.verdict;
    *lacking_out = judged.lacking;
    return status;
}

/* ---- Changing ---- */

/* A copy of `plugins` without that name, and with `entry`, which is taken, in its place; NULL entry: none. NULL without memory. */
static cordon_value *with_entry(const cordon_value *plugins, const char *name, cordon_value *entry)
{
    cordon_value *made = cordon_value_dict();
    bool is_whole = made != NULL;
    for (size_t i = 0; is_whole && i < cordon_value_count(plugins); i++) {
        const char *other = cordon_value_get_text(cordon_value_key_at(plugins, i), NULL);
        if (strcmp(other, name) != 0)
            is_whole = cordon_value_dict_set(made, other, cordon_value_copy(cordon_value_at(plugins, i)));
    }
    if (entry != NULL && is_whole)
        is_whole = cordon_value_dict_set(made, name, entry);
    else
        cordon_value_destroy(entry);
    if (!is_whole) {
        cordon_value_destroy(made);
        made = NULL;
    }
    return made;
}

static cordon_value *make_entry(const char *version_text, const char *digest, const char *rules)
{
    cordon_value *entry = cordon_value_dict();
    if (entry != NULL && cordon_value_dict_set(entry, "version", cordon_value_text(version_text)) &&
        cordon_value_dict_set(entry, "digest", cordon_value_text(digest)) && cordon_value_dict_set(entry, "rules", cordon_value_text(rules != NULL ? rules : "")))
        return entry;
    cordon_value_destroy(entry);
    return NULL;
}

/* Changes the file; `plugins` is what it has now. Under the lock. */
static cordon_plugin_status put(plugin_grants *grants, const cordon_value *plugins, const plugin_manifest *manifest, const char *digest, const char *rules, cordon_plugin_error *error)
{
    cordon_value *entry = make_entry(manifest->version, digest, rules);
    cordon_value *changed = entry != NULL ? with_entry(plugins, manifest->name, entry) : NULL;
    return changed != NULL ? plugin_grants_store(grants, changed, error) : plugin_no_memory(error);
}

cordon_plugin_status plugin_grants_put(plugin_grants *grants, const plugin_manifest *manifest, const char *digest, cordon_plugin_error *error)
{
    cordon_value *plugins = NULL;
    int lock;
    cordon_plugin_status status = plugin_grants_enter(grants, &lock, error);
    if (status != CORDON_PLUGIN_OK)
        return status;
    status = plugin_grants_load(grants, &plugins, error);
    if (status == CORDON_PLUGIN_OK)
        status = put(grants, plugins, manifest, digest, manifest->wishes.rules, error);
    cordon_value_destroy(plugins);
    plugin_grants_leave(grants, lock);
    return status;
}

static bool changes_something(plugin_verdict verdict, const plugin_manifest *manifest, bool asks_first)
{
    return verdict == PLUGIN_CHANGED || (verdict == PLUGIN_FIRST && !(asks_first && manifest->wishes.asked != NULL));
}

/* Judges what the file has under the lock, and puts what follows from just that. */
static cordon_plugin_status judge_and_put(plugin_grants *grants, const plugin_manifest *manifest, const char *digest, bool asks_first, judgement *judgement_out, cordon_plugin_error *error)
{
    cordon_value *plugins = NULL;
    int lock;
    cordon_plugin_status status = plugin_grants_enter(grants, &lock, error);
    if (status != CORDON_PLUGIN_OK)
        return status;
    status = plugin_grants_load(grants, &plugins, error);
    if (status == CORDON_PLUGIN_OK)
        status = judge(grants, plugins, manifest, digest, judgement_out, error);
    if (status == CORDON_PLUGIN_OK && changes_something(judgement_out->verdict, manifest, asks_first))
        status = put(grants, plugins, manifest, digest,
                     judgement_out->verdict == PLUGIN_CHANGED ? text_at(cordon_value_get(plugins, manifest->name), "rules") : manifest->wishes.rules, error);
    cordon_value_destroy(plugins);
    plugin_grants_leave(grants, lock);
    return status;
}

cordon_plugin_status plugin_grants_admit(plugin_grants *grants, const plugin_manifest *manifest, const char *digest, bool asks_first, plugin_verdict *verdict_out, char **lacking_out,
                                         cordon_plugin_error *error)
{
    /* Most often nothing is new, and nobody has to wait: also where the file may be read but not written. */
    cordon_plugin_status status = plugin_grants_judge(grants, manifest, digest, verdict_out, lacking_out, error);
    if (status != CORDON_PLUGIN_OK || !changes_something(*verdict_out, manifest, asks_first))
        return status;
    judgement judged = {.verdict = PLUGIN_FIRST};
    free(*lacking_out);
    status = judge_and_put(grants, manifest, digest, asks_first, &judged, error);
    *verdict_out = judged.verdict;
    *lacking_out = judged.lacking;
    return status;
}

cordon_plugin_status plugin_grants_remove(plugin_grants *grants, const char *name, cordon_plugin_error *error)
{
    cordon_value *plugins = NULL;
    int lock;
    cordon_plugin_status status = plugin_grants_enter(grants, &lock, error);
    if (status != CORDON_PLUGIN_OK)
        return status;
    status = plugin_grants_load(grants, &plugins, error);
    if (status == CORDON_PLUGIN_OK && cordon_value_get(plugins, name) == NULL)
        status = plugin_failure(error, CORDON_PLUGIN_NOT_GRANTED, "nothing is remembered of a plugin called %.64s", name);
    if (status == CORDON_PLUGIN_OK) {
        cordon_value *changed = with_entry(plugins, name, NULL);
        status = changed != NULL ? plugin_grants_store(grants, changed, error) : plugin_no_memory(error);
    }
    cordon_value_destroy(plugins);
    plugin_grants_leave(grants, lock);
    return status;
}
