/* Hides what makes a set of files a plugin's: checked names, a bounded size, an order, a digest. */
#include "plugin_package.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/evp.h>

#include "host_env/fd.h"
#include "host_env/fs.h"
#include "utf8.h"

enum { PATH_BYTES_MAX = 1024, GROWTH = 1024 };

/* ---- Names ---- */

static bool is_component(const char *text, size_t length)
{
    return length > 0 && !(length == 1 && text[0] == '.') && !(length == 2 && text[0] == '.' && text[1] == '.');
}

/* What is wrong with a path in a plugin; NULL: nothing. */
static const char *complaint_about(const char *path)
{
    if (path[0] == '/')
        return "an absolute path";
    if (strlen(path) > PATH_BYTES_MAX)
        return "a path of more than 1,024 bytes";
    if (utf8_check(path, strlen(path)) != UTF8_PLAIN)
        return "a path that is not UTF-8";
    for (const char *at = path; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == '\\' || *at == 0x7f)
            return "a path with a backslash or a control character";
    for (const char *at = path;; at++) {
        size_t length = strcspn(at, "/");
        if (!is_component(at, length))
            return "a path with an empty component, . or ..";
        at += length;
        if (*at == '\0')
            return NULL;
    }
}

bool plugin_package_wants(const char *path)
{
    static const char cache[] = "__pycache__";
    const char *last = strrchr(path, '/');
    last = last != NULL ? last + 1 : path;
    size_t length = strlen(last);
    for (const char *at = strstr(path, cache); at != NULL; at = strstr(at + 1, cache))
        if ((at == path || at[-1] == '/') && (at[sizeof cache - 1] == '/' || at[sizeof cache - 1] == '\0'))
            return false;
    return length < 4 || strcmp(last + length - 4, ".pyc") != 0;
}

/* ---- Adding ---- */

uint64_t plugin_package_room(const plugin_package *package)
{
    return package->bytes_max - package->bytes;
}

static bool make_room(plugin_package *package)
{
    if (package->count < package->capacity)
        return true;
    size_t capacity = package->capacity == 0 ? 64 : 2 * package->capacity;
    cordon_plugin_file *files = realloc(package->files, capacity * sizeof *files);
    if (files == NULL)
        return false;
    package->files = files;
    package->capacity = capacity;
    return true;
}

cordon_plugin_status plugin_package_add(plugin_package *package, const char *path, bytes *content, cordon_plugin_error *error)
{
    const char *complaint = complaint_about(path);
    cordon_plugin_status status = CORDON_PLUGIN_OK;
    if (complaint != NULL)
        status = plugin_failure(error, CORDON_PLUGIN_BAD_PACKAGE, "%s in the plugin: %.200s", complaint, path);
    else if (package->count >= package->files_max)
        status = plugin_failure(error, CORDON_PLUGIN_BAD_PACKAGE, "the plugin has more than %zu files", package->files_max);
    else if (content->size > plugin_package_room(package))
        status = plugin_failure(error, CORDON_PLUGIN_BAD_PACKAGE, "the plugin's files have more than %llu bytes", (unsigned long long)package->bytes_max);
    else if (content->failed || !make_room(package))
        status = plugin_no_memory(error);
    char *copy = status == CORDON_PLUGIN_OK ? strdup(path) : NULL;
    if (copy != NULL) {
        package->files[package->count++] = (cordon_plugin_file){.path = copy, .content = content->data, .size = content->size};
        package->bytes += content->size;
        *content = (bytes){0};
    } else if (status == CORDON_PLUGIN_OK) {
        status = plugin_no_memory(error);
    }
    bytes_release(content);
    return status;
}

void plugin_package_release(plugin_package *package)
{
    for (size_t i = 0; i < package->count; i++) {
        free((void *)package->files[i].path);
        free((void *)package->files[i].content);
    }
    free(package->files);
    *package = (plugin_package){0};
}

/* ---- Order ---- */

static int compare(const void *one, const void *other)
{
    return strcmp(((const cordon_plugin_file *)one)->path, ((const cordon_plugin_file *)other)->path);
}

static const cordon_plugin_file *find(const plugin_package *package, const char *path)
{
    const cordon_plugin_file wanted = {.path = path};
    return package->count > 0 ? bsearch(&wanted, package->files, package->count, sizeof wanted, compare) : NULL;
}

const cordon_plugin_file *plugin_package_find(const plugin_package *package, const char *path)
{
    return find(package, path);
}

/* A name twice, or a file where another path has a folder: no file system would have both. */
static cordon_plugin_status check_against_each_other(const plugin_package *package, cordon_plugin_error *error)
{
    char folder[PATH_BYTES_MAX + 1];
    for (size_t i = 0; i < package->count; i++) {
        const char *path = package->files[i].path;
        if (i > 0 && strcmp(package->files[i - 1].path, path) == 0)
            return plugin_failure(error, CORDON_PLUGIN_BAD_PACKAGE, "the plugin has two files of one name: %.200s", path);
        for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
            memcpy(folder, path, (size_t)(slash - path));
            folder[slash - path] = '\0';
            if (find(package, folder) != NULL)
                return plugin_failure(error, CORDON_PLUGIN_BAD_PACKAGE, "the plugin has a file and a folder of one name: %.200s", folder);
        }
    }
    return CORDON_PLUGIN_OK;
}

/* ---- Digest ---- */

