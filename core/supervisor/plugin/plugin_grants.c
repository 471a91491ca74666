/* Hides the file of grants: its form, its lock, and how it is replaced as a whole. A file that is not what was written here is never overwritten. */
#include "plugin_grants.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host_env/fd.h"
#include "host_env/fs.h"
#include "host_env/process.h"
#include "folder_policy.h"
#include "json.h"
#include "plugin_package.h"
#include "plugin_shape.h"

enum { PATH_BYTES_MAX = 4096, FILE_BYTES_MAX = 1 << 20, OTHERS = 0077, LOCK_ALONE = 2 /* LOCK_EX */ };

struct plugin_grants {
    host_env *env;
    const char *file;
    pthread_mutex_t lock;
    cordon_value *plugins; /* without a file: what one would hold */
};

/* ---- Form: {"grants": 1, "plugins": {NAME: {"version": ..., "digest": ..., "rules": ...}}} ---- */

static bool is_digest(const char *text)
{
    return strlen(text) == PLUGIN_DIGEST_DIGITS && strspn(text, "0123456789abcdef") == PLUGIN_DIGEST_DIGITS;
}

static bool is_form(const char *text)
{
    return strcmp(text, "1") == 0;
}

static bool is_any(const char *text)
{
    (void)text;
    return true;
}

static const plugin_shape form = {.kind = PLUGIN_SHAPE_TEXT, .expected = "\"1\", the only form there is", .fits = is_form};
static const plugin_shape version = {.kind = PLUGIN_SHAPE_TEXT, .expected = "a version"};
static const plugin_shape digest_shape = {.kind = PLUGIN_SHAPE_TEXT, .expected = "64 digits of a SHA-256", .fits = is_digest};
static const plugin_shape rules_shape = {.kind = PLUGIN_SHAPE_TEXT, .expected = "rules of a policy, or an empty text", .fits = is_any};
static const plugin_field grant_fields[] = {{"version", &version, true}, {"digest", &digest_shape, true}, {"rules", &rules_shape, true}, {NULL, NULL, false}};
static const plugin_shape grant = {.kind = PLUGIN_SHAPE_RECORD, .expected = "a grant", .fields = grant_fields};
static const plugin_shape grants_shape = {.kind = PLUGIN_SHAPE_DICT, .expected = "grants by the names of plugins", .fits = plugin_manifest_is_name, .member = &grant};
static const plugin_field file_fields[] = {{"grants", &form, true}, {"plugins", &grants_shape, true}, {NULL, NULL, false}};
static const plugin_shape file_shape = {.kind = PLUGIN_SHAPE_RECORD, .expected = "a file of grants", .fields = file_fields};

static const char *text_at(const cordon_value *dict, const char *key)
{
    return cordon_value_get_text(cordon_value_get(dict, key), NULL);
}

/* ---- Reading ---- */

static cordon_plugin_status failed(const plugin_grants *grants, cordon_plugin_error *error, const char *what, const host_error *cause)
{
    return plugin_failure(error, CORDON_PLUGIN_HOST_FAILURE, "the file of grants %.200s cannot be %s: %.200s", grants->file, what, cause->message);
}

/* Who may write it decides what plugins get, so it must be this user's, and nobody else's. */
static cordon_plugin_status check_owner(const plugin_grants *grants, const host_file_status *about, cordon_plugin_error *error)
{
    int64_t user = -1;
    host_error cause;
    if (host_process_geteuid(grants->env, &user, &cause) != HOST_OK)
        return failed(grants, error, "judged", &cause);
    if (!S_ISREG(about->mode) || (int64_t)about->uid != user || (about->mode & OTHERS) != 0)
        return plugin_failure(error, CORDON_PLUGIN_BAD_GRANTS, "the file of grants %.200s is not this user's alone: expected a regular file with mode 0600", grants->file);
    return CORDON_PLUGIN_OK;
}

static cordon_plugin_status read_plugins(const plugin_grants *grants, cordon_value **plugins_out, cordon_plugin_error *error)
{
    bytes text;
    plugin_document *document = NULL;
    host_file_status about;
    host_error cause;
    *plugins_out = NULL;
    host_status looked = host_fs_stat(grants->env, HOST_AT_CWD, grants->file, AT_SYMLINK_NOFOLLOW, &about, &cause);
    if (looked == HOST_MISSING) {
        *plugins_out = cordon_value_dict();
        return *plugins_out != NULL ? CORDON_PLUGIN_OK : plugin_no_memory(error);
    }
    if (looked != HOST_OK)
        return failed(grants, error, "looked at", &cause);
    cordon_plugin_status status = check_owner(grants, &about, error);
    if (status != CORDON_PLUGIN_OK)
        return status;
    if (plugin_file_read(grants->env, HOST_AT_CWD, grants->file, O_NOFOLLOW, FILE_BYTES_MAX, &text, error) != CORDON_PLUGIN_OK) {
        if (error != NULL)
            error->status = CORDON_PLUGIN_BAD_GRANTS; /* the message says why */
        return CORDON_PLUGIN_BAD_GRANTS;
    }
    status = plugin_document_read(text.data, text.size, grants->file, CORDON_PLUGIN_BAD_GRANTS, &document, error);
    if (status == CORDON_PLUGIN_OK)
        status = plugin_shape_check(document, &file_shape, error);
    if (status == CORDON_PLUGIN_OK) {
        *plugins_out = cordon_value_copy(cordon_value_get(plugin_document_value(document), "plugins"));
        status = *plugins_out != NULL ? CORDON_PLUGIN_OK : plugin_no_memory(error);
    }
    plugin_document_destroy(document);
    bytes_release(&text);
    return status;
}

