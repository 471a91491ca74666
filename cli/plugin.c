/* `cordon plugin`: looks at a plugin, grants it what it asks for, and calls it in a sandbox of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "cordon/cordon.h"
#include "host_env/fd.h"
#include "host_env/fs.h"
#include "json_value.h"
#include "policy/number.h"
#include "policy/policy.h"

enum { PATH_BYTES_MAX = 4096, EXIT_RAISED = 1 };

static const char help[] =
    "usage: cordon plugin check PATH                            read and check it; nothing of it runs. Prints manifest and digest as JSON\n"
    "       cordon plugin grant PATH --grants FILE              remember what it asks for as granted\n"
    "       cordon plugin describe PATH                         load it, and print what it says of itself as JSON\n"
    "       cordon plugin run PATH [JSON]                       load it and run its entry: '{\"command\": NAME, ARGUMENT: VALUE ...}'\n"
    "       cordon plugin call PATH CONTRACT FUNCTION [JSON]    load it and call a function: '[VALUE, ...]' or '{ARGUMENT: VALUE, ...}'\n"
    "\n"
    "PATH is a folder, zip or wheel with a plugin.yaml (docs/plugins_host.md), or one that exports a MANIFEST. It is loaded into a sandbox of its\n"
    "own, which has what policy and grants allow; what its function returns is printed as JSON.\n"
    "\n"
    "  --api-version V       of this host's interface; plugins made for another are refused (default 1)\n"
    "  --policy FILE[:PROFILE]  what plugins may be granted; without it nothing\n"
    "  --grants FILE         where grants are remembered; without it they are not\n"
    "  --ask-first           what policy allows is not enough the first time: it must have been granted\n"
    "  --image FILE          a sandbox image of your own\n"
    "  --time TIME           that loading it and calling it may take, each: 500ms, 2s ...\n"
    "\n"
    "Exit codes: 0; 1 its function raised an exception; 120 it is no plugin, or wrong usage; 121 no sandbox; 122 denied, never granted, or asks for more\n"
    "than before; 123 a limit was reached; 124 its sandbox crashed.\n";

typedef struct plugin_options {
    const char *api_version, *policy, *grants, *image, *time;
    bool asks_first;
    const char *words[6]; /* the action, its path and what it takes */
    int word_count;
    const char *stray; /* what is no option, or has no value; NULL: nothing is */
} plugin_options;

/* ---- Options ---- */

/* The value of option `name`, if this is it: "--name=VALUE", or the argument behind. */
static const char *value_of(const char *name, int count, char **arguments, int *at)
{
    size_t length = strlen(name);
    if (strncmp(arguments[*at], name, length) != 0)
        return NULL;
    if (arguments[*at][length] == '=')
        return arguments[*at] + length + 1;
    return arguments[*at][length] == '\0' && *at + 1 < count ? arguments[++*at] : NULL;
}

static bool parse(int count, char **arguments, plugin_options *options)
{
    const struct {
        const char *name;
        const char **place;
    } valued[] = {
        {"--api-version", &options->api_version}, {"--policy", &options->policy}, {"--grants", &options->grants}, {"--image", &options->image}, {"--time", &options->time}};
    for (int i = 0; i < count; i++) {
        const char *found = NULL;
        for (size_t j = 0; j < sizeof valued / sizeof *valued && found == NULL; j++)
            if ((found = value_of(valued[j].name, count, arguments, &i)) != NULL)
                *valued[j].place = found;
        if (found != NULL)
            continue;
        if (strcmp(arguments[i], "--ask-first") == 0)
            options->asks_first = true;
        else if (arguments[i][0] == '-')
            return options->stray = arguments[i], false;
        else if (options->word_count == (int)(sizeof options->words / sizeof *options->words))
            return false;
        else
            options->words[options->word_count++] = arguments[i];
    }
    return true;
}

/* ---- Saying ---- */

static int exit_code_of(cordon_plugin_status status)
{
    switch (status) {
    case CORDON_PLUGIN_OK:
        return 0;
    case CORDON_PLUGIN_RAISED:
    case CORDON_PLUGIN_INIT_RAISED:
    case CORDON_PLUGIN_EXITED:
        return EXIT_RAISED;
    case CORDON_PLUGIN_DENIED:
    case CORDON_PLUGIN_NOT_GRANTED:
    case CORDON_PLUGIN_ESCALATION:
    case CORDON_PLUGIN_CANNOT_GIVE:
        return CORDON_EXIT_DENIED;
    case CORDON_PLUGIN_LIMIT:
    case CORDON_PLUGIN_MEMORY:
        return CORDON_EXIT_LIMIT;
    case CORDON_PLUGIN_CRASHED:
    case CORDON_PLUGIN_VIOLATION:
        return CORDON_EXIT_CRASHED;
    case CORDON_PLUGIN_SETUP_FAILED:
        return CORDON_EXIT_SETUP_FAILED;
    default:
        return CORDON_EXIT_USAGE;
    }
}

