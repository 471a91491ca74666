/* Hides how a plugin lives in its home: brought there, called, lost, loaded anew; and which of its many ends an operation had. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins_internal.h"
#include "settings.h"

enum { REFUSED_EFFECTS_MAX = 100 };

struct cordon_plugin {
    cordon_plugins *plugins;
    plugin_candidate candidate;
    plugin_access access;
    bool is_in_use;       /* atomic */
    pthread_mutex_t lock; /* over the place, which a cancelling thread looks at */
    void *place;          /* NULL: it has none, because the last attempt to load it failed */
    uint64_t handle;
};

/* ---- What came of an operation ---- */

/* The classes of cordon.plugins, from inside. A plugin may raise them itself: that tells of nobody but itself. */
static cordon_plugin_status status_of_class(const cordon_exception *raised)
{
    static const struct {
        const char *type;
        cordon_plugin_status status;
    } classes[] = {
        {"NoEntry", CORDON_PLUGIN_NO_ENTRY},
        {"WrongApiVersion", CORDON_PLUGIN_WRONG_API_VERSION},
        {"InitRaised", CORDON_PLUGIN_INIT_RAISED},
        {"BadManifest", CORDON_PLUGIN_BAD_MANIFEST},
        {"FunctionMissing", CORDON_PLUGIN_FUNCTION_MISSING},
        {"ArgumentsDoNotFit", CORDON_PLUGIN_BAD_ARGUMENTS},
        {"NotLoaded", CORDON_PLUGIN_LOST},
        {"LoadInProgress", CORDON_PLUGIN_BUSY},
        {"NativeModule", CORDON_PLUGIN_BAD_PACKAGE},
        {"NoPlugin", CORDON_PLUGIN_UNREADABLE},
    };
    if (strcmp(raised->module, "cordon.plugins") != 0)
        return CORDON_PLUGIN_RAISED;
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strcmp(classes[i].type, raised->type) == 0)
            return classes[i].status;
    return CORDON_PLUGIN_RAISED;
}

static cordon_plugin_status status_of(const cordon_result *result)
{
    static const cordon_plugin_status outcomes[] = {
        [CORDON_OUTCOME_SUSPENDED] = CORDON_PLUGIN_SUSPENDED,       [CORDON_OUTCOME_LIMIT_TIME] = CORDON_PLUGIN_LIMIT,
        [CORDON_OUTCOME_LIMIT_CPU] = CORDON_PLUGIN_LIMIT,           [CORDON_OUTCOME_LIMIT_FUEL] = CORDON_PLUGIN_LIMIT,
        [CORDON_OUTCOME_LIMIT_MEMORY] = CORDON_PLUGIN_MEMORY,       [CORDON_OUTCOME_LIMIT_OUTPUT] = CORDON_PLUGIN_LIMIT,
        [CORDON_OUTCOME_LIMIT_FILES] = CORDON_PLUGIN_LIMIT,         [CORDON_OUTCOME_LIMIT_CALLS] = CORDON_PLUGIN_LIMIT,
        [CORDON_OUTCOME_LIMIT_RECURSION] = CORDON_PLUGIN_LIMIT,     [CORDON_OUTCOME_DENIED] = CORDON_PLUGIN_RAISED,
        [CORDON_OUTCOME_VIOLATION] = CORDON_PLUGIN_VIOLATION,       [CORDON_OUTCOME_CRASHED] = CORDON_PLUGIN_CRASHED,
        [CORDON_OUTCOME_CANCELLED] = CORDON_PLUGIN_CANCELLED,       [CORDON_OUTCOME_SETUP_FAILED] = CORDON_PLUGIN_SETUP_FAILED,
    };
    if (result->outcome == CORDON_OUTCOME_OK)
        return result->has_exit_code ? CORDON_PLUGIN_EXITED : CORDON_PLUGIN_OK;
    if (result->outcome == CORDON_OUTCOME_PYTHON_EXCEPTION)
        return result->exception != NULL ? status_of_class(result->exception) : CORDON_PLUGIN_RAISED;
    return (size_t)result->outcome < sizeof outcomes / sizeof *outcomes ? outcomes[result->outcome] : CORDON_PLUGIN_CRASHED;
}

