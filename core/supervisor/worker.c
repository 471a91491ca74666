/* Hides what lies between starting a process and having a worker that may be trusted with code: its greeting, and a look at its lock. */
#include "worker.h"

#include <signal.h>
#include <stdlib.h>

#include "cordon/exit_code.h"
#include "failure.h"
#include "moment.h"
#include "value_internal.h"
#include "worker_memory.h"

worker *worker_create(host_env *env, const char *image, const host_lockdown *lockdown, uint64_t inherited_filters, cordon_error *error)
{
    worker *made = calloc(1, sizeof *made);
    if (made == NULL) {
        failure(error, "sandbox_create", CORDON_NO_MEMORY, "no memory for a sandbox");
        return NULL;
    }
    made->env = env;
    made->inherited_filters = inherited_filters;
    made->started_at = now_ns(env);
    if (process_start(env, image, lockdown, &made->process, error) != CORDON_OK) {
        free(made);
        return NULL;
    }
    channel_open(&made->channel, env, &made->process, -1);
    return made;
}

void worker_destroy(worker *worker)
{
    process_ending ending;
    if (worker == NULL)
        return;
    process_end(worker->env, &worker->process, PROCESS_KILL, &ending);
    channel_close(&worker->channel);
    worker_memory_forget_written(worker);
    free(worker);
}

static worker_greeting refuse(cordon_error *error, const char *what)
{
    failure(error, "sandbox_create", CORDON_SETUP_FAILED, "the sandbox's greeting is not acceptable: %s", what);
    return WORKER_FAILED;
}

static bool take_counters(worker *worker, const cordon_value *counters)
{
    worker->has_counters = counters != NULL;
    if (!worker->has_counters)
        return true;
    if (cordon_value_get_kind(counters) != CORDON_VALUE_LIST || cordon_value_count(counters) != CORDON_COUNTER_COUNT)
        return false;
    for (size_t i = 0; i < CORDON_COUNTER_COUNT; i++)
        if (!cordon_value_get_unsigned(cordon_value_at(counters, i), &worker->counters[i]))
            return false;
    return true;
}

static bool take_attention(worker *worker, const cordon_value *attention)
{
    worker->has_attention = attention != NULL;
    if (!worker->has_attention)
        return true;
    return cordon_value_get_kind(attention) == CORDON_VALUE_LIST && cordon_value_count(attention) == 2 &&
           cordon_value_get_unsigned(cordon_value_at(attention, 0), &worker->attention[0]) &&
           cordon_value_get_unsigned(cordon_value_at(attention, 1), &worker->attention[1]);
}

/* HELLO: a map of version, image, ready and, if the worker tells them, counters and attention; nothing else. */
static worker_greeting judge(worker *worker, const frame *hello, cordon_error *error)
{
    cordon_value *greeting;
    cordon_error cause;
    int64_t version = 0;
    if (value_decode(hello->payload, hello->header.length, 2, &greeting, &cause) != CORDON_OK)
        return refuse(error, cause.message);
    const cordon_value *counters = cordon_value_get(greeting, "counters"), *attention = cordon_value_get(greeting, "attention");
    bool is_complete = cordon_value_count(greeting) == 3u + (counters != NULL) + (attention != NULL) && cordon_value_get_int(cordon_value_get(greeting, "version"), &version) &&
                       cordon_value_get_kind(cordon_value_get(greeting, "image")) == CORDON_VALUE_TEXT &&
                       cordon_value_get_kind(cordon_value_get(greeting, "ready")) == CORDON_VALUE_BOOL && take_counters(worker, counters) &&
                       take_attention(worker, attention);
    cordon_value_destroy(greeting);
    if (!is_complete)
        return refuse(error, "it is no map of version, image, ready, counters and attention");
    if (version != CORDON_FRAME_VERSION) {
        failure(error, "sandbox_create", CORDON_SETUP_FAILED, "the sandbox image speaks protocol %lld, this program %u", (long long)version,
                CORDON_FRAME_VERSION);
        return WORKER_FAILED;
    }
    return WORKER_READY;
}