static int complain(const command_context *context, const cordon_plugin_error *error)
{
    command_complain(context, "%s", error->message);
    return exit_code_of(error->status);
}

static int print_value(const command_context *context, const cordon_value *value)
{
    char *text = NULL;
    cordon_error error;
    if (cordon_value_to_json(value, &text, NULL, &error) != CORDON_OK) {
        command_complain(context, "%s", error.message);
        return CORDON_EXIT_USAGE;
    }
    bool is_written = command_write(context, 1, text) == 0 && command_write(context, 1, "\n") == 0;
    cordon_text_release(text);
    if (is_written)
        return 0;
    command_complain(context, "what it answers cannot be written to standard output");
    return CORDON_EXIT_SETUP_FAILED;
}

static int pass_on(void *context, int stream, const void *data, size_t size)
{
    const command_context *command = context;
    for (size_t done = 0, count = 0; done < size; done += count) { /* bytes, and not a text: there may be a NUL among them */
        host_status status = host_fd_write(command->env, stream, (const char *)data + done, size - done, &count, NULL);
        if (status == HOST_INTERRUPTED)
            count = 0;
        else if (status != HOST_OK)
            return -1;
    }
    return 0;
}

/* ---- Actions ---- */

static int finish(const command_context *context, cordon_plugin_status status, cordon_result *result, const cordon_plugin_error *error)
{
    int code = exit_code_of(status);
    if (status == CORDON_PLUGIN_OK)
        code = print_value(context, result->value);
    else if (result != NULL && result->exception != NULL && status == CORDON_PLUGIN_RAISED)
        (void)command_write(context, 2, result->exception->traceback);
    else
        code = complain(context, error);
    cordon_result_destroy(result);
    return code;
}

/* The arguments that were typed, or an empty dict. NULL: they are no JSON, which was said. */
static cordon_value *typed_arguments(const command_context *context, const char *text)
{
    char complaint[256];
    if (text == NULL)
        return cordon_value_dict();
    cordon_value *value = json_value_parse(text, strlen(text), complaint, sizeof complaint);
    if (value == NULL)
        command_complain(context, "the arguments are no JSON: %s", complaint);
    return value;
}

static int use(const command_context *context, cordon_plugin *plugin, const plugin_options *options)
{
    bool is_call = strcmp(options->words[0], "call") == 0;
    cordon_plugin_run run = CORDON_PLUGIN_RUN_INIT;
    cordon_result *result = NULL;
    cordon_plugin_error error;
    cordon_plugin_status status;
    run.streams.output = pass_on;
    run.streams.context = (void *)context;
    run.streams.collected_bytes_max = CORDON_COLLECT_NOTHING;
    if (strcmp(options->words[0], "describe") == 0) {
        status = cordon_plugin_describe(plugin, &result, &error);
        return finish(context, status, result, &error);
    }
    cordon_value *arguments = typed_arguments(context, options->words[is_call ? 4 : 2]);
    if (arguments == NULL)
        return CORDON_EXIT_USAGE;
    bool is_list = cordon_value_get_kind(arguments) == CORDON_VALUE_LIST;
    if (is_call)
        status = cordon_plugin_call(plugin, options->words[2], options->words[3], is_list ? arguments : NULL, is_list ? NULL : arguments, &run, &result, &error);
    else
        status = cordon_plugin_execute(plugin, arguments, &run, &result, &error);
    cordon_value_destroy(arguments);
    return finish(context, status, result, &error);
}

static int act(const command_context *context, cordon_plugins *plugins, const plugin_options *options)
{
    cordon_plugin_error error;
    cordon_value *description = NULL;
    cordon_plugin *plugin = NULL;
    int code = 0;
    if (strcmp(options->words[0], "grant") == 0)
        return cordon_plugins_grant(plugins, options->words[1], &error) == CORDON_PLUGIN_OK ? 0 : complain(context, &error);
    if (strcmp(options->words[0], "check") == 0) {
        code = cordon_plugins_inspect(plugins, options->words[1], &description, &error) == CORDON_PLUGIN_OK ? print_value(context, description) : complain(context, &error);
        cordon_value_destroy(description);
        return code;
    }
    if (cordon_plugin_load(plugins, options->words[1], &plugin, &error) != CORDON_PLUGIN_OK)
        return complain(context, &error);
    code = use(context, plugin, options);
    cordon_plugin_unload(plugin);
    return code;
}

