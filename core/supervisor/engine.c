/* Hides how an engine is put together and taken apart. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "engine_internal.h"
#include "engine_policy.h"
#include "failure.h"
#include "host_env/fd.h"
#include "host_env/fs.h"
#include "host_env/ipc.h"
#include "host_env/signal.h"
#include "host_env/thread.h"
#include "moment.h"
#include "sandbox_internal.h"
#include "settings.h"

#define START_TIMEOUT_NS (10 * SECOND_NS)

_Static_assert((int)CORDON_LIMIT_COUNT <= (int)CORDON_LIMITS_CAPACITY, "every limit has a place");

static const uint64_t initial_limits[CORDON_LIMIT_COUNT] = {
#define INITIAL(name, text, initial, unit, outcome, who) [CORDON_LIMIT_##name] = initial,
    CORDON_LIMIT_TABLE(INITIAL)
#undef INITIAL
};

void limits_resolve(cordon_limits *limits_out, const cordon_limits *wanted, const uint64_t *otherwise)
{
    uint64_t *memory = &limits_out->value[CORDON_LIMIT_MEMORY];
    for (size_t i = 0; i < CORDON_LIMIT_COUNT; i++)
        limits_out->value[i] = wanted->value[i] != 0 ? wanted->value[i] : otherwise[i];
    if (*memory != CORDON_LIMIT_NONE) /* so that who reaches it is told where it lay */
        *memory = least(*memory, CORDON_MEMORY_BYTES_MAX);
}

bool limits_are_known(const cordon_limits *limits)
{
    for (size_t i = CORDON_LIMIT_COUNT; i < CORDON_LIMITS_CAPACITY; i++)
        if (limits->value[i] != 0)
            return false;
    return true;
}

/* The engine's thread runs no handler of the host's, and is not ended by a worker that does not read. */
static host_status create_starter(cordon_engine *engine, host_error *cause)
{
    const host_signal_set all = UINT64_MAX;
    host_signal_set before;
    host_status status = host_signal_sigmask(engine->env, SIG_SETMASK, &all, &before, cause); /* a new thread inherits the mask */
    if (status != HOST_OK)
        return status;
    status = host_thread_create(engine->env, NULL, starter_main, engine, &engine->starter, cause);
    (void)host_signal_sigmask(engine->env, SIG_SETMASK, &before, NULL, NULL);
    return status;
}

static void create_locks(cordon_engine *engine)
{
    pthread_condattr_t attributes;
    pthread_mutex_init(&engine->lock, NULL);
    pthread_mutex_init(&engine->image_lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&engine->changed, &attributes);
}

static cordon_status set_up(cordon_engine *engine, const cordon_engine_config *config, cordon_error *error)
{
    static const char operation[] = "engine_create";
    host_error cause;
    engine->wake = -1;
    engine->env = config->host_env;
    engine->pool = config->pool;
    engine->start_timeout_ns = config->start_timeout_ns != 0 ? config->start_timeout_ns : START_TIMEOUT_NS;
    limits_resolve(&engine->limits, &config->limits, initial_limits);
    engine->image = malloc(strlen(config->image) + 1);
    if (engine->image == NULL)
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for an engine");
    memcpy(engine->image, config->image, strlen(config->image) + 1);
    if (engine->env == NULL && engine_policy_create(engine->image, &engine->own_env, &cause) != HOST_OK)
        return failure_of_host(error, operation, CORDON_HOST_FAILURE, "the engine cannot reach the host", &cause);
    if (engine->env == NULL)
        engine->env = engine->own_env;
    if (host_fs_access(engine->env, HOST_AT_CWD, engine->image, 1 /* X_OK */, 0, &cause) != HOST_OK)
        return failure_of_host(error, operation, CORDON_SETUP_FAILED, "the sandbox image cannot be used", &cause);
    if (process_prepare(engine->env, &engine->lockdown, error) != CORDON_OK)
        return CORDON_HOST_FAILURE;
    engine->inherited_filters = process_inherited_filters(engine->env);
    if (host_ipc_event_create(engine->env, 0, EFD_CLOEXEC | EFD_NONBLOCK, &engine->wake, &cause) != HOST_OK)
        return failure_of_host(error, operation, CORDON_HOST_FAILURE, "no descriptor for an engine", &cause);
    return CORDON_OK;
}

