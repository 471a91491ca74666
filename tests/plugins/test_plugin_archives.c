/* Folders and archives as strangers make them: what is no plugin's is refused before it is kept, and a good twin beside each is taken. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "plugin_package.h"

static char folder[] = "/tmp/cordon-test-archives-XXXXXX";
static host_env *env;

static const char *path_of(const char *name)
{
    static char paths[4][4096];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

/* ---- Archives ---- */

typedef struct entry {
    const char *name, *content;
    unsigned mode;     /* of Unix; 0: none */
    bool is_encrypted;
    int method;        /* ZIP_CM_...; 0: stored */
} entry;

static const char *write_archive(const entry *entries, size_t count)
{
    const char *path = path_of("plugin.zip");
    int cause = 0;
    (void)unlink(path);
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &cause);
    assert_non_null(zip);
    for (size_t i = 0; i < count; i++) {
        zip_source_t *source = zip_source_buffer(zip, entries[i].content, strlen(entries[i].content), 0);
        zip_int64_t index = zip_file_add(zip, entries[i].name, source, ZIP_FL_ENC_UTF_8);
        assert_true(index >= 0);
        assert_int_equal(zip_set_file_compression(zip, (zip_uint64_t)index, entries[i].method != 0 ? entries[i].method : ZIP_CM_STORE, 0), 0);
        if (entries[i].mode != 0)
            assert_int_equal(zip_file_set_external_attributes(zip, (zip_uint64_t)index, 0, ZIP_OPSYS_UNIX, entries[i].mode << 16), 0);
        if (entries[i].is_encrypted)
            assert_int_equal(zip_file_set_encryption(zip, (zip_uint64_t)index, ZIP_EM_AES_256, "secret"), 0);
    }
    assert_int_equal(zip_close(zip), 0);
    return path;
}

static cordon_plugin_status read_package(const char *path, plugin_package *package, cordon_plugin_error *error)
{
    return plugin_package_read(env, path, 100000, 100, package, error);
}

static void assert_archive(const entry *entries, size_t count, const char *says)
{
    plugin_package package;
    cordon_plugin_error error;
    cordon_plugin_status status = read_package(write_archive(entries, count), &package, &error);
    if (says == NULL && status != CORDON_PLUGIN_OK)
        fail_msg("%s: %s", entries[count - 1].name, error.message);
    if (says != NULL && (status != CORDON_PLUGIN_BAD_PACKAGE || strstr(error.message, says) == NULL))
        fail_msg("%s: %s: %s", entries[count - 1].name, cordon_plugin_status_name(status), status == CORDON_PLUGIN_OK ? "" : error.message);
    if (status == CORDON_PLUGIN_OK)
        plugin_package_release(&package);
}

