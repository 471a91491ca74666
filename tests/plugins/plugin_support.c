/* Hides how plugins of the tests come to be on the disk, and which home is tested. */
#define _GNU_SOURCE
#include "plugin_support.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

plugin_setting setting;
char test_folder[4096];

#ifdef PLUGIN_TEST_INTERPRETER
#include "interpreter_setting.h"
#endif

static bool create_engine(const char *image)
{
    cordon_error error;
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    config.image = image;
    if (cordon_engine_create(&config, &setting.engine, &error) == CORDON_OK)
        return true;
    fprintf(stderr, "no engine: %s\n", error.message);
    return false;
}

bool setting_choose(const char *home, const char *image)
{
    setting = (plugin_setting){.name = home};
#ifdef PLUGIN_TEST_INTERPRETER
    if (strcmp(home, "interpreter") == 0)
        return setting_choose_interpreter(&setting) && create_engine(image);
#endif
    setting.has_limits = setting.has_grants = true;
    setting.is_shared = strcmp(home, "shared") == 0;
    setting.kind = setting.is_shared ? CORDON_PLUGIN_HOME_SHARED_SANDBOX : CORDON_PLUGIN_HOME_OWN_SANDBOX;
    return (setting.is_shared || strcmp(home, "own") == 0) && create_engine(image);
}

/* ---- Files ---- */

const char *path_of(const char *name)
{
    enum { KEPT_MAX = 256 };
    static char *kept[KEPT_MAX];
    char path[8192];
    size_t i = 0;
    snprintf(path, sizeof path, "%s/%s", test_folder, name);
    while (i < KEPT_MAX && kept[i] != NULL && strcmp(kept[i], path) != 0)
        i++;
    assert_true(i < KEPT_MAX);
    if (kept[i] == NULL)
        kept[i] = strdup(path);
    assert_non_null(kept[i]);
    return kept[i];
}

static void make_parents(char *path)
{
    for (char *slash = strchr(path + strlen(test_folder) + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0755);
        *slash = '/';
    }
}

void write_bytes(const char *folder, const char *name, const void *content, size_t size)
{
    char path[8192];
    snprintf(path, sizeof path, "%s/%s/%s", test_folder, folder, name);
    make_parents(path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

void write_file(const char *folder, const char *name, const char *content)
{
    write_bytes(folder, name, content, strlen(content));
}

void write_zip(const char *name, const char *folder, const char *const *files)
{
    int cause = 0;
    zip_t *zip = zip_open(path_of(name), ZIP_CREATE | ZIP_TRUNCATE, &cause);
    assert_non_null(zip);
    for (; *files != NULL; files++) {
        char stored[256], path[8192];
        const char *equals = strchr(*files, '=');
        snprintf(stored, sizeof stored, "%.*s", (int)(equals != NULL ? equals - *files : (long)strlen(*files)), *files);
        snprintf(path, sizeof path, "%s/%s/%s", test_folder, folder, equals != NULL ? equals + 1 : *files);
        assert_true(zip_file_add(zip, stored, zip_source_file(zip, path, 0, -1), ZIP_FL_ENC_UTF_8) >= 0);
    }
    assert_int_equal(zip_close(zip), 0);
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about, (void)kind, (void)walk;
    return remove(path);
}

void remove_folder(const char *name)
{
    (void)nftw(path_of(name), remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- Plugins ---- */

cordon_plugins_config config_of_setting(void)
{
    cordon_plugins_config config = CORDON_PLUGINS_CONFIG_INIT;
    config.api_version = "1";
    config.home = setting.kind;
    config.given_home = setting.home;
    config.engine = setting.engine;
    return config;
}

cordon_plugins *make_plugins(const cordon_plugins_config *config)
{
    cordon_plugins_config ours = config_of_setting();
    cordon_plugins *plugins = NULL;
    cordon_plugin_error error;
    if (cordon_plugins_create(config != NULL ? config : &ours, &plugins, &error) != CORDON_PLUGIN_OK)
        fail_msg("%s: %s", cordon_plugin_status_name(error.status), error.message);
    return plugins;
}

cordon_plugin *load(cordon_plugins *plugins, const char *name)
{
    cordon_plugin *plugin = NULL;
    cordon_plugin_error error;
    if (cordon_plugin_load(plugins, path_of(name), &plugin, &error) != CORDON_PLUGIN_OK)
        fail_msg("%s: %s", cordon_plugin_status_name(error.status), error.message);
    return plugin;
}

void assert_refused(cordon_plugins *plugins, const char *name, cordon_plugin_status status, const char *says)
{
    cordon_plugin *plugin = NULL;
    cordon_plugin_error error;
    cordon_plugin_status found = cordon_plugin_load(plugins, path_of(name), &plugin, &error);
    if (found != status)
        fail_msg("%s: %s, expected %s: %s", name, cordon_plugin_status_name(found), cordon_plugin_status_name(status), found == CORDON_PLUGIN_OK ? "" : error.message);
    assert_null(plugin);
    assert_int_equal(error.status, status);
    if (strstr(error.message, says) == NULL)
        fail_msg("%s: \"%s\" does not hold \"%s\"", name, error.message, says);
}

void assert_call(cordon_plugin *plugin, const char *contract, const char *function, const char *json, int count, ...)
{
    cordon_value *positional = cordon_value_list();
    cordon_result *result = NULL;
    cordon_plugin_error error;
    char *text = NULL;
    va_list numbers;
    va_start(numbers, count);
    for (int i = 0; i < count; i++)
        cordon_value_append(positional, cordon_value_int(va_arg(numbers, int)));
    va_end(numbers);
    if (cordon_plugin_call(plugin, contract, function, positional, NULL, NULL, &result, &error) != CORDON_PLUGIN_OK)
        fail_msg("%s.%s: %s: %s", contract, function, cordon_plugin_status_name(error.status), error.message);
    assert_int_equal(cordon_value_to_json(result->value, &text, NULL, NULL), CORDON_OK);
    assert_string_equal(text, json);
    cordon_text_release(text);
    cordon_result_destroy(result);
    cordon_value_destroy(positional);
}

cordon_plugin_status call_without(cordon_plugin *plugin, const char *function, cordon_result **result_out, cordon_plugin_error *error)
{
    return cordon_plugin_call(plugin, "work", function, NULL, NULL, NULL, result_out, error);
}
