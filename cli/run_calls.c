/* Hides from `cordon run` that a host function may be a command of the user's: each call runs it once, several at a time, on threads of their own, so that limits and signals are heard meanwhile.
 * Nothing of the sandbox reaches the command line: what it says is standard input. */
#include "run_calls.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "cordon/callback.h"
#include "cordon/exit_code.h"
#include "host_env/fd.h"
#include "host_env/ipc.h"
#include "host_env/thread.h"
#include "json_value.h"
#include "user_command.h"

enum { THREADS = 8, MESSAGE_SIZE = USER_COMMAND_ERRORS_KEPT + 256 };

typedef struct offered {
    run_calls *calls;
    char *name;          /* owned */
    const char *command; /* NULL: an effect */
} offered;

typedef struct waiting {
    struct waiting *next;
    const offered *function;
    cordon_call *call;
} waiting;

struct run_calls {
    const command_context *context;
    offered *functions;
    size_t count;
    int stop; /* event descriptor that commands are ended by; -1: none */
    pthread_mutex_t lock;
    pthread_cond_t change;
    waiting *first, **end;
    bool is_over;
    uint64_t threads[THREADS];
    size_t thread_count, idle_count, queued_count;
};

/* ---- One call ---- */

/* {"name": ..., "args": [...], "kwargs": {...}} and a line feed. NULL without memory. */
static char *describe(const cordon_call *call, size_t *size_out)
{
    static const char form[] = "{\"name\": \"%s\", \"args\": %s, \"kwargs\": %s}\n"; /* a name is words, which JSON needs no escapes for */
    char *positional = NULL, *named = NULL, *text = NULL;
    size_t sizes[2];
    if (cordon_value_to_json(cordon_call_positional(call), &positional, &sizes[0], NULL) == CORDON_OK &&
        cordon_value_to_json(cordon_call_named(call), &named, &sizes[1], NULL) == CORDON_OK) {
        size_t room = sizeof form + strlen(cordon_call_name(call)) + sizes[0] + sizes[1];
        text = malloc(room);
        if (text != NULL)
            *size_out = (size_t)snprintf(text, room, form, cordon_call_name(call), positional, named);
    }
    cordon_text_release(positional);
    cordon_text_release(named);
    return text;
}

/* What a command said is not trusted to be UTF-8, nor to be one line. */
static void clean(char *text)
{
    size_t size = strlen(text);
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == ' '))
        text[--size] = '\0';
    cordon_value *probe = cordon_value_text(text);
    for (char *at = text; probe == NULL && *at != '\0'; at++)
        if ((unsigned char)*at >= 0x80)
            *at = '?';
    cordon_value_destroy(probe);
}

static void fail(cordon_call *call, const char *type, const char *what, const char *detail)
{
    char message[MESSAGE_SIZE];
    snprintf(message, sizeof message, "%s%s%s", what, detail[0] ? ": " : "", detail);
    clean(message);
    cordon_call_fail(call, type, message);
}

static void answer(cordon_call *call, user_command_end *end)
{
    char complaint[256], what[64] = "the command";
    if (end->was_stopped) {
        fail(call, "CommandStopped", "the command was ended with the run", "");
    } else if (end->wrote_too_much) {
        fail(call, "CommandError", "the command wrote more than 16 MiB", "");
    } else if (!WIFEXITED(end->status) || WEXITSTATUS(end->status) != 0) {
        if (WIFEXITED(end->status))
            snprintf(what, sizeof what, "the command ended with code %d", WEXITSTATUS(end->status));
        else
            snprintf(what, sizeof what, "the command was ended by signal %d", WTERMSIG(end->status));
        fail(call, "CommandError", what, end->errors);
    } else if (strspn(end->output, " \t\r\n") == end->output_size) {
        cordon_call_answer(call, cordon_value_none());
    } else {
        cordon_value *value = json_value_parse(end->output, end->output_size, complaint, sizeof complaint);
        if (value != NULL)
            cordon_call_answer(call, value);
        else
            fail(call, "CommandError", "what the command printed is no JSON", complaint);
    }
}

