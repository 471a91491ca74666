/* Hides how a worker becomes a sandbox, and how it ends, whoever ends it. */
#include "sandbox_internal.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"
#include "configure.h"
#include "cordon/exit_code.h"
#include "failure.h"
#include "guest_signal.h"
#include "limit_names.h"
#include "moment.h"
#include "sandbox_settings.h"
#include "settings.h"
#include "value_internal.h"
#include "violation.h"

/* ---- One call at a time ---- */

cordon_status sandbox_enter(cordon_sandbox *sandbox, const char *operation, cordon_error *error)
{
    cordon_status status = sandbox_enter_suspended_too(sandbox, operation, error);
    if (status != CORDON_OK || sandbox->run.suspension == NULL)
        return status;
    const cordon_suspension *told = suspension_public(sandbox->run.suspension);
    status = failure(error, operation, CORDON_SUSPENDED, "an execution waits for %zu effect%s, first for %.100s (id %u): answer with cordon_sandbox_resume, or clear or destroy the sandbox",
                     told->effect_count, told->effect_count == 1 ? "" : "s", told->effects[0].name, told->effects[0].id);
    sandbox_leave(sandbox);
    return status;
}

cordon_status sandbox_enter_suspended_too(cordon_sandbox *sandbox, const char *operation, cordon_error *error)
{
    cordon_status status = sandbox_enter_ended_too(sandbox, operation, error);
    if (status != CORDON_OK || !sandbox->has_ended)
        return status;
    status = failure(error, operation, CORDON_SANDBOX_ENDED, "the sandbox has ended: %s",
                     sandbox->end.message[0] ? sandbox->end.message : cordon_outcome_text(sandbox->end.outcome));
    sandbox_leave(sandbox);
    return status;
}

cordon_status sandbox_enter_ended_too(cordon_sandbox *sandbox, const char *operation, cordon_error *error)
{
    if (sandbox == NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "there is no sandbox");
    if (__atomic_exchange_n(&sandbox->is_in_use, true, __ATOMIC_ACQUIRE))
        return failure(error, operation, CORDON_BUSY, "the sandbox is in use");
    return CORDON_OK;
}

void sandbox_leave(cordon_sandbox *sandbox)
{
    __atomic_store_n(&sandbox->is_in_use, false, __ATOMIC_RELEASE);
}

/* ---- Ends ---- */

static void keep_end(cordon_sandbox *sandbox, const process_ending *ending, cordon_outcome outcome, const char *message)
{
    sandbox->has_ended = true;
    sandbox->end.outcome = outcome;
    sandbox->end.signal = outcome == CORDON_OUTCOME_CRASHED || outcome == CORDON_OUTCOME_VIOLATION ? ending->signal : 0;
    sandbox->end.resident_bytes_peak = ending->resident_bytes_peak;
    sandbox->end.cpu_ns = ending->cpu_ns;
    snprintf(sandbox->end.message, sizeof sandbox->end.message, "%s", message);
}

void sandbox_end_with(cordon_sandbox *sandbox, process_farewell farewell, cordon_outcome outcome, const char *format, ...)
{
    char message[256];
    process_ending ending;
    va_list arguments;
    if (sandbox->has_ended)
        return;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (farewell == PROCESS_KILL)
        sandbox->end.has_counted = worker_figures(sandbox->worker, &sandbox->end.counted);
    process_end(sandbox->env, &sandbox->worker->process, farewell, &ending);
    if (farewell == PROCESS_KILL)
        ending.signal = 0; /* it was ours */
    keep_end(sandbox, &ending, outcome, message);
}

