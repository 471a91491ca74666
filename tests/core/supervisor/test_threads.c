/* One engine from many threads under the thread sanitizer, with answers and cancels from others. The sanitizer cannot
 * follow a child that borrows this process's memory, so the worker is replaced here (the functions of process.h): it
 * has said everything beforehand. All else is the engine's own. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cordon/cordon.h"
#include "process.h"

enum { THREADS = 8, ROUNDS = 50, KEPT_MAX = 2 * THREADS * ROUNDS, CANCEL_EVERY = 5 };

/* ---- The worker ---- */

static unsigned char speech[512];
static size_t greeting_size, first_size, second_size, speech_size; /* where each part ends: a greeting, a first execution, one that is suspended, its end */
static _Thread_local bool shall_speak; /* of its first execution, on this thread */

static void say(uint8_t type, uint8_t id, const char *payload, size_t size)
{
    const unsigned char header[CORDON_FRAME_HEADER_SIZE] = {0,  'C', 'R', 'N', CORDON_FRAME_VERSION, type, 0, 0,
                                                            id, 0,   0,   0,   (unsigned char)size};
    memcpy(speech + speech_size, header, sizeof header);
    memcpy(speech + speech_size + sizeof header, payload, size);
    speech_size += sizeof header + size;
}

#define SAY(type, id, literal) say(CORDON_FRAME_##type, id, literal, sizeof(literal) - 1)

static void prepare_speech(void)
{
    SAY(HELLO, 0, "\x83\xa7version\x02\xa5image\xa4test\xa5ready\xc3");
    greeting_size = speech_size;
    SAY(CALL, 1, "\x93\xa4keep\x90\x80");
    SAY(CALL, 2, "\x93\xa4keep\x90\x80");
    SAY(OUTPUT, 0, "\1x");
    SAY(RESULT, 1, "\x81\xa6status\xa2ok");
    first_size = speech_size;
    SAY(CALL, 3, "\x93\xa3" "ask\x91\xa1x\x80");
    SAY(CALL, 4, "\x93\xa3" "ask\x90\x80");
    SAY(WAIT, 0, "\xff\xff\xff\xff\xff\xff\xff\xff");
    second_size = speech_size;
    SAY(RESULT, 2, "\x81\xa6status\xa2ok");
}

static void speak(int64_t pid, size_t from, size_t to)
{
    if (write((int)(pid >> 32), speech + from, to - from) != (ssize_t)(to - from))
        abort();
}

cordon_status process_prepare(host_env *env, host_lockdown **lockdown_out, cordon_error *error)
{
    (void)env;
    (void)error;
    *lockdown_out = NULL;
    return CORDON_OK;
}

/* The id holds the far ends. */
cordon_status process_start(host_env *env, const char *image, const host_lockdown *lockdown, process *process_out,
                            cordon_error *error)
{
    int to[2], from[2];
    (void)env;
    (void)image;
    (void)lockdown;
    (void)error;
    if (pipe2(to, O_CLOEXEC | O_NONBLOCK) != 0 || pipe2(from, O_CLOEXEC | O_NONBLOCK) != 0 ||
        write(from[1], speech, greeting_size) != (ssize_t)greeting_size)
        abort();
    *process_out = (process){
        .pid = (int64_t)from[1] << 32 | to[0], .handle = dup(from[0]), .to_worker = to[1], .from_worker = from[0]};
    return CORDON_OK;
}

uint64_t process_inherited_filters(host_env *env)
{
    (void)env;
    return 0;
}

bool process_is_locked(host_env *env, const process *process, uint64_t inherited_filters, cordon_error *error)
{
    (void)inherited_filters;
    (void)env;
    (void)process;
    (void)error;
    return true;
}