/* Where the plugin's own code raised: the innermost frame of what led to this exception. */
static void tell_place(const cordon_exception *raised, char *text, size_t size)
{
    while (raised->cause != NULL)
        raised = raised->cause;
    text[0] = '\0';
    if (raised->frame_count > 0)
        snprintf(text, size, " (%.200s:%u)", raised->frames[raised->frame_count - 1].file, raised->frames[raised->frame_count - 1].line);
}

static cordon_plugin_status judge(const cordon_plugin *plugin, const cordon_result *result, cordon_plugin_error *error)
{
    char place[240];
    const char *name = plugin->candidate.manifest.name;
    cordon_plugin_status status = status_of(result);
    if (status == CORDON_PLUGIN_OK || status == CORDON_PLUGIN_SUSPENDED)
        return status;
    if (status == CORDON_PLUGIN_EXITED)
        return plugin_failure(error, status, "plugin %s ended its interpreter with code %d", name, result->exit_code);
    if (result->exception == NULL)
        return plugin_failure(error, status, "plugin %s: %s", name, result->message[0] != '\0' ? result->message : cordon_outcome_text(result->outcome));
    tell_place(result->exception, place, sizeof place);
    return plugin_failure(error, status, "plugin %s: %.80s: %.600s%s", name, result->exception->type, result->exception->message, place);
}

/* ---- Operations ---- */

static cordon_plugin_operation operation_of(const cordon_plugin *plugin, cordon_plugin_verb verb, const cordon_plugin_run *run)
{
    cordon_plugin_operation operation = {.struct_size = sizeof operation, .verb = verb, .handle = plugin->handle};
    if (run != NULL) {
        operation.streams = run->streams;
        operation.timeout_ns = run->timeout_ns;
    }
    return operation;
}

static cordon_plugin_status operate(cordon_plugin *plugin, const cordon_plugin_operation *operation, cordon_result **result_out, cordon_plugin_error *error)
{
    const cordon_plugin_home *home = plugin->plugins->home;
    cordon_error cause;
    if (plugin->place == NULL)
        return plugin_failure(error, CORDON_PLUGIN_LOST, "plugin %s has no interpreter: reload it", plugin->candidate.manifest.name);
    if (home->operate(home->context, plugin->place, operation, result_out, &cause) != CORDON_OK)
        return plugin_failure_of(error, &cause);
    return *result_out != NULL ? judge(plugin, *result_out, error) : CORDON_PLUGIN_OK;
}

static cordon_plugin_status resume(cordon_plugin *plugin, const cordon_resumption *resumption, cordon_result **result_out, cordon_plugin_error *error)
{
    const cordon_plugin_home *home = plugin->plugins->home;
    cordon_error cause;
    if (home->resume == NULL)
        return plugin_failure(error, CORDON_PLUGIN_UNSUPPORTED, "plugin %s lives in %s, which has no effects", plugin->candidate.manifest.name, home->name);
    if (plugin->place == NULL)
        return plugin_failure(error, CORDON_PLUGIN_LOST, "plugin %s has no interpreter: reload it", plugin->candidate.manifest.name);
    if (home->resume(home->context, plugin->place, resumption, result_out, &cause) != CORDON_OK)
        return plugin_failure_of(error, &cause);
    return judge(plugin, *result_out, error);
}

/* Cut if it is longer. */
static void tell_name(const char *name, char *text_out, size_t size)
{
    size_t length = strnlen(name, size - 1);
    memcpy(text_out, name, length);
    text_out[length] = '\0';
}

static cordon_plugin_status enter(cordon_plugin *plugin, cordon_plugin_error *error)
{
    if (error != NULL) { /* its texts end where they begin: zeroing all of them takes as long as the rest */
        error->status = CORDON_PLUGIN_OK;
        error->plugin[0] = error->message[0] = '\0';
    }
    if (plugin == NULL)
        return plugin_failure(error, CORDON_PLUGIN_INVALID_ARGUMENT, "there is no plugin");
    if (error != NULL)
        tell_name(plugin->candidate.manifest.name, error->plugin, sizeof error->plugin);
    if (__atomic_exchange_n(&plugin->is_in_use, true, __ATOMIC_ACQUIRE))
        return plugin_failure(error, CORDON_PLUGIN_BUSY, "plugin %s is in use", plugin->candidate.manifest.name);
    return CORDON_PLUGIN_OK;
}