static void run_one(run_calls *calls, const offered *function, cordon_call *call)
{
    user_command_end end = {0};
    host_error error;
    size_t size = 0;
    char *input = describe(call, &size);
    if (input == NULL)
        cordon_call_fail(call, "CommandError", "no memory for the call");
    else if (!user_command_run(calls->context, function->command, input, size, calls->stop, &end, &error))
        fail(call, "CommandError", "the command cannot be run", error.message);
    else
        answer(call, &end);
    free(end.output);
    free(input);
}

/* ---- Threads ---- */

static void *serve(void *opaque)
{
    run_calls *calls = opaque;
    pthread_mutex_lock(&calls->lock);
    for (;;) {
        while (calls->first == NULL && !calls->is_over) {
            calls->idle_count++;
            pthread_cond_wait(&calls->change, &calls->lock);
            calls->idle_count--;
        }
        waiting *taken = calls->first;
        if (taken == NULL)
            break;
        calls->first = taken->next;
        calls->queued_count--;
        if (calls->first == NULL)
            calls->end = &calls->first;
        bool is_over = calls->is_over;
        pthread_mutex_unlock(&calls->lock);
        if (is_over)
            cordon_call_fail(taken->call, "CommandStopped", "the run is over");
        else
            run_one(calls, taken->function, taken->call);
        free(taken);
        pthread_mutex_lock(&calls->lock);
    }
    pthread_mutex_unlock(&calls->lock);
    return NULL;
}

/* With the lock held. False: nobody is there to run it, and nobody can be. */
static bool find_thread(run_calls *calls)
{
    if (calls->queued_count < calls->idle_count || calls->thread_count == THREADS)
        return true;
    if (host_thread_create(calls->context->env, NULL, serve, calls, &calls->threads[calls->thread_count], NULL) == HOST_OK)
        calls->thread_count++;
    return calls->thread_count > 0;
}

static void take_call(void *opaque, cordon_call *call)
{
    const offered *function = opaque;
    run_calls *calls = function->calls;
    waiting *kept = malloc(sizeof *kept);
    pthread_mutex_lock(&calls->lock);
    bool is_taken = kept != NULL && find_thread(calls);
    if (is_taken) {
        *kept = (waiting){.function = function, .call = call};
        *calls->end = kept;
        calls->end = &kept->next;
        calls->queued_count++;
        pthread_cond_signal(&calls->change);
    }
    pthread_mutex_unlock(&calls->lock);
    if (is_taken)
        return;
    free(kept);
    cordon_call_fail(call, "CommandError", "no memory or thread for the command");
}

/* ---- Life ---- */

static size_t count_of(char *const *texts)
{
    size_t count = 0;
    while (texts[count] != NULL)
        count++;
    return count;
}

static bool is_offered(const run_calls *calls, const char *name)
{
    for (size_t i = 0; i < calls->count; i++)
        if (strcmp(calls->functions[i].name, name) == 0)
            return true;
    return false;
}

/* NAME=COMMAND, or NAME alone. */
static int offer(run_calls *calls, const char *text)
{
    const char *sign = strchr(text, '=');
    char *name = sign != NULL ? strndup(text, (size_t)(sign - text)) : strdup(text);
    if (name == NULL)
        return CORDON_EXIT_SETUP_FAILED;
    if (is_offered(calls, name)) {
        command_complain(calls->context, "%s is offered twice, by --call or --effect", name);
        free(name);
        return CORDON_EXIT_USAGE;
    }
    calls->functions[calls->count++] = (offered){.calls = calls, .command = sign != NULL ? sign + 1 : NULL, .name = name};
    return 0;
}

/* A name that is none of a function's was refused when it was called, and is so again. */
static bool may_be_offered(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
    return name[0] != '\0' && name[0] != '.' && strspn(name, letters) == strlen(name) && strlen(name) < 256 && strstr(name, "..") == NULL && name[strlen(name) - 1] != '.' &&
           strpbrk(name, "0123456789") != name;
}