bool process_cpu_ns(host_env *env, const process *process, uint64_t *ns_out)
{
    (void)env;
    *ns_out = 1;
    /* Asked at the beginning of an execution: then it speaks, because one that speaks while it lies in the pool is
     * taken for broken. */
    if (process->pid != 0 && shall_speak)
        speak(process->pid, greeting_size, first_size);
    shall_speak = false;
    return process->pid != 0;
}

bool process_processors(host_env *env, const process *process, host_processor_set *set_out)
{
    (void)env;
    (void)process;
    *set_out = (host_processor_set){.words = {UINT64_MAX}};
    return true;
}

bool process_set_processors(host_env *env, const process *process, const host_processor_set *set)
{
    (void)env;
    (void)process;
    (void)set;
    return true;
}

uint64_t process_resident_bytes(host_env *env, const process *process)
{
    (void)env;
    (void)process;
    return 1;
}

bool process_is_plain(host_env *env, process *process)
{
    (void)env, (void)process;
    return true;
}

bool process_faults(host_env *env, process *process, uint64_t *faults_out)
{
    (void)env, (void)process, (void)faults_out;
    return false;
}

int process_view_descriptor(host_env *env, process *process, process_view view)
{
    (void)env, (void)process, (void)view;
    return -1;
}

bool process_read_about(host_env *env, process *process, process_view view, char *text_out, size_t size)
{
    (void)env, (void)process, (void)view, (void)text_out, (void)size;
    return false;
}

bool process_write_attention(host_env *env, const process *process, const uint64_t places[2], uint64_t word)
{
    (void)env, (void)process, (void)places, (void)word;
    return false;
}

bool process_read_words(host_env *env, const process *process, const uint64_t *addresses, uint64_t *words_out, size_t count)
{
    (void)env, (void)process, (void)addresses, (void)words_out, (void)count;
    return false;
}

void process_limit_cpu(host_env *env, const process *process, uint64_t seconds)
{
    (void)env;
    (void)process;
    (void)seconds;
}

void process_end(host_env *env, process *process, process_farewell farewell, process_ending *ending_out)
{
    (void)env;
    (void)farewell;
    *ending_out = (process_ending){.is_known = true};
    if (process->pid != 0) {
        close((int)(process->pid >> 32));
        close((int)(process->pid & INT32_MAX));
        close(process->handle);
        close(process->to_worker);
        close(process->from_worker);
    }
    *process = (struct process)PROCESS_NONE;
}

/* ---- The host ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* over the calls that are kept */
static cordon_call *kept[KEPT_MAX];
static size_t kept_count;
static bool is_over;
static cordon_engine *engine;

static void keep(void *context, cordon_call *call)
{
    (void)context;
    pthread_mutex_lock(&lock);
    kept[kept_count++] = call;
    pthread_mutex_unlock(&lock);
}

static void *answer_all(void *context)
{
    (void)context;
    for (bool goes_on = true; goes_on;) {
        cordon_call *call = NULL;
        pthread_mutex_lock(&lock);
        if (kept_count > 0)
            call = kept[--kept_count];
        goes_on = call != NULL || !is_over;
        pthread_mutex_unlock(&lock);
        if (call != NULL)
            cordon_call_answer(call, cordon_value_int(1));
        else
            usleep(200);
    }
    return NULL;
}

static void *cancel(void *sandbox)
{
    for (int i = 0; i < 10; i++) /* whether or not something runs */
        (void)cordon_sandbox_interrupt(sandbox);
    cordon_sandbox_cancel(sandbox);
    return NULL;
}

struct suspended {
    cordon_sandbox *sandbox;
    cordon_effect_answer answers[2];
    bool is_right;
};

static void *resume(void *context)
{
    struct suspended *suspended = context;
    cordon_result *result = NULL;
    cordon_resumption resumption = CORDON_RESUMPTION_INIT;
    resumption.answers = suspended->answers;
    resumption.answer_count = 2;
    if (cordon_sandbox_resume(suspended->sandbox, &resumption, &result, NULL) == CORDON_OK)
        suspended->is_right = result->outcome == CORDON_OUTCOME_OK || result->outcome == CORDON_OUTCOME_CANCELLED;
    cordon_result_destroy(result);
    return NULL;
}