static void leave(cordon_plugin *plugin)
{
    __atomic_store_n(&plugin->is_in_use, false, __ATOMIC_RELEASE);
}

static bool is_of_kind(const cordon_value *value, cordon_value_kind kind)
{
    return value == NULL || cordon_value_get_kind(value) == kind;
}

static cordon_plugin_status perform(cordon_plugin *plugin, const cordon_plugin_operation *wanted, const cordon_plugin_run *run, cordon_result **result_out,
                                    cordon_plugin_error *error)
{
    cordon_plugin_run taken = CORDON_PLUGIN_RUN_INIT;
    if (result_out == NULL)
        return plugin_failure(error, CORDON_PLUGIN_INVALID_ARGUMENT, "there is no place for the result");
    *result_out = NULL;
    if (run != NULL && !SETTINGS_TAKE(&taken, cordon_plugin_run, timeout_ns, run))
        return plugin_failure(error, CORDON_PLUGIN_INVALID_ARGUMENT, "the run was not set up by CORDON_PLUGIN_RUN_INIT");
    cordon_plugin_status status = enter(plugin, error);
    if (status != CORDON_PLUGIN_OK)
        return status;
    cordon_plugin_operation operation = operation_of(plugin, wanted->verb, &taken);
    operation.arguments = wanted->arguments;
    operation.contract = wanted->contract;
    operation.function = wanted->function;
    operation.positional = wanted->positional;
    operation.named = wanted->named;
    status = operate(plugin, &operation, result_out, error);
    leave(plugin);
    return status;
}

cordon_plugin_status cordon_plugin_describe(cordon_plugin *plugin, cordon_result **result_out, cordon_plugin_error *error)
{
    const cordon_plugin_operation wanted = {.verb = CORDON_PLUGIN_VERB_DESCRIBE};
    return perform(plugin, &wanted, NULL, result_out, error);
}

cordon_plugin_status cordon_plugin_execute(cordon_plugin *plugin, const cordon_value *arguments, const cordon_plugin_run *run, cordon_result **result_out,
                                           cordon_plugin_error *error)
{
    const cordon_plugin_operation wanted = {.verb = CORDON_PLUGIN_VERB_EXECUTE, .arguments = arguments};
    if (result_out != NULL)
        *result_out = NULL;
    if (!is_of_kind(arguments, CORDON_VALUE_DICT))
        return plugin_failure(error, CORDON_PLUGIN_INVALID_ARGUMENT, "the arguments are no dict");
    return perform(plugin, &wanted, run, result_out, error);
}

cordon_plugin_status cordon_plugin_call(cordon_plugin *plugin, const char *contract, const char *function, const cordon_value *positional,
                                        const cordon_value *named, const cordon_plugin_run *run, cordon_result **result_out, cordon_plugin_error *error)
{
    const cordon_plugin_operation wanted = {
        .verb = CORDON_PLUGIN_VERB_CALL, .contract = contract, .function = function, .positional = positional, .named = named};
    if (result_out != NULL)
        *result_out = NULL;
    if (contract == NULL || function == NULL)
        return plugin_failure(error, CORDON_PLUGIN_INVALID_ARGUMENT, "there is no contract, or no function");
    if (!is_of_kind(positional, CORDON_VALUE_LIST) || !is_of_kind(named, CORDON_VALUE_DICT))
        return plugin_failure(error, CORDON_PLUGIN_INVALID_ARGUMENT, "positional arguments are no list, or named ones no dict");
    return perform(plugin, &wanted, run, result_out, error);
}

bool cordon_plugin_supports_effects(const cordon_plugin *plugin)
{
    return plugin->plugins->home->resume != NULL;
}