void sandbox_end_as_it_died(cordon_sandbox *sandbox)
{
    char message[256];
    process_ending ending;
    cordon_outcome outcome = CORDON_OUTCOME_CRASHED;
    if (sandbox->has_ended)
        return;
    process_end(sandbox->env, &sandbox->worker->process, PROCESS_LET_END, &ending);
    if (ending.signal == SIGSYS) {
        outcome = CORDON_OUTCOME_VIOLATION;
        violation_describe(NULL, message, sizeof message);
    } else if (ending.signal == SIGXCPU) {
        outcome = CORDON_OUTCOME_LIMIT_CPU;
        snprintf(message, sizeof message, "the sandbox used too much processor time, and the kernel ended it");
    } else if (ending.signal != 0) {
        snprintf(message, sizeof message, "the sandbox was ended by signal %d", ending.signal);
    } else {
        snprintf(message, sizeof message, "the sandbox ended with code %d without saying so", ending.code);
    }
    sandbox->end.exit_code = ending.code;
    keep_end(sandbox, &ending, outcome, message);
}

cordon_status sandbox_fail_ended(const cordon_sandbox *sandbox, const char *operation, cordon_error *error)
{
    cordon_status status = sandbox->end.outcome == CORDON_OUTCOME_CANCELLED    ? CORDON_CANCELLED
                           : sandbox->end.outcome == CORDON_OUTCOME_LIMIT_TIME ? CORDON_TIMED_OUT
                                                                               : CORDON_SANDBOX_ENDED;
    return failure(error, operation, status, "%s",
                   sandbox->end.message[0] ? sandbox->end.message : cordon_outcome_text(sandbox->end.outcome));
}

/* Of executions that left it to a later one. */
static uint64_t left_processor_time(const cordon_sandbox *sandbox)
{
    uint64_t cpu;
    if (sandbox->cpu_unread_ns == 0 || sandbox->cpu_at_rest == 0 || sandbox->has_ended || !process_cpu_ns(sandbox->env, &sandbox->worker->process, &cpu))
        return 0;
    return cpu - least(sandbox->cpu_at_rest, cpu);
}

/* What it does from here on is no execution's. */
static void settle_processor_time(cordon_sandbox *sandbox)
{
    sandbox->session.cpu_ns += left_processor_time(sandbox);
    sandbox->cpu_at_rest = sandbox->cpu_unread_ns = 0;
}

bool sandbox_send(cordon_sandbox *sandbox, cordon_frame_type type, uint16_t flags, uint32_t id, const void *payload, size_t size)
{
    if (sandbox->cpu_at_rest != 0)
        settle_processor_time(sandbox);
    if (channel_send(&sandbox->worker->channel, type, flags, id, payload, size))
        return true;
    sandbox_end_with(sandbox, PROCESS_KILL, CORDON_OUTCOME_CRASHED, "the host has no memory for a frame, and ended the sandbox");
    return false;
}

bool sandbox_broke_rules(cordon_sandbox *sandbox, const frame *broken, const char *complaint)
{
    sandbox_end_with(sandbox, PROCESS_KILL, CORDON_OUTCOME_VIOLATION, "the sandbox broke the protocol: frame type %u: %s", broken->header.type,
                     complaint);
    return false;
}

/* ---- Last words ---- */

bool sandbox_take_violation(cordon_sandbox *sandbox, const frame *said)
{
    violation refused;
    process_ending ending;
    char message[256] = "the sandbox broke the protocol: it told of a refused system call and did not die of it";
    violation_decode(said->payload, &refused);
    process_end(sandbox->env, &sandbox->worker->process, PROCESS_LET_END, &ending); /* only its death is believed */
    if (ending.signal == SIGSYS)
        violation_describe(&refused, message, sizeof message);
    keep_end(sandbox, &ending, CORDON_OUTCOME_VIOLATION, message);
    return false;
}

enum { LAST_WORDS_MAX = 200 };