static void entries_are_judged(void **state)
{
    static const struct {
        entry entry;
        const char *says; /* NULL: it is taken */
    } cases[] = {
        {{"a/b.py", "1", 0100644, false, 0}, NULL},
        {{"packed.py", "1111111111111111111111111111111111", 0, false, ZIP_CM_DEFLATE}, NULL},
        {{"folder/", "", 040755, false, 0}, NULL},
        {{"a/__pycache__/b.pyc", "1", 0, false, 0}, NULL},
        {{"../b.py", "1", 0, false, 0}, "empty component, . or .."},
        {{"a/../../b.py", "1", 0, false, 0}, "empty component, . or .."},
        {{"/etc/b.py", "1", 0, false, 0}, "an absolute path"},
        {{"a//b.py", "1", 0, false, 0}, "empty component, . or .."},
        {{"a\\b.py", "1", 0, false, 0}, "backslash"},
        {{"link.py", "main.py", 0120777, false, 0}, "symbolic link"},
        {{"device", "", 020666, false, 0}, "symbolic link or a special file"},
        {{"secret.py", "1", 0, true, 0}, "encrypted"},
        {{"odd.py", "11111111111111111111111111111", 0, false, ZIP_CM_BZIP2}, "packed in another way"},
        {{"main.py/more.py", "1", 0, false, 0}, "a file and a folder of one name: main.py"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const entry entries[] = {{.name = "main.py", .content = "pass"}, cases[i].entry};
        assert_archive(entries, 2, cases[i].says);
    }
}

static void change_bytes(const char *path, const char *from, const char *to, bool only_last)
{
    static char text[1 << 16];
    size_t length = strlen(from);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text, file), last = 0, changed = 0;
    for (size_t i = 0; i + length <= size; i++)
        if (memcmp(text + i, from, length) == 0) {
            last = i;
            changed++;
            if (!only_last)
                memcpy(text + i, to, length);
        }
    assert_true(changed > 0);
    if (only_last)
        memcpy(text + last, to, length);
    rewind(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    fclose(file);
}

static void damaged_archives_are_refused(void **state)
{
    const entry entries[] = {{.name = "one.py", .content = "content of one"}, {.name = "two.py", .content = "content of two"}};
    plugin_package package;
    cordon_plugin_error error;
    (void)state;
    const char *path = write_archive(entries, 2);
    assert_int_equal(read_package(path, &package, &error), CORDON_PLUGIN_OK);
    plugin_package_release(&package);
    change_bytes(path, "content of two", "CONTENT OF TWO", false); /* its checksum is another */
    assert_int_equal(read_package(path, &package, &error), CORDON_PLUGIN_BAD_PACKAGE);
    path = write_archive(entries, 2);
    change_bytes(path, "two.py", "one.py", false); /* two of one name */
    assert_int_equal(read_package(path, &package, &error), CORDON_PLUGIN_BAD_PACKAGE);
    path = write_archive(entries, 2);
    change_bytes(path, "two.py", "six.py", true); /* its two headers disagree */
    assert_int_equal(read_package(path, &package, &error), CORDON_PLUGIN_BAD_PACKAGE);
    path = write_archive(entries, 2);
    assert_int_equal(truncate(path, 60), 0);
    assert_int_equal(read_package(path, &package, &error), CORDON_PLUGIN_BAD_PACKAGE);
    assert_non_null(strstr(error.message, "neither a folder nor a whole zip"));
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(read_package(path, &package, &error), CORDON_PLUGIN_BAD_PACKAGE);
}

static void bombs_are_refused_by_their_headers(void **state)
{
    static char much[200001];
    const entry bomb[] = {{.name = "main.py", .content = "pass"}, {.name = "much.py", .content = much, .method = ZIP_CM_DEFLATE}};
    struct stat about;
    (void)state;
    memset(much, 'x', sizeof much - 1);
    assert_int_equal(stat(write_archive(bomb, 2), &about), 0);
    assert_true(about.st_size < 10000); /* small as a file */
    assert_archive(bomb, 2, "larger than what is left");
    much[90000] = '\0';
    assert_archive(bomb, 2, NULL);
    entry many[201];
    char names[201][16];
    for (size_t i = 0; i < 201; i++) {
        snprintf(names[i], sizeof names[i], "m%zu.py", i);
        many[i] = (entry){.name = names[i], .content = ""};
    }
    assert_archive(many, 100, NULL);
    assert_archive(many, 101, "more than 100 files");
    assert_archive(many, 201, "more than 100 files");
}

/* ---- Folders ---- */

static void write_file(const char *name, const char *content)
{
    FILE *file = fopen(path_of(name), "wb");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void folders_and_archives_of_the_same_have_one_digest(void **state)
{
    const entry entries[] = {{.name = "main.py", .content = "pass"}, {.name = "inner/a.py", .content = "1"}};
    plugin_package from_folder, from_archive;
    cordon_plugin_error error;
    (void)state;
    (void)mkdir(path_of("plugin"), 0755);
    (void)mkdir(path_of("plugin/inner"), 0755);
    (void)mkdir(path_of("plugin/__pycache__"), 0755);
    write_file("plugin/main.py", "pass");
    write_file("plugin/inner/a.py", "1");
    write_file("plugin/__pycache__/main.pyc", "compiled");
    if (read_package(path_of("plugin"), &from_folder, &error) != CORDON_PLUGIN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(from_folder.count, 2);
    assert_int_equal(read_package(write_archive(entries, 2), &from_archive, &error), CORDON_PLUGIN_OK);
    assert_string_equal(from_folder.digest, from_archive.digest);
    plugin_package_release(&from_archive);
    write_file("plugin/inner/a.py", "2");
    assert_int_equal(read_package(path_of("plugin"), &from_archive, &error), CORDON_PLUGIN_OK);
    assert_string_not_equal(from_folder.digest, from_archive.digest);
    plugin_package_release(&from_archive);
    plugin_package_release(&from_folder);
}

static void links_and_pipes_in_folders_are_refused(void **state)
{
    plugin_package package;
    cordon_plugin_error error;
    (void)state;
    (void)mkdir(path_of("odd"), 0755);
    write_file("odd/main.py", "pass");
    write_file("elsewhere", "not the plugin's");
    assert_int_equal(symlink(path_of("elsewhere"), path_of("odd/link.py")), 0);
    assert_int_equal(read_package(path_of("odd"), &package, &error), CORDON_PLUGIN_BAD_PACKAGE);
    assert_non_null(strstr(error.message, "link.py is a symbolic link"));
    assert_int_equal(unlink(path_of("odd/link.py")), 0);
    assert_int_equal(symlink(folder, path_of("odd/up")), 0); /* a folder, and a circle */
    assert_int_equal(read_package(path_of("odd"), &package, &error), CORDON_PLUGIN_BAD_PACKAGE);
    assert_int_equal(unlink(path_of("odd/up")), 0);
    assert_int_equal(mkfifo(path_of("odd/pipe"), 0600), 0);
    assert_int_equal(read_package(path_of("odd"), &package, &error), CORDON_PLUGIN_BAD_PACKAGE);
    assert_int_equal(read_package(path_of("odd/pipe"), &package, &error), CORDON_PLUGIN_BAD_PACKAGE);
    assert_int_equal(unlink(path_of("odd/pipe")), 0);
    assert_int_equal(read_package(path_of("odd"), &package, &error), CORDON_PLUGIN_OK);
    plugin_package_release(&package);
    assert_int_equal(symlink(path_of("odd"), path_of("name_of_odd")), 0); /* the root itself may be a link */
    assert_int_equal(read_package(path_of("name_of_odd"), &package, &error), CORDON_PLUGIN_OK);
    plugin_package_release(&package);
    assert_int_equal(read_package("", &package, &error), CORDON_PLUGIN_INVALID_ARGUMENT);
    assert_int_equal(read_package(path_of("nowhere"), &package, &error), CORDON_PLUGIN_UNREADABLE);
}

static host_decision allow(void *context, const host_access *access)
{
    (void)context, (void)access;
    return HOST_DECISION_ALLOW;
}

static int set_up(void **state)
{
    host_env_config config = HOST_ENV_CONFIG_INIT;
    (void)state;
    config.decide = allow;
    config.path_mode = HOST_PATHS_ANY;
    return mkdtemp(folder) == NULL || host_env_create(&config, &env, NULL) != HOST_OK;
}

static int tear_down(void **state)
{
    static const char *const left[] = {"plugin.zip", "plugin/__pycache__/main.pyc", "plugin/__pycache__", "plugin/inner/a.py", "plugin/inner", "plugin/main.py", "plugin",
                                       "odd/main.py", "odd", "name_of_odd", "elsewhere", "."};
    (void)state;
    for (size_t i = 0; i + 1 < sizeof left / sizeof *left; i++)
        (void)remove(path_of(left[i]));
    (void)rmdir(folder);
    host_env_destroy(env);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_judged),
        cmocka_unit_test(damaged_archives_are_refused),
        cmocka_unit_test(bombs_are_refused_by_their_headers),
        cmocka_unit_test(folders_and_archives_of_the_same_have_one_digest),
        cmocka_unit_test(links_and_pipes_in_folders_are_refused),
    };
    return cmocka_run_group_tests_name("plugin archives", tests, set_up, tear_down);
}