cordon_plugin_status cordon_plugin_resume(cordon_plugin *plugin, const cordon_resumption *resumption, cordon_result **result_out, cordon_plugin_error *error)
{
    if (result_out == NULL)
        return plugin_failure(error, CORDON_PLUGIN_INVALID_ARGUMENT, "there is no place for the result");
    *result_out = NULL;
    cordon_plugin_status status = enter(plugin, error);
    if (status != CORDON_PLUGIN_OK)
        return status;
    status = resume(plugin, resumption, result_out, error);
    leave(plugin);
    return status;
}

void cordon_plugin_cancel(cordon_plugin *plugin)
{
    if (plugin == NULL)
        return;
    const cordon_plugin_home *home = plugin->plugins->home;
    pthread_mutex_lock(&plugin->lock);
    if (plugin->place != NULL)
        home->cancel(home->context, plugin->place);
    pthread_mutex_unlock(&plugin->lock);
}

/* ---- Coming and going ---- */

static void set_place(cordon_plugin *plugin, void *place)
{
    pthread_mutex_lock(&plugin->lock);
    plugin->place = place;
    pthread_mutex_unlock(&plugin->lock);
}

static void move_out(cordon_plugin *plugin)
{
    const cordon_plugin_home *home = plugin->plugins->home;
    void *place = plugin->place;
    set_place(plugin, NULL);
    if (place != NULL)
        home->move_out(home->context, place);
}

/* Nothing answers a plugin that is being loaded. It is told so, because what waited for ever in a shared sandbox would keep all others out. */
static cordon_plugin_status refuse_effects(cordon_plugin *plugin, cordon_result **result, cordon_plugin_error *error)
{
    cordon_plugin_status status = CORDON_PLUGIN_SUSPENDED;
    for (int i = 0; i < REFUSED_EFFECTS_MAX && status == CORDON_PLUGIN_SUSPENDED; i++) {
        const cordon_suspension *waits = (*result)->suspension;
        const cordon_effect_answer answer = {.id = waits->effect_count > 0 ? waits->effects[0].id : 0, .error = "a plugin that is being loaded has no effects"};
        cordon_resumption resumption = CORDON_RESUMPTION_INIT;
        resumption.answers = &answer;
        resumption.answer_count = waits->effect_count > 0;
        cordon_result_destroy(*result);
        *result = NULL;
        status = resume(plugin, &resumption, result, error);
    }
    return status;
}

static cordon_plugin_status load(cordon_plugin *plugin, const char *root, cordon_plugin_error *error)
{
    cordon_result *result = NULL;
    cordon_plugin_operation operation = operation_of(plugin, CORDON_PLUGIN_VERB_LOAD, NULL);
    operation.root = root;
    operation.manifest = plugin->candidate.manifest.value;
    cordon_plugin_status status = operate(plugin, &operation, &result, error);
    if (status == CORDON_PLUGIN_SUSPENDED)
        status = refuse_effects(plugin, &result, error);
    if (status == CORDON_PLUGIN_SUSPENDED)
        cordon_plugin_cancel(plugin);
    if (status == CORDON_PLUGIN_RAISED || status == CORDON_PLUGIN_EXITED || status == CORDON_PLUGIN_SUSPENDED) {
        if (status == CORDON_PLUGIN_SUSPENDED)
            plugin_failure(error, CORDON_PLUGIN_INIT_RAISED, "plugin %s waits for an effect while it is loaded, which nothing answers", plugin->candidate.manifest.name);
        status = CORDON_PLUGIN_INIT_RAISED;
        if (error != NULL)
            error->status = status;
    }
    cordon_result_destroy(result);
    return status;
}