/* One thread executes, another resumes, a third may cancel, while the first reads what the sandbox asks and lets it go. */
static bool suspend_and_resume(cordon_sandbox *sandbox, bool is_cancelled)
{
    pthread_t resumer, canceller;
    cordon_result *result = NULL;
    struct suspended suspended = {.sandbox = sandbox};
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = "x";
    speak(cordon_sandbox_process_id(sandbox), first_size, second_size);
    if (cordon_sandbox_execute(sandbox, &request, &result, NULL) != CORDON_OK || result->outcome != CORDON_OUTCOME_SUSPENDED)
        abort();
    for (size_t i = 0; i < 2; i++)
        suspended.answers[i] = (cordon_effect_answer){.id = result->suspension->effects[1 - i].id};
    speak(cordon_sandbox_process_id(sandbox), second_size, speech_size);
    if (pthread_create(&resumer, NULL, resume, &suspended) != 0 || (is_cancelled && pthread_create(&canceller, NULL, cancel, sandbox) != 0))
        abort();
    bool is_told = strcmp(result->suspension->effects[0].name, "ask") == 0 && cordon_value_count(result->suspension->effects[0].positional) == 1;
    cordon_result_destroy(result);
    pthread_join(resumer, NULL);
    if (is_cancelled)
        pthread_join(canceller, NULL);
    return is_told && suspended.is_right;
}

static void *execute_many(void *context)
{
    int *right = context;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_t canceller;
        cordon_sandbox *sandbox = NULL;
        cordon_result *result = NULL;
        cordon_request request = CORDON_REQUEST_INIT;
        request.source = "x";
        bool is_cancelled = i % CANCEL_EVERY == 0;
        if (cordon_sandbox_create(engine, NULL, &sandbox, NULL) != CORDON_OK ||
            (is_cancelled && pthread_create(&canceller, NULL, cancel, sandbox) != 0))
            abort();
        shall_speak = true;
        bool is_right = cordon_sandbox_execute(sandbox, &request, &result, NULL) == CORDON_OK &&
                        (result->outcome == CORDON_OUTCOME_OK || (is_cancelled && result->outcome == CORDON_OUTCOME_CANCELLED));
        cordon_result_destroy(result);
        if (is_cancelled)
            pthread_join(canceller, NULL);
        else
            is_right = suspend_and_resume(sandbox, i % CANCEL_EVERY == 1) && is_right;
        *right += is_right;
        cordon_sandbox_destroy(sandbox);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS], answerer;
    int right[THREADS] = {0}, all = 0;
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    cordon_callback callback = CORDON_CALLBACK_INIT;
    prepare_speech();
    config.image = "/bin/true"; /* which is there, and never started */
    config.pool.min_idle = 2;
    callback.name = "keep";
    callback.takes_anything = true;
    callback.function = keep;
    cordon_callback effect = CORDON_CALLBACK_INIT;
    effect.name = "ask";
    effect.takes_anything = effect.is_effect = true;
    if (cordon_engine_create(&config, &engine, NULL) != CORDON_OK ||
        cordon_engine_register(engine, &callback, NULL) != CORDON_OK || cordon_engine_register(engine, &effect, NULL) != CORDON_OK ||
        pthread_create(&answerer, NULL, answer_all, NULL) != 0)
        return 1;
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, execute_many, &right[i]) != 0)
            return 1;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        all += right[i];
    }
    pthread_mutex_lock(&lock);
    is_over = true;
    pthread_mutex_unlock(&lock);
    pthread_join(answerer, NULL);
    cordon_engine_destroy(engine);
    printf("%d of %d executions ended as they should\n", all, THREADS * ROUNDS);
    return all != THREADS * ROUNDS;
}