/* A file of grants is named absolutely: `PATH` is looked up from the working directory. */
static bool make_absolute(const command_context *context, const char *path, char *absolute_out)
{
    char folder[PATH_BYTES_MAX] = "";
    if (path[0] != '/' && host_fs_getcwd(context->env, folder, sizeof folder, NULL) != HOST_OK)
        return false;
    return snprintf(absolute_out, PATH_BYTES_MAX, "%s%s%s", folder, path[0] != '/' ? "/" : "", path) < PATH_BYTES_MAX;
}

static int with_engine(const command_context *context, cordon_engine *engine, const plugin_options *options)
{
    char policy_file[PATH_BYTES_MAX], grants[PATH_BYTES_MAX];
    const char *wanted;
    cordon_sandbox_config sandbox = CORDON_SANDBOX_CONFIG_INIT;
    cordon_plugins *plugins = NULL;
    cordon_plugin_error error;
    cordon_plugins_config config = CORDON_PLUGINS_CONFIG_INIT;
    config.api_version = options->api_version;
    config.engine = engine;
    config.asks_first = options->asks_first;
    config.sandbox = &sandbox;
    if (options->time != NULL && (wanted = policy_parse_duration(options->time, &sandbox.limits.value[CORDON_LIMIT_WALL])) != NULL) {
        command_complain(context, "--time %s: %s", options->time, wanted);
        return CORDON_EXIT_USAGE;
    }
    if (options->policy != NULL) {
        if (!policy_split_choice(options->policy, policy_file, sizeof policy_file, &config.policy_profile)) {
            command_complain(context, "--policy %s names no file", options->policy);
            return CORDON_EXIT_USAGE;
        }
        config.policy_file = policy_file;
    }
    if (options->grants != NULL) {
        if (!make_absolute(context, options->grants, grants)) {
            command_complain(context, "--grants %s is too long", options->grants);
            return CORDON_EXIT_USAGE;
        }
        config.grants_file = grants;
    }
    if (cordon_plugins_create(&config, &plugins, &error) != CORDON_PLUGIN_OK)
        return complain(context, &error);
    int code = act(context, plugins, options);
    cordon_plugins_destroy(plugins);
    return code;
}

/* How many words each action takes, its own name included. */
static bool words_fit(const plugin_options *options)
{
    static const struct {
        const char *action;
        int least, most;
    } actions[] = {{"check", 2, 2}, {"grant", 2, 2}, {"describe", 2, 2}, {"run", 2, 3}, {"call", 4, 5}};
    for (size_t i = 0; options->word_count > 0 && i < sizeof actions / sizeof *actions; i++)
        if (strcmp(options->words[0], actions[i].action) == 0)
            return options->word_count >= actions[i].least && options->word_count <= actions[i].most;
    return false;
}

int command_plugin(const command_context *context, int argument_count, char **arguments)
{
    char image[PATH_BYTES_MAX];
    cordon_engine *engine = NULL;
    cordon_error error;
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    plugin_options options = {.api_version = "1"};
    const char *last = argument_count > 0 ? arguments[argument_count - 1] : "";
    if (strcmp(last, "--help") == 0 || strcmp(last, "-h") == 0)
        return command_write(context, 1, help) == 0 ? 0 : CORDON_EXIT_USAGE;
    if (!parse(argument_count, arguments, &options) || !words_fit(&options)) {
        if (options.stray != NULL)
            command_complain(context, "%s is no option of cordon plugin, or lacks its value; 'cordon plugin --help' tells more", options.stray);
        else
            (void)command_write(context, 2, help);
        return CORDON_EXIT_USAGE;
    }
    if (strcmp(options.words[0], "grant") == 0 && options.grants == NULL) {
        command_complain(context, "what is granted would be forgotten at once: --grants FILE says where to remember it");
        return CORDON_EXIT_USAGE;
    }
    snprintf(image, sizeof image, "%s/cordon-sandbox", context->binaries);
    config.image = options.image != NULL ? options.image : image;
    if (cordon_engine_create(&config, &engine, &error) != CORDON_OK) {
        command_complain(context, "%s", error.message);
        return CORDON_EXIT_SETUP_FAILED;
    }
    int code = with_engine(context, engine, &options);
    cordon_engine_destroy(engine);
    return code;
}