static cordon_plugin_status move_in(cordon_plugin *plugin, cordon_plugin_error *error)
{
    const cordon_plugin_home *home = plugin->plugins->home;
    const char *root = NULL;
    void *place = NULL;
    cordon_error cause;
    plugin->handle = __atomic_add_fetch(&plugin->plugins->last_handle, 1, __ATOMIC_RELAXED);
    const cordon_plugin_parcel parcel = {
        .struct_size = sizeof parcel,
        .name = plugin->candidate.manifest.name,
        .path = plugin->candidate.path,
        .files = plugin->candidate.package.files,
        .file_count = plugin->candidate.package.count,
        .handle = plugin->handle,
        .sandbox = &plugin->access.config,
    };
    if (home->move_in(home->context, &parcel, &place, &root, &cause) != CORDON_OK)
        return plugin_failure_of(error, &cause);
    set_place(plugin, place);
    cordon_plugin_status status = load(plugin, root, error);
    if (status != CORDON_PLUGIN_OK)
        move_out(plugin);
    return status;
}

static void destroy(cordon_plugin *plugin)
{
    plugin_access_release(&plugin->access);
    plugin_candidate_release(&plugin->candidate);
    pthread_mutex_destroy(&plugin->lock);
    free(plugin);
}

cordon_plugin_status cordon_plugin_load(cordon_plugins *plugins, const char *path, cordon_plugin **plugin_out, cordon_plugin_error *error)
{
    if (error != NULL)
        *error = (cordon_plugin_error){.status = CORDON_PLUGIN_OK};
    if (plugins == NULL || plugin_out == NULL)
        return plugin_failure(error, CORDON_PLUGIN_INVALID_ARGUMENT, "there are no plugins, or no place for the plugin");
    *plugin_out = NULL;
    cordon_plugin *plugin = calloc(1, sizeof *plugin);
    if (plugin == NULL)
        return plugin_no_memory(error);
    plugin->plugins = plugins;
    pthread_mutex_init(&plugin->lock, NULL);
    cordon_plugin_status status = plugin_candidate_read(plugins, path, &plugin->candidate, error);
    if (status == CORDON_PLUGIN_OK)
        status = plugin_candidate_access(plugins, &plugin->candidate, &plugin->access, error);
    if (status == CORDON_PLUGIN_OK)
        status = plugin_candidate_admit(plugins, &plugin->candidate, error);
    if (status == CORDON_PLUGIN_OK)
        status = move_in(plugin, error);
    if (status == CORDON_PLUGIN_OK)
        *plugin_out = plugin;
    else
        destroy(plugin);
    return status;
}

/* Folders may lead elsewhere than when they were judged: its sandbox would be given what is there now. */
static cordon_plugin_status judge_anew(cordon_plugin *plugin, cordon_plugin_error *error)
{
    plugin_access_release(&plugin->access);
    plugin->access = (plugin_access){0};
    return plugin_candidate_access(plugin->plugins, &plugin->candidate, &plugin->access, error);
}

cordon_plugin_status cordon_plugin_reload(cordon_plugin *plugin, cordon_plugin_error *error)
{
    cordon_plugin_status status = enter(plugin, error);
    if (status != CORDON_PLUGIN_OK)
        return status;
    const cordon_plugin_home *home = plugin->plugins->home;
    if (plugin->place == NULL || home->is_lost(home->context, plugin->place)) {
        move_out(plugin);
        status = judge_anew(plugin, error);
        if (status == CORDON_PLUGIN_OK)
            status = move_in(plugin, error);
    }
    leave(plugin);
    return status;
}

void cordon_plugin_unload(cordon_plugin *plugin)
{
    if (plugin == NULL)
        return;
    cordon_result *result = NULL;
    const cordon_plugin_operation operation = operation_of(plugin, CORDON_PLUGIN_VERB_UNLOAD, NULL);
    (void)operate(plugin, &operation, &result, NULL); /* what cannot be unloaded any more is gone already */
    cordon_result_destroy(result);
    move_out(plugin);
    destroy(plugin);
}

/* ---- Looking ---- */

const char *cordon_plugin_name(const cordon_plugin *plugin)
{
    return plugin->candidate.manifest.name;
}

const char *cordon_plugin_version(const cordon_plugin *plugin)
{
    return plugin->candidate.manifest.version;
}

const char *cordon_plugin_digest(const cordon_plugin *plugin)
{
    return plugin->candidate.package.digest;
}

const cordon_value *cordon_plugin_manifest(const cordon_plugin *plugin)
{
    return plugin->candidate.manifest.value;
}