static cordon_plugin_status load(const plugin_grants *grants, cordon_value **plugins_out, cordon_plugin_error *error)
{
    if (grants->file != NULL)
        return read_plugins(grants, plugins_out, error);
    *plugins_out = cordon_value_copy(grants->plugins);
    return *plugins_out != NULL ? CORDON_PLUGIN_OK : plugin_no_memory(error);
}

/* ---- Writing ---- */

static void add(bytes *text, const char *words)
{
    bytes_add(text, words, strlen(words));
}

static void write_form(bytes *text, const cordon_value *plugins)
{
    add(text, "{\"grants\": \"1\",\n \"plugins\": {");
    for (size_t i = 0; i < cordon_value_count(plugins); i++) {
        add(text, i > 0 ? ",\n  " : "\n  ");
        json_value(text, cordon_value_key_at(plugins, i));
        add(text, ": ");
        json_value(text, cordon_value_at(plugins, i));
    }
    add(text, "}}\n");
}

static host_status write_whole(host_env *env, int fd, const bytes *text, host_error *cause)
{
    for (size_t done = 0, count = 0; done < text->size; done += count) {
        host_status status = host_fd_write(env, fd, text->data + done, text->size - done, &count, cause);
        if (status != HOST_OK)
            return status;
    }
    return host_fd_fsync(env, fd, cause);
}

/* A new file beside the old one, then in its place: a reader sees one or the other, whole. */
static cordon_plugin_status replace(const plugin_grants *grants, const bytes *text, cordon_plugin_error *error)
{
    char fresh[PATH_BYTES_MAX];
    host_error cause;
    int fd;
    snprintf(fresh, sizeof fresh, "%s.new", grants->file);
    (void)host_fs_unlink(grants->env, HOST_AT_CWD, fresh, 0, NULL); /* left by a process that died here; the lock keeps others out */
    if (host_fs_open(grants->env, HOST_AT_CWD, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600, &fd, &cause) != HOST_OK)
        return failed(grants, error, "written", &cause);
    host_status status = write_whole(grants->env, fd, text, &cause);
    (void)host_fd_close(grants->env, fd, NULL);
    if (status == HOST_OK)
        status = host_fs_rename(grants->env, HOST_AT_CWD, fresh, HOST_AT_CWD, grants->file, 0, &cause);
    if (status == HOST_OK)
        return CORDON_PLUGIN_OK;
    cordon_plugin_status told = failed(grants, error, "written", &cause);
    (void)host_fs_unlink(grants->env, HOST_AT_CWD, fresh, 0, NULL);
    return told;
}

/* A file that its own reader refuses would lock everybody out. */
static bool can_be_read_back(const plugin_grants *grants, const bytes *text)
{
    plugin_document *document = NULL;
    bool is_readable = plugin_document_read(text->data, text->size, grants->file, CORDON_PLUGIN_BAD_GRANTS, &document, NULL) == CORDON_PLUGIN_OK;
    plugin_document_destroy(document);
    return is_readable;
}

/* Takes `plugins`. */
static cordon_plugin_status store(plugin_grants *grants, cordon_value *plugins, cordon_plugin_error *error)
{
    bytes text = {0};
    cordon_plugin_status status = CORDON_PLUGIN_OK;
    if (grants->file == NULL) {
        cordon_value_destroy(grants->plugins);
        grants->plugins = plugins;
        return CORDON_PLUGIN_OK;
    }
    write_form(&text, plugins);
    if (text.failed)
        status = plugin_no_memory(error);
    else if (text.size > FILE_BYTES_MAX || !can_be_read_back(grants, &text))
        status = plugin_failure(error, CORDON_PLUGIN_HOST_FAILURE, "the file of grants %.200s would be larger than can be read: nothing was changed", grants->file);
    else
        status = replace(grants, &text, error);
    bytes_release(&text);
    cordon_value_destroy(plugins);
    return status;
}

/* ---- One at a time ---- */

/* The lock is a file of its own, because the file itself is replaced. */
static cordon_plugin_status enter(plugin_grants *grants, int *lock_out, cordon_plugin_error *error)
{
    char path[PATH_BYTES_MAX];
    host_error cause;
    *lock_out = -1;
    pthread_mutex_lock(&grants->lock);
    if (grants->file == NULL)
        return CORDON_PLUGIN_OK;
    snprintf(path, sizeof path, "%s.lock", grants->file);
    if (host_fs_open(grants->env, HOST_AT_CWD, path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600, lock_out, &cause) == HOST_OK &&
        host_fd_flock(grants->env, *lock_out, LOCK_ALONE, &cause) == HOST_OK)
        return CORDON_PLUGIN_OK;
    if (*lock_out >= 0)
        (void)host_fd_close(grants->env, *lock_out, NULL);
    pthread_mutex_unlock(&grants->lock);
    return failed(grants, error, "locked", &cause);
}