static bool digest_sized(EVP_MD_CTX *context, const void *data, size_t size)
{
    unsigned char length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char)((uint64_t)size >> (8 * i));
    return EVP_DigestUpdate(context, length, sizeof length) && EVP_DigestUpdate(context, data, size);
}

/* SHA-256 over each path and each content, in the order of paths, each with its length in front: no two plugins give the same bytes. */
static bool take_digest(plugin_package *package)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_done = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    for (size_t i = 0; is_done && i < package->count; i++)
        is_done = digest_sized(context, package->files[i].path, strlen(package->files[i].path)) &&
                  digest_sized(context, package->files[i].content, package->files[i].size);
    is_done = is_done && EVP_DigestFinal_ex(context, digest, &size) && 2 * size == PLUGIN_DIGEST_DIGITS;
    EVP_MD_CTX_free(context);
    for (unsigned int i = 0; is_done && i < size; i++) {
        package->digest[2 * i] = digits[digest[i] >> 4];
        package->digest[2 * i + 1] = digits[digest[i] & 15];
    }
    return is_done;
}

/* ---- Reading ---- */

static cordon_plugin_status unreadable(cordon_plugin_error *error, const char *path, const char *why)
{
    return plugin_failure(error, CORDON_PLUGIN_UNREADABLE, "%.200s cannot be read: %.200s", path, why);
}

/* `size`: what the file said it has; it may have grown meanwhile. */
static cordon_plugin_status read_whole(host_env *env, int fd, const char *path, uint64_t size, uint64_t size_max, bytes *content_out,
                                       cordon_plugin_error *error)
{
    host_error cause;
    for (uint64_t room = size + 1;; room = GROWTH) {
        size_t count = 0;
        if (content_out->size > size_max || room > size_max + 1)
            return plugin_failure(error, CORDON_PLUGIN_BAD_PACKAGE, "%.200s is larger than the %llu bytes that are left for the plugin", path,
                                  (unsigned long long)size_max);
        if (!bytes_reserve(content_out, (size_t)room))
            return plugin_no_memory(error);
        do {
            if (host_fd_read(env, fd, content_out->data + content_out->size, (size_t)room, &count, &cause) != HOST_OK)
                return unreadable(error, path, cause.message);
            content_out->size += count;
            room -= count;
        } while (count > 0 && room > 0);
        if (count == 0)
            return CORDON_PLUGIN_OK;
    }
}

cordon_plugin_status plugin_file_read(host_env *env, int directory, const char *path, int flags, uint64_t size_max, bytes *content_out,
                                      cordon_plugin_error *error)
{
    host_error cause;
    host_file_status about;
    int fd;
    *content_out = (bytes){0};
    /* Without waiting: what has a plugin's name may be a pipe that nobody writes to. */
    if (host_fs_open(env, directory, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags, 0, &fd, &cause) != HOST_OK)
        return unreadable(error, path, cause.message);
    cordon_plugin_status status = CORDON_PLUGIN_OK;
    if (host_fd_fstat(env, fd, &about, &cause) != HOST_OK)
        status = unreadable(error, path, cause.message);
    else if (!S_ISREG(about.mode))
        status = plugin_failure(error, CORDON_PLUGIN_BAD_PACKAGE, "%.200s is no regular file", path);
    else
        status = read_whole(env, fd, path, (uint64_t)about.size_bytes, size_max, content_out, error);
    (void)host_fd_close(env, fd, NULL);
    if (status != CORDON_PLUGIN_OK)
        bytes_release(content_out);
    return status;
}

static cordon_plugin_status read_archive_file(host_env *env, const char *path, plugin_package *package, cordon_plugin_error *error)
{
    bytes archive;
    cordon_plugin_status status = plugin_file_read(env, HOST_AT_CWD, path, 0, package->bytes_max, &archive, error);
    if (status == CORDON_PLUGIN_OK)
        status = plugin_archive_read(&archive, path, package, error);
    bytes_release(&archive);
    return status;
}

cordon_plugin_status plugin_package_read(host_env *env, const char *path, uint64_t bytes_max, size_t files_max, plugin_package *package_out,
                                         cordon_plugin_error *error)
{
    host_error cause;
    host_file_status about;
    *package_out = (plugin_package){.bytes_max = bytes_max, .files_max = files_max};
    if (path == NULL || path[0] == '\0')
        return plugin_failure(error, CORDON_PLUGIN_INVALID_ARGUMENT, "there is no path of a plugin");
    if (host_fs_stat(env, HOST_AT_CWD, path, 0, &about, &cause) != HOST_OK)
        return unreadable(error, path, cause.message);
    cordon_plugin_status status = S_ISDIR(about.mode) ? plugin_folder_read(env, path, package_out, error) : read_archive_file(env, path, package_out, error);
    if (status == CORDON_PLUGIN_OK && package_out->count == 0)
        status = plugin_failure(error, CORDON_PLUGIN_BAD_PACKAGE, "%.200s has no files", path);
    if (status == CORDON_PLUGIN_OK) {
        qsort(package_out->files, package_out->count, sizeof *package_out->files, compare);
        status = check_against_each_other(package_out, error);
    }
    if (status == CORDON_PLUGIN_OK && !take_digest(package_out))
        status = plugin_no_memory(error);
    if (status != CORDON_PLUGIN_OK)
        plugin_package_release(package_out);
    return status;
}