bool sandbox_take_last_words(cordon_sandbox *sandbox, const frame *said)
{
    size_t size = said->header.length - 1, room = LAST_WORDS_MAX - sandbox->last_words_size;
    if (said->header.type == CORDON_FRAME_VIOLATION)
        return sandbox_take_violation(sandbox, said);
    if (said->header.type == CORDON_FRAME_EXIT) {
        int code, signal;
        if (!guest_signal_decode(frame_get_u32(said->payload), &code, &signal))
            return sandbox_broke_rules(sandbox, said, "its code is no exit code, nor that of a signal");
        sandbox->end.exit_code = code;
        char words[LAST_WORDS_MAX + 1];
        memcpy(words, sandbox->end.message, sandbox->last_words_size);
        words[sandbox->last_words_size] = '\0';
        sandbox_end_with(sandbox, PROCESS_LET_END, code == CORDON_EXIT_SETUP_FAILED ? CORDON_OUTCOME_SETUP_FAILED : CORDON_OUTCOME_CRASHED,
                         "the sandbox gave up with code %d: %s", code, words);
        return false;
    }
    if (said->header.type != CORDON_FRAME_OUTPUT || said->payload[0] != CORDON_OUTPUT_STDERR)
        return sandbox_broke_rules(sandbox, said, "nothing is running that could say that");
    if (size > room)
        return sandbox_broke_rules(sandbox, said, "it says too much while nothing is running");
    for (size_t i = 0; i < size; i++) { /* for people, on one line */
        unsigned char character = said->payload[1 + i];
        sandbox->end.message[sandbox->last_words_size++] = (char)(character >= 0x20 && character < 0x7f ? character : ' ');
    }
    return true;
}

bool sandbox_take_limit(cordon_sandbox *sandbox, const frame *said, limit_report *report_out)
{
    cordon_value *report;
    cordon_error cause;
    size_t where_size = 0;
    *report_out = (limit_report){.limit = -1};
    if (value_decode(said->payload, said->header.length, 2, &report, &cause) != CORDON_OK)
        return sandbox_broke_rules(sandbox, said, cause.message);
    const char *name = cordon_value_get_text(cordon_value_get(report, "name"), NULL);
    const char *where = cordon_value_get_text(cordon_value_get(report, "where"), &where_size);
    bool is_whole = name != NULL && cordon_value_get_unsigned(cordon_value_get(report, "figure"), &report_out->figure) &&
                    cordon_value_get_unsigned(cordon_value_get(report, "limit"), &report_out->value);
    report_out->limit = is_whole ? limit_by_name(name) : -1;
    if (where != NULL)
        snprintf(report_out->where, sizeof report_out->where, "%s", where);
    cordon_value_destroy(report);
    if (report_out->limit < 0 || !limit_is_the_workers(report_out->limit))
        return sandbox_broke_rules(sandbox, said, "there is no such limit in a sandbox");
    sandbox_end_with(sandbox, PROCESS_LET_END, limit_outcome(report_out->limit), "limit of %s reached: %llu of %llu %s",
                     limit_name(report_out->limit), (unsigned long long)report_out->figure, (unsigned long long)report_out->value,
                     limit_unit(report_out->limit));
    return false;
}

/* ---- Life ---- */

static void enlist(cordon_sandbox *sandbox)
{
    cordon_engine *engine = sandbox->engine;
    pthread_mutex_lock(&engine->lock);
    sandbox->next = engine->sandboxes;
    if (sandbox->next != NULL)
        sandbox->next->previous = sandbox;
    engine->sandboxes = sandbox;
    if (engine->is_cancelled)
        mailbox_cancel(sandbox->mailbox);
    pthread_mutex_unlock(&engine->lock);
}

static void strike_off(cordon_sandbox *sandbox)
{
    cordon_engine *engine = sandbox->engine;
    pthread_mutex_lock(&engine->lock);
    if (sandbox->next != NULL)
        sandbox->next->previous = sandbox->previous;
    if (sandbox->previous != NULL)
        sandbox->previous->next = sandbox->next;
    else
        engine->sandboxes = sandbox->next;
    pthread_mutex_unlock(&engine->lock);
}

static cordon_status copy_callbacks(cordon_sandbox *sandbox, cordon_error *error)
{
    pthread_mutex_lock(&sandbox->engine->lock);
    bool is_done = callbacks_copy(&sandbox->callbacks, &sandbox->engine->callbacks);
    pthread_mutex_unlock(&sandbox->engine->lock);
    sandbox->must_send_callbacks = sandbox->callbacks.count > 0;
    return is_done ? CORDON_OK : failure(error, "sandbox_create", CORDON_NO_MEMORY, "no memory for callbacks");
}