/* All but the thread and the locks. */
static void take_apart(cordon_engine *engine)
{
    if (engine->wake >= 0)
        (void)host_fd_close(engine->env, engine->wake, NULL);
    host_lockdown_destroy(engine->lockdown);
    pristine_destroy(engine->pristine);
    image_map_destroy(engine->image_map);
    host_env_destroy(engine->own_env);
    callbacks_release(&engine->callbacks);
    free(engine->image);
    free(engine);
}

cordon_status cordon_engine_create(const cordon_engine_config *config, cordon_engine **engine_out, cordon_error *error)
{
    static const char operation[] = "engine_create";
    host_error cause;
    if (engine_out == NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "there is no place for the engine");
    *engine_out = NULL;
    cordon_engine_config taken;
    if (!SETTINGS_TAKE(&taken, cordon_engine_config, host_env, config) || taken.image == NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "the configuration has no image, or was not set up by CORDON_ENGINE_CONFIG_INIT");
    if (!limits_are_known(&taken.limits))
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "the configuration sets a limit that this libcordon does not know");
    cordon_engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL)
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for an engine");
    cordon_status status = set_up(engine, &taken, error);
    if (status == CORDON_OK) {
        create_locks(engine);
        if (create_starter(engine, &cause) != HOST_OK) {
            pthread_cond_destroy(&engine->changed);
            pthread_mutex_destroy(&engine->lock);
            pthread_mutex_destroy(&engine->image_lock);
            status = failure_of_host(error, operation, CORDON_HOST_FAILURE, "the engine's thread cannot be started", &cause);
        }
    }
    if (status == CORDON_OK)
        *engine_out = engine;
    else
        take_apart(engine);
    return status;
}

void cordon_engine_cancel(cordon_engine *engine)
{
    if (engine == NULL)
        return;
    pthread_mutex_lock(&engine->lock);
    engine->is_cancelled = true;
    for (cordon_sandbox *sandbox = engine->sandboxes; sandbox != NULL; sandbox = sandbox->next)
        mailbox_cancel(sandbox->mailbox);
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
}

void cordon_engine_destroy(cordon_engine *engine)
{
    if (engine == NULL)
        return;
    pthread_mutex_lock(&engine->lock);
    engine->is_ending = true;
    pthread_mutex_unlock(&engine->lock);
    starter_wake(engine);
    (void)host_thread_join(engine->env, engine->starter, NULL, NULL);
    pthread_cond_destroy(&engine->changed);
    pthread_mutex_destroy(&engine->lock);
    pthread_mutex_destroy(&engine->image_lock);
    take_apart(engine);
}

cordon_status cordon_engine_register(cordon_engine *engine, const cordon_callback *callback, cordon_error *error)
{
    if (engine == NULL)
        return failure(error, "engine_register", CORDON_INVALID_ARGUMENT, "there is no engine");
    pthread_mutex_lock(&engine->lock);
    cordon_status status = callbacks_add(&engine->callbacks, callback, "engine_register", error);
    pthread_mutex_unlock(&engine->lock);
    return status;
}

static uint64_t length(const worker *list)
{
    uint64_t count = 0;
    for (; list != NULL; list = list->next)
        count++;
    return count;
}

void cordon_engine_get_figures(cordon_engine *engine, cordon_engine_figures *figures_out)
{
    pthread_mutex_lock(&engine->lock);
    *figures_out = (cordon_engine_figures){
        .started = engine->started, .failed = engine->failed, .idle = length(engine->idle), .alive = engine->alive};
    pthread_mutex_unlock(&engine->lock);
}
