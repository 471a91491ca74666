/* A host of plugins: two that bring modules of the same names, one of which was granted a folder of the host. A third asks for more than policy allows, and is refused.
 * usage: plugin_host IMAGE FOLDER_OF_PLUGINS */
#include <stdio.h>
#include <string.h>

#include "cordon/cordon.h"

static int fail(const cordon_plugin_error *error)
{
    fprintf(stderr, "%s: %s: %s\n", error->plugin, cordon_plugin_status_name(error->status), error->message);
    return 1;
}

/* contract "greetings", function "greet": one text in, one text out. */
static bool greet(cordon_plugin *plugin, const char *who, cordon_plugin_error *error)
{
    cordon_result *result = NULL;
    cordon_value *arguments = cordon_value_list();
    cordon_value_append(arguments, cordon_value_text(who));
    cordon_plugin_status status = cordon_plugin_call(plugin, "greetings", "greet", arguments, NULL, NULL, &result, error);
    if (status == CORDON_PLUGIN_OK)
        printf("%s %s: %s\n", cordon_plugin_name(plugin), cordon_plugin_version(plugin), cordon_value_get_text(result->value, NULL));
    cordon_result_destroy(result);
    cordon_value_destroy(arguments);
    return status == CORDON_PLUGIN_OK;
}

static int use(cordon_plugins *plugins, const char *folder)
{
    static const char *const names[] = {"french", "german"};
    char path[4096];
    cordon_plugin_error error;
    cordon_plugin *loaded[2] = {NULL, NULL}, *curious = NULL;
    bool is_good = true;
    for (int i = 0; i < 2 && is_good; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        is_good = cordon_plugin_load(plugins, path, &loaded[i], &error) == CORDON_PLUGIN_OK;
    }
    /* Both import `words` and `generated.contracts`, and each finds its own. */
    for (int i = 0; i < 2 && is_good; i++)
        is_good = greet(loaded[i], "Ann", &error);
    snprintf(path, sizeof path, "%s/curious", folder);
    if (is_good && cordon_plugin_load(plugins, path, &curious, &error) == CORDON_PLUGIN_DENIED)
        printf("refused: %s\n", error.message);
    else
        is_good = false;
    for (int i = 0; i < 2; i++)
        cordon_plugin_unload(loaded[i]);
    cordon_plugin_unload(curious);
    return is_good ? 0 : fail(&error);
}

int main(int argument_count, char **arguments)
{
    char policy[4096];
    cordon_error cause;
    cordon_plugin_error error;
    cordon_engine *engine = NULL;
    cordon_plugins *plugins = NULL;
    cordon_engine_config engine_config = CORDON_ENGINE_CONFIG_INIT;
    cordon_plugins_config config = CORDON_PLUGINS_CONFIG_INIT;
    if (argument_count != 3) {
        fprintf(stderr, "usage: plugin_host IMAGE FOLDER_OF_PLUGINS\n");
        return 2;
    }
    engine_config.image = arguments[1];
    if (cordon_engine_create(&engine_config, &engine, &cause) != CORDON_OK) {
        fprintf(stderr, "%s\n", cause.message);
        return 1;
    }
    snprintf(policy, sizeof policy, "%s/policy.yaml", arguments[2]);
    config.api_version = "1";
    config.engine = engine;
    config.policy_file = policy; /* what any plugin may be granted at most */
    int failed = cordon_plugins_create(&config, &plugins, &error) == CORDON_PLUGIN_OK ? use(plugins, arguments[2]) : fail(&error);
    cordon_plugins_destroy(plugins);
    cordon_engine_destroy(engine);
    return failed;
}