/* Until the worker has greeted and was found locked. */
static bool wait_ready(cordon_sandbox *sandbox, uint64_t deadline, cordon_error *error)
{
    sandbox->worker->channel.wake = sandbox->mailbox->wake;
    for (;;) {
        uint64_t now = now_ns(sandbox->env);
        worker_greeting greeting = worker_wait(sandbox->worker, left_until(deadline, now), error);
        if (greeting != WORKER_NOT_YET)
            return greeting == WORKER_READY;
        if (mailbox_is_cancelled(sandbox->mailbox)) {
            failure(error, "sandbox_create", CORDON_CANCELLED, "the engine was cancelled");
            return false;
        }
        if (now >= deadline) {
            failure(error, "sandbox_create", CORDON_TIMED_OUT, "the sandbox did not greet in time");
            return false;
        }
    }
}

void sandbox_give_place_back(cordon_sandbox *sandbox)
{
    if (sandbox->has_place)
        pool_forget(sandbox->engine);
    sandbox->has_place = false;
}

cordon_status sandbox_take_worker(cordon_sandbox *sandbox, cordon_error *error)
{
    cordon_error cause = {.status = CORDON_HOST_FAILURE};
    uint64_t began = now_ns(sandbox->env);
    worker *taken = pool_take(sandbox->engine, &cause);
    bool is_ready = false;
    if (taken != NULL) {
        worker_destroy(sandbox->worker);
        sandbox->worker = taken;
        sandbox->has_place = true;
        sandbox->state = FRAME_STATE_GREETED;
        sandbox->cpu_fence_seconds = 0;
        is_ready = wait_ready(sandbox, after(began, sandbox->engine->start_timeout_ns), &cause);
    }
    if (!is_ready && error != NULL)
        *error = cause;
    return is_ready ? CORDON_OK : cause.status;
}

/* A worker from the pool, ready and set up. */
static cordon_status start(cordon_sandbox *sandbox, const cordon_sandbox_config *config, sandbox_set_up_function set_up, void *context, cordon_error *error)
{
    cordon_error cause = {.status = CORDON_HOST_FAILURE};
    uint64_t began = now_ns(sandbox->env);
    (void)sandbox_enter_ended_too(sandbox, "sandbox_create", NULL); /* nobody else has it yet */
    cordon_status status = sandbox_take_worker(sandbox, &cause);
    if (status == CORDON_OK)
        status = set_up(sandbox, config, context, &cause);
    sandbox->start_ns = now_ns(sandbox->env) - began;
    sandbox_leave(sandbox);
    if (status != CORDON_OK && error != NULL)
        *error = cause;
    return status;
}

