/* Hides the file of grants: its form, its lock, and how it is replaced as a whole. A file that is not what was written here is never overwritten. */
#include "plugin_grants_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "host_env/fd.h"
#include "host_env/fs.h"
#include "host_env/process.h"
#include "json.h"
#include "plugin_package.h"
#include "plugin_shape.h"

enum { PATH_BYTES_MAX = PLUGIN_GRANTS_PATH_MAX, FILE_BYTES_MAX = 1 << 20, OTHERS = 0077, LOCK_ALONE = 2 /* LOCK_EX */ };

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

/* Rules that cannot be read are told here, with their place, and not when the plugin that they are about is loaded. */
static cordon_plugin_status check_rules(const plugin_document *document, const cordon_value *plugins, size_t index, cordon_plugin_error *error)
{
    const char *name = cordon_value_get_text(cordon_value_key_at(plugins, index), NULL);
    const plugin_step top = {.key = "plugins"}, entry = {.before = &top, .key = name}, rules = {.before = &entry, .key = "rules"};
    cordon_plugin_error cause = {.status = CORDON_PLUGIN_OK};
    plugin_wishes read;
    cordon_plugin_status status = plugin_wishes_parse(text_at(cordon_value_at(plugins, index), "rules"), &read, &cause);
    if (status == CORDON_PLUGIN_NO_MEMORY)
        return plugin_no_memory(error);
    if (status != CORDON_PLUGIN_OK)
        return plugin_document_complain(document, &rules, error, "the rules that %.64s was granted: %.300s", name, cause.message);
    plugin_wishes_release(&read);
    return CORDON_PLUGIN_OK;
}

static cordon_plugin_status take_plugins(const plugin_document *document, cordon_value **plugins_out, cordon_plugin_error *error)
{
    const cordon_value *plugins = cordon_value_get(plugin_document_value(document), "plugins");
    for (size_t i = 0; i < cordon_value_count(plugins); i++) {
        cordon_plugin_status status = check_rules(document, plugins, i, error);
        if (status != CORDON_PLUGIN_OK)
            return status;
    }
    *plugins_out = cordon_value_copy(plugins);
    return *plugins_out != NULL ? CORDON_PLUGIN_OK : plugin_no_memory(error);
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
    if (status == CORDON_PLUGIN_OK)
        status = take_plugins(document, plugins_out, error);
    plugin_document_destroy(document);
    bytes_release(&text);
    return status;
}

cordon_plugin_status plugin_grants_load(const plugin_grants *grants, cordon_value **plugins_out, cordon_plugin_error *error)
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

cordon_plugin_status plugin_grants_store(plugin_grants *grants, cordon_value *plugins, cordon_plugin_error *error)
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
cordon_plugin_status plugin_grants_enter(plugin_grants *grants, int *lock_out, cordon_plugin_error *error)
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

void plugin_grants_leave(plugin_grants *grants, int lock)
{
    if (lock >= 0)
        (void)host_fd_close(grants->env, lock, NULL);
    pthread_mutex_unlock(&grants->lock);
}
