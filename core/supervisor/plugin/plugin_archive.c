/* Hides libzip. An archive is a stranger's: every entry is judged by its header before room is taken for it, and by what came out of it after. */
#include <string.h>
#include <sys/stat.h>

#include <zip.h>

#include "plugin_package.h"

enum { UNIX_MODE_SHIFT = 16 };

static cordon_plugin_status complain(cordon_plugin_error *error, const char *archive, const char *entry, const char *what)
{
    return plugin_failure(error, CORDON_PLUGIN_BAD_PACKAGE, "%.200s: %.200s: %s", archive, entry, what);
}

/* What is wrong with an entry by its header; NULL: nothing. */
static const char *judge(zip_t *zip, zip_uint64_t index, const zip_stat_t *about, uint64_t room)
{
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    const zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_ENCRYPTION_METHOD | ZIP_STAT_COMP_METHOD;
    if ((about->valid & needed) != needed)
        return "its header is not whole";
    if (about->encryption_method != ZIP_EM_NONE)
        return "it is encrypted";
    if (about->comp_method != ZIP_CM_STORE && about->comp_method != ZIP_CM_DEFLATE)
        return "it is packed in another way than stored and deflated";
    if (about->size > room)
        return "it is larger than what is left for the plugin";
    if (zip_file_get_external_attributes(zip, index, 0, &system, &attributes) != 0)
        return "its attributes cannot be read";
    mode_t mode = (mode_t)(attributes >> UNIX_MODE_SHIFT);
    if (system == ZIP_OPSYS_UNIX && (mode & S_IFMT) != 0 && !S_ISREG(mode) && !S_ISDIR(mode))
        return "it is a symbolic link or a special file";
    return NULL;
}

/* Reads one byte more than the header promised, to see that there is none; its checksum is looked at then. */
static const char *unpack(zip_t *zip, zip_uint64_t index, const zip_stat_t *about, bytes *content_out)
{
    char behind;
    zip_file_t *file = zip_fopen_index(zip, index, 0);
    if (file == NULL)
        return "it cannot be unpacked";
    const char *complaint = bytes_reserve(content_out, about->size + 1) ? NULL : "there is no memory for it";
    while (complaint == NULL && content_out->size < about->size) {
        zip_int64_t count = zip_fread(file, content_out->data + content_out->size, about->size - content_out->size);
        if (count <= 0)
            complaint = "it ends before its header says, or is damaged";
        else
            content_out->size += (size_t)count;
    }
    if (complaint == NULL && zip_fread(file, &behind, 1) != 0)
        complaint = "it is longer than its header says, or its checksum is wrong";
    if (zip_fclose(file) != 0 && complaint == NULL)
        complaint = "its checksum is wrong";
    return complaint;
}

static cordon_plugin_status take_entry(zip_t *zip, zip_uint64_t index, const char *path, plugin_package *package, cordon_plugin_error *error)
{
    zip_stat_t about;
    bytes content = {0};
    zip_stat_init(&about);
    if (zip_stat_index(zip, index, ZIP_FL_ENC_GUESS, &about) != 0 || about.name == NULL)
        return complain(error, path, "an entry", "it has no header");
    size_t length = strlen(about.name);
    const char *complaint = judge(zip, index, &about, plugin_package_room(package));
    if (complaint != NULL)
        return complain(error, path, about.name, complaint);
    if (length > 0 && about.name[length - 1] == '/') /* a folder: those that have files are made with them */
        return about.size == 0 ? CORDON_PLUGIN_OK : complain(error, path, about.name, "it is a folder with a content");
    if (!plugin_package_wants(about.name))
        return CORDON_PLUGIN_OK;
    complaint = unpack(zip, index, &about, &content);
    if (complaint == NULL)
        return plugin_package_add(package, about.name, &content, error);
    bytes_release(&content);
    return complain(error, path, about.name, complaint);
}

cordon_plugin_status plugin_archive_read(const bytes *archive, const char *path, plugin_package *package, cordon_plugin_error *error)
{
    zip_error_t cause;
    zip_error_init(&cause);
    zip_source_t *source = zip_source_buffer_create(archive->data, archive->size, 0, &cause);
    zip_t *zip = source != NULL ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &cause) : NULL;
    if (zip == NULL) {
        cordon_plugin_status status = plugin_failure(error, CORDON_PLUGIN_BAD_PACKAGE, "%.200s is neither a folder nor a whole zip archive: %.200s", path,
                                                     zip_error_strerror(&cause));
        zip_source_free(source); /* accepts NULL; an archive that is open owns it */
        zip_error_fini(&cause);
        return status;
    }
    zip_int64_t count = zip_get_num_entries(zip, 0);
    cordon_plugin_status status = CORDON_PLUGIN_OK;
    if (count < 0 || (zip_uint64_t)count > 2 * (zip_uint64_t)package->files_max) /* folders and compiled code come on top of files */
        status = plugin_failure(error, CORDON_PLUGIN_BAD_PACKAGE, "%.200s has more than %zu files", path, package->files_max);
    for (zip_int64_t i = 0; i < count && status == CORDON_PLUGIN_OK; i++)
        status = take_entry(zip, (zip_uint64_t)i, path, package, error);
    zip_discard(zip);
    zip_error_fini(&cause);
    return status;
}