cordon_status sandbox_make(cordon_engine *engine, const cordon_sandbox_config *config, sandbox_set_up_function set_up, void *context, const char *operation,
                           cordon_sandbox **sandbox_out, cordon_error *error)
{
    if (config->keeps_session && config->mount_count > 0)
        return failure(error, operation, CORDON_UNSUPPORTED, "a session with mounted folders cannot be kept: what it has open there lies in the host");
    if (!limits_are_known(&config->limits))
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "the configuration sets a limit that this libcordon does not know");
    if (config->is_deterministic && (config->clock == CORDON_CLOCK_REAL || config->random == CORDON_RANDOM_HOST))
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "a deterministic sandbox cannot have the host's %s",
                       config->clock == CORDON_CLOCK_REAL ? "clock" : "random bytes");
    if (config->mounts == NULL && config->mount_count > 0)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "the configuration counts %zu mounts and has none", config->mount_count);
    cordon_sandbox *sandbox = calloc(1, sizeof *sandbox);
    if (sandbox == NULL)
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for a sandbox");
    sandbox->engine = engine;
    sandbox->env = engine->env;
    sandbox->state = FRAME_STATE_GREETED;
    sandbox->is_deterministic = config->is_deterministic;
    sandbox->interrupt_grace_ns = config->interrupt_grace_ns != 0 ? config->interrupt_grace_ns : SECOND_NS;
    sandbox->has_mounts = config->mount_count > 0;
    sandbox->keeps_session = config->keeps_session;
    sandbox->settings = sandbox_settings_keep(config);
    limits_resolve(&sandbox->limits, &config->limits, engine->limits.value);
    sandbox->mailbox = sandbox->settings != NULL ? mailbox_create(engine->env, error) : NULL;
    if (sandbox->settings == NULL) {
        free(sandbox);
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for a sandbox's configuration");
    }
    if (sandbox->mailbox == NULL) {
        free(sandbox->settings);
        free(sandbox);
        return CORDON_HOST_FAILURE;
    }
    enlist(sandbox);
    cordon_status status = copy_callbacks(sandbox, error);
    if (status == CORDON_OK)
        status = grant_open(config, &sandbox->limits, &sandbox->grant, error);
    if (status == CORDON_OK)
        status = start(sandbox, config, set_up, context, error);
    if (status == CORDON_OK)
        *sandbox_out = sandbox;
    else
        cordon_sandbox_destroy(sandbox);
    return status;
}

static cordon_status set_up_new(cordon_sandbox *sandbox, const cordon_sandbox_config *config, void *context, cordon_error *error)
{
    (void)context;
    return configure(sandbox, config, error);
}

cordon_status cordon_sandbox_create(cordon_engine *engine, const cordon_sandbox_config *config, cordon_sandbox **sandbox_out, cordon_error *error)
{
    static const char operation[] = "sandbox_create";
    if (engine == NULL || sandbox_out == NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "there is no engine, or no place for the sandbox");
    *sandbox_out = NULL;
    cordon_sandbox_config taken = CORDON_SANDBOX_CONFIG_INIT;
    if (config != NULL && !SETTINGS_TAKE(&taken, cordon_sandbox_config, is_deterministic, config))
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "the configuration was not set up by CORDON_SANDBOX_CONFIG_INIT");
    return sandbox_make(engine, &taken, set_up_new, NULL, operation, sandbox_out, error);
}

void cordon_sandbox_cancel(cordon_sandbox *sandbox)
{
    if (sandbox != NULL)
        mailbox_cancel(sandbox->mailbox);
}

bool cordon_sandbox_interrupt(cordon_sandbox *sandbox)
{
    return sandbox != NULL && mailbox_interrupt(sandbox->mailbox);
}

void cordon_sandbox_get_session_figures(const cordon_sandbox *sandbox, cordon_session_figures *figures_out)
{
    *figures_out = sandbox->session;
    figures_out->cpu_ns += left_processor_time(sandbox);
}

void cordon_sandbox_destroy(cordon_sandbox *sandbox)
{
    if (sandbox == NULL)
        return;
    strike_off(sandbox);
    mailbox_shut(sandbox->mailbox);
    worker_destroy(sandbox->worker);
    sandbox_give_place_back(sandbox);
    execution_forget(sandbox);
    checkpoint_drop(sandbox);
    sandbox_belong_to_journal(sandbox, NULL);
    grant_close(sandbox->grant);
    callbacks_release(&sandbox->callbacks);
    free(sandbox->settings);
    free(sandbox);
}

int64_t cordon_sandbox_process_id(const cordon_sandbox *sandbox)
{
    return sandbox != NULL ? sandbox->worker->process.pid : 0;
}

cordon_status cordon_sandbox_register(cordon_sandbox *sandbox, const cordon_callback *callback, cordon_error *error)
{
    cordon_status status = sandbox_enter_suspended_too(sandbox, "sandbox_register", error); /* a restored one has to be told what its calls mean */
    if (status != CORDON_OK)
        return status;
    status = callbacks_add(&sandbox->callbacks, callback, "sandbox_register", error);
    sandbox->must_send_callbacks |= status == CORDON_OK;
    sandbox_leave(sandbox);
    return status;
}
