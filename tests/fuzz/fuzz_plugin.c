/* What a stranger's plugin is told by: an archive, whatever its headers claim, and a manifest. What is taken obeys the rules; the rest is refused with a reason. */
#include <stdlib.h>
#include <string.h>

#include "plugin_manifest.h"
#include "plugin_package.h"

enum { FILES_MAX = 50, BYTES_MAX = 1 << 20 };

static void check_files(const plugin_package *package)
{
    size_t bytes = 0;
    if (package->count > FILES_MAX)
        abort();
    for (size_t i = 0; i < package->count; i++) {
        const char *path = package->files[i].path;
        bytes += package->files[i].size;
        if (path[0] == '/' || path[0] == '\0' || strstr(path, "//") != NULL || strcmp(path, "..") == 0 || strncmp(path, "../", 3) == 0 || strstr(path, "/../") != NULL)
            abort();
    }
    if (bytes > BYTES_MAX)
        abort();
}

static void read_archive(const uint8_t *data, size_t size)
{
    plugin_package package = {.bytes_max = BYTES_MAX, .files_max = FILES_MAX};
    cordon_plugin_error error = {.status = CORDON_PLUGIN_OK};
    const bytes archive = {.data = (unsigned char *)data, .size = size};
    cordon_plugin_status status = plugin_archive_read(&archive, "fuzz.zip", &package, &error);
    if (status != CORDON_PLUGIN_OK && (error.status != status || error.message[0] == '\0'))
        abort();
    check_files(&package);
    plugin_package_release(&package);
}

static void read_manifest(const uint8_t *data, size_t size)
{
    cordon_plugin_error error = {.status = CORDON_PLUGIN_OK};
    plugin_document *document = NULL;
    plugin_manifest manifest = {0};
    cordon_plugin_status status = plugin_document_read(data, size, "fuzz.yaml", CORDON_PLUGIN_BAD_MANIFEST, &document, &error);
    if (status == CORDON_PLUGIN_OK)
        status = plugin_manifest_read(document, NULL, &manifest, &error);
    if (status == CORDON_PLUGIN_OK && (!plugin_manifest_is_name(manifest.name) || (manifest.wishes.asked == NULL) != (manifest.wishes.rules == NULL)))
        abort();
    if (status != CORDON_PLUGIN_OK && (error.status != status || error.message[0] == '\0'))
        abort();
    plugin_manifest_release(&manifest);
    plugin_document_destroy(document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size >= 2 && memcmp(data, "PK", 2) == 0)
        read_archive(data, size);
    else
        read_manifest(data, size);
    return 0;
}