static int offer_recorded(run_calls *calls, const cordon_journal *journal)
{
    int code = 0;
    const char *name;
    for (size_t i = 0; code == 0 && (name = cordon_journal_name(journal, i)) != NULL; i++)
        if (may_be_offered(name) && !is_offered(calls, name))
            code = offer(calls, name);
    return code;
}

static int offer_all(run_calls *calls, char *const *commands, char *const *effects)
{
    int code = 0;
    for (; code == 0 && *commands != NULL; commands++) {
        const char *sign = strchr(*commands, '=');
        if (sign == NULL || sign[1] == '\0') {
            command_complain(calls->context, "--call %s: needs NAME=COMMAND", *commands);
            return CORDON_EXIT_USAGE;
        }
        code = offer(calls, *commands);
    }
    for (; code == 0 && *effects != NULL; effects++) {
        if (strchr(*effects, '=') != NULL) {
            command_complain(calls->context, "--effect %s: needs a NAME alone", *effects);
            return CORDON_EXIT_USAGE;
        }
        code = offer(calls, *effects);
    }
    return code;
}

static size_t names_of(const cordon_journal *journal)
{
    size_t count = 0;
    while (cordon_journal_name(journal, count) != NULL)
        count++;
    return count;
}

int run_calls_open(const command_context *context, char *const *commands, char *const *effects, const cordon_journal *journal, run_calls **calls_out)
{
    size_t count = count_of(commands) + count_of(effects) + names_of(journal);
    host_error error;
    *calls_out = NULL;
    if (count == 0)
        return 0;
    run_calls *calls = calloc(1, sizeof *calls);
    if (calls == NULL)
        return CORDON_EXIT_SETUP_FAILED;
    *calls = (run_calls){.context = context, .stop = -1, .end = &calls->first, .functions = calloc(count, sizeof *calls->functions)};
    pthread_mutex_init(&calls->lock, NULL);
    pthread_cond_init(&calls->change, NULL);
    int code = calls->functions != NULL ? offer_all(calls, commands, effects) : CORDON_EXIT_SETUP_FAILED;
    if (code == 0)
        code = offer_recorded(calls, journal);
    if (code == 0 && host_ipc_event_create(context->env, 0, 0, &calls->stop, &error) != HOST_OK) {
        command_complain(context, "%s", error.message);
        code = CORDON_EXIT_SETUP_FAILED;
    }
    if (code == 0)
        *calls_out = calls;
    else
        run_calls_close(calls);
    return code;
}

int run_calls_register(run_calls *calls, cordon_engine *engine)
{
    cordon_error error;
    for (size_t i = 0; calls != NULL && i < calls->count; i++) {
        offered *function = &calls->functions[i];
        cordon_callback callback = CORDON_CALLBACK_INIT;
        callback.name = function->name;
        callback.takes_anything = true;
        callback.is_effect = function->command == NULL;
        callback.function = callback.is_effect ? NULL : take_call;
        callback.context = function;
        if (cordon_engine_register(engine, &callback, &error) != CORDON_OK) {
            command_complain(calls->context, "%s", error.message);
            return error.status == CORDON_INVALID_ARGUMENT ? CORDON_EXIT_USAGE : CORDON_EXIT_SETUP_FAILED;
        }
    }
    return 0;
}

void run_calls_close(run_calls *calls)
{
    if (calls == NULL)
        return;
    pthread_mutex_lock(&calls->lock);
    calls->is_over = true;
    pthread_cond_broadcast(&calls->change);
    pthread_mutex_unlock(&calls->lock);
    if (calls->stop >= 0)
        (void)host_ipc_event_write(calls->context->env, calls->stop, 1, NULL);
    for (size_t i = 0; i < calls->thread_count; i++)
        (void)host_thread_join(calls->context->env, calls->threads[i], NULL, NULL);
    if (calls->stop >= 0)
        (void)host_fd_close(calls->context->env, calls->stop, NULL);
    for (size_t i = 0; i < calls->count; i++)
        free(calls->functions[i].name);
    free(calls->functions);
    pthread_cond_destroy(&calls->change);
    pthread_mutex_destroy(&calls->lock);
    free(calls);
}