/* It ended instead of greeting. */
static worker_greeting judge_death(worker *worker, cordon_error *error)
{
    process_ending ending;
    process_end(worker->env, &worker->process, PROCESS_LET_END, &ending);
    if (ending.is_known && ending.signal == 0 && ending.code == CORDON_EXIT_SETUP_FAILED)
        failure(error, "sandbox_create", CORDON_SETUP_FAILED, "the sandbox could not lock itself; nothing was run");
    else if (ending.is_known && (ending.signal == SIGSEGV || ending.signal == SIGBUS)) /* it has not begun to run anybody's code */
        failure(error, "sandbox_create", CORDON_SETUP_FAILED,
                "the sandbox ended before it greeted: signal %d; its image is incomplete, or needs more address space than there may be (ulimit -v)",
                ending.signal);
    else
        failure(error, "sandbox_create", CORDON_SETUP_FAILED, "the sandbox ended before it greeted: %s %d", ending.signal ? "signal" : "code",
                ending.signal ? ending.signal : ending.code);
    return WORKER_FAILED;
}

/* What has come is judged; nothing is read. */
static worker_greeting take_greeting(worker *worker, cordon_error *error)
{
    frame hello;
    const char *complaint = NULL;
    int taken = channel_take(&worker->channel, FRAME_STATE_NEW, &hello, &complaint);
    if (taken == 0)
        return WORKER_NOT_YET;
    if (taken < 0)
        return refuse(error, complaint);
    if (hello.header.type != CORDON_FRAME_HELLO)
        return refuse(error, "it made a system call outside its filter instead");
    worker_greeting greeting = judge(worker, &hello, error);
    if (greeting == WORKER_READY && !process_is_locked(worker->env, &worker->process, worker->inherited_filters, error))
        greeting = WORKER_FAILED;
    if (greeting == WORKER_READY)
        worker->start_ns = now_ns(worker->env) - worker->started_at;
    return greeting;
}

worker_greeting worker_wait(worker *worker, uint64_t timeout_ns, cordon_error *error)
{
    if (worker->start_ns != 0)
        return WORKER_READY;
    channel_event event = channel_wait(&worker->channel, timeout_ns, error);
    if (event == CHANNEL_FAILED)
        return WORKER_FAILED;
    worker_greeting greeting = take_greeting(worker, error);
    return greeting == WORKER_NOT_YET && worker->channel.has_ended ? judge_death(worker, error) : greeting;
}

bool worker_figures(const worker *worker, cordon_figures *figures_out)
{
    enum {
#define COUNTER_INDEX(name) COUNTER_##name,
        CORDON_COUNTER_TABLE(COUNTER_INDEX)
#undef COUNTER_INDEX
    };
    uint64_t counted[CORDON_COUNTER_COUNT];
    if (!worker->has_counters || !process_read_words(worker->env, &worker->process, worker->counters, counted, CORDON_COUNTER_COUNT))
        return false;
    uint64_t given = counted[COUNTER_fuel_given], left = counted[COUNTER_fuel_left];
    figures_out->fuel = (int64_t)left < (int64_t)given ? given - left : 0;
    figures_out->memory_bytes = counted[COUNTER_memory_bytes];
    figures_out->memory_peak_bytes = counted[COUNTER_memory_peak_bytes];
    figures_out->fs_bytes = counted[COUNTER_fs_bytes];
    figures_out->fs_files = counted[COUNTER_fs_files];
    return true;
}

bool worker_interrupt(worker *worker, uint64_t word)
{
    worker_memory_forget_written(worker); /* the worker names the places, and they may lie in pages that it has not written */
    return worker->has_attention && process_write_attention(worker->env, &worker->process, worker->attention, word);
}