static void leave(plugin_grants *grants, int lock)
{
    if (lock >= 0)
        (void)host_fd_close(grants->env, lock, NULL);
    pthread_mutex_unlock(&grants->lock);
}

/* ---- Use ---- */

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
    cordon_plugin_status status = made->plugins != NULL ? load(made, &plugins, error) : plugin_no_memory(error);
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

static cordon_plugin_status judge(host_env *env, const cordon_value *known, const plugin_manifest *manifest, const char *digest, plugin_verdict *verdict_out, char **lacking_out,
                                  cordon_plugin_error *error)
{
    plugin_wishes granted;
    cordon_plugin_status status = plugin_wishes_parse(text_at(known, "rules"), &granted, error);
    if (status != CORDON_PLUGIN_OK)
        return error != NULL ? (error->status = CORDON_PLUGIN_BAD_GRANTS) : CORDON_PLUGIN_BAD_GRANTS;
    const char *way_out = NULL;
    if (!plugin_wishes_are_within(&manifest->wishes, granted.asked, lacking_out) ||
        (granted.asked != NULL && (way_out = find_way_out(env, cordon_value_get(manifest->value, "capabilities"), granted.asked)) != NULL)) {
        *verdict_out = PLUGIN_ESCALATION;
        if (way_out != NULL)
            *lacking_out = strdup(way_out);
    } else {
        *verdict_out = strcmp(text_at(known, "digest"), digest) == 0 ? PLUGIN_KNOWN : PLUGIN_CHANGED;
    }
    plugin_wishes_release(&granted);
    return CORDON_PLUGIN_OK;
}

cordon_plugin_status plugin_grants_judge(plugin_grants *grants, const plugin_manifest *manifest, const char *digest, plugin_verdict *verdict_out, char **lacking_out,
                                         cordon_plugin_error *error)
{
    cordon_value *plugins = NULL;
    *verdict_out = PLUGIN_FIRST;
    *lacking_out = NULL;
    pthread_mutex_lock(&grants->lock);
    cordon_plugin_status status = load(grants, &plugins, error); /* whole without the lock between processes: the file is replaced, never written into */
    pthread_mutex_unlock(&grants->lock);
    const cordon_value *known = cordon_value_get(plugins, manifest->name);
    if (status == CORDON_PLUGIN_OK && known != NULL)
        status = judge(grants->env, known, manifest, digest, verdict_out, lacking_out, error);
    cordon_value_destroy(plugins);
    return status;
}

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

/* `rules` NULL with `keeps_rules`: those that are there. */
static cordon_plugin_status put(plugin_grants *grants, const plugin_manifest *manifest, const char *digest, bool keeps_rules, cordon_plugin_error *error)
{
    cordon_value *plugins = NULL, *changed = NULL;
    int lock;
    cordon_plugin_status status = enter(grants, &lock, error);
    if (status != CORDON_PLUGIN_OK)
        return status;
    status = load(grants, &plugins, error);
    if (status == CORDON_PLUGIN_OK) {
        const char *rules = keeps_rules ? text_at(cordon_value_get(plugins, manifest->name), "rules") : manifest->wishes.rules;
        cordon_value *entry = make_entry(manifest->version, digest, rules);
        changed = entry != NULL ? with_entry(plugins, manifest->name, entry) : NULL;
        status = changed != NULL ? store(grants, changed, error) : plugin_no_memory(error);
    }
    cordon_value_destroy(plugins);
    leave(grants, lock);
    return status;
}

cordon_plugin_status plugin_grants_put(plugin_grants *grants, const plugin_manifest *manifest, const char *digest, cordon_plugin_error *error)
{
    return put(grants, manifest, digest, false, error);
}

cordon_plugin_status plugin_grants_put_digest(plugin_grants *grants, const plugin_manifest *manifest, const char *digest, cordon_plugin_error *error)
{
    return put(grants, manifest, digest, true, error);
}

cordon_plugin_status plugin_grants_remove(plugin_grants *grants, const char *name, cordon_plugin_error *error)
{
    cordon_value *plugins = NULL;
    int lock;
    cordon_plugin_status status = enter(grants, &lock, error);
    if (status != CORDON_PLUGIN_OK)
        return status;
    status = load(grants, &plugins, error);
    if (status == CORDON_PLUGIN_OK && cordon_value_get(plugins, name) == NULL)
        status = plugin_failure(error, CORDON_PLUGIN_NOT_GRANTED, "nothing is remembered of a plugin called %.64s", name);
    if (status == CORDON_PLUGIN_OK) {
        cordon_value *changed = with_entry(plugins, name, NULL);
        status = changed != NULL ? store(grants, changed, error) : plugin_no_memory(error);
    }
    cordon_value_destroy(plugins);
    leave(grants, lock);
    return status;
}
