/* The host's whole side of a conversation: an engine whose worker is the input. The process is replaced (the functions
 * of process.h below), everything else is the engine's own: pipes, frames, states, values, calls, files, ends. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cordon/cordon.h"
#include "process.h"

enum { SAID_MAX = 60000 }; /* less than a pipe holds */

/* What the worker will say: in portions, the first at once, each other one when the host goes on with what was suspended; after the last it is gone. */
enum { PORTIONS_MAX = 8 };
static unsigned char said[SAID_MAX];
static size_t said_size, portion_ends[PORTIONS_MAX], portion_count, portions_told;
static int voice = -1; /* to say it with */
static int unread[2] = {-1, -1}; /* far ends, kept open so that a write to the worker has somewhere to go */

static void speak(void)
{
    size_t start = portions_told > 0 ? portion_ends[portions_told - 1] : 0;
    if (voice < 0)
        return;
    if (write(voice, said + start, portion_ends[portions_told] - start) != (ssize_t)(portion_ends[portions_told] - start))
        abort();
    if (++portions_told < portion_count)
        return;
    close(voice);
    voice = -1;
}

/* ---- The process ---- */

cordon_status process_prepare(host_env *env, host_lockdown **lockdown_out, cordon_error *error)
{
    (void)env;
    (void)error;
    *lockdown_out = NULL;
    return CORDON_OK;
}

cordon_status process_start(host_env *env, const char *image, const host_lockdown *lockdown, process *process_out,
                            cordon_error *error)
{
    int to[2], from[2];
    (void)env;
    (void)image;
    (void)lockdown;
    (void)error;
    if (pipe2(to, O_CLOEXEC | O_NONBLOCK) != 0 || pipe2(from, O_CLOEXEC | O_NONBLOCK) != 0)
        abort();
    voice = from[1];
    portions_told = 0;
    speak();
    unread[0] = to[0];
    *process_out = (process){.pid = 1, .handle = dup(from[0]), .to_worker = to[1], .from_worker = from[0]};
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
    (void)process;
    *ns_out = 1;
    return true;
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
    return true;
}

bool process_read_words(host_env *env, const process *process, const uint64_t *addresses, uint64_t *words_out, size_t count)
{
    (void)env, (void)process, (void)addresses;
    memset(words_out, 0xff, count * sizeof *words_out);
    return true;
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
    *ending_out = (process_ending){.is_known = true, .code = 7};
    if (process->pid != 0) {
        close(process->handle);
        close(process->to_worker);
        close(process->from_worker);
        close(unread[0]);
        if (voice >= 0)
            close(voice);
        voice = -1;
    }
    *process = (struct process)PROCESS_NONE;
}

/* ---- The host ---- */

static cordon_call *kept;

static void echo(void *context, cordon_call *call)
{
    (void)context;
    cordon_call_answer(call, cordon_value_copy(cordon_call_argument(call, "text")));
}

/* One is kept until the next comes, or until all is over. */
static void keep(void *context, cordon_call *call)
{
    (void)context;
    if (kept != NULL)
        cordon_call_fail(kept, "Error", "no");
    kept = call;
}

static cordon_engine *create_engine(void)
{
    cordon_engine *engine;
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    config.image = "/bin/true"; /* which is there, and never started */
    config.limits.value[CORDON_LIMIT_WALL] = 50000000;
    config.limits.value[CORDON_LIMIT_OUTPUT] = 10000;
    config.limits.value[CORDON_LIMIT_CALLS] = 100;
    config.limits.value[CORDON_LIMIT_EFFECTS] = 50;
    config.limits.value[CORDON_LIMIT_TRACE] = 2000;
    config.start_timeout_ns = 50000000;
    if (cordon_engine_create(&config, &engine, NULL) != CORDON_OK)
        abort();
    const cordon_parameter text = {.name = "text", .type = "str|list|dict", .is_optional = true};
    cordon_callback callback = CORDON_CALLBACK_INIT;
    callback.name = "echo";
    callback.parameters = &text;
    callback.parameter_count = 1;
    callback.function = echo;
    if (cordon_engine_register(engine, &callback, NULL) != CORDON_OK)
        abort();
    callback = (cordon_callback)CORDON_CALLBACK_INIT;
    callback.name = "keep";
    callback.takes_anything = true;
    callback.function = keep;
    if (cordon_engine_register(engine, &callback, NULL) != CORDON_OK)
        abort();
    callback.name = "ask";
    callback.function = NULL;
    callback.is_effect = true;
    if (cordon_engine_register(engine, &callback, NULL) != CORDON_OK)
        abort();
    return engine;
}

/* Input to what the worker says: mostly whole frames, because a header that is wrong is refused at its first byte. Each
 * begins with an operation: the frame's type, or from 200 on that many raw bytes, or 199: a portion ends; then, for a
 * frame, an id, a length, and the payload. The greeting is given: its own reader is met through raw bytes only if the first byte is odd. */
static void put(const void *data, size_t size)
{
    if (size > SAID_MAX - said_size)
        size = SAID_MAX - said_size;
    memcpy(said + said_size, data, size);
    said_size += size;
}

static void put_frame(uint8_t type, uint8_t id, const uint8_t *data, size_t size)
{
    unsigned char header[CORDON_FRAME_HEADER_SIZE] = {0, 'C', 'R', 'N', CORDON_FRAME_VERSION, type, 0, 0, id};
    header[12] = (unsigned char)size;
    header[13] = (unsigned char)(size >> 8);
    put(header, sizeof header);
    put(data, size);
}

static void make_speech(const uint8_t *data, size_t size)
{
    static const char hello[] = "\x83\xa7version\x02\xa5image\xa4"
                                "fuzz\xa5ready\xc3";
    size_t at = 1;
    said_size = portion_count = 0;
    if (data[0] % 2 == 0)
        put_frame(CORDON_FRAME_HELLO, 0, (const uint8_t *)hello, sizeof hello - 1);
    while (at < size) {
        uint8_t operation = data[at++];
        if (operation == 199) {
            if (portion_count < PORTIONS_MAX - 1)
                portion_ends[portion_count++] = said_size;
            continue;
        }
        size_t left = size - at, length = operation >= 200 ? operation - 199u
                                          : left > 2       ? data[at + 1] | (size_t)data[at + 2] << 8
                                                           : left;
        if (operation >= 200) {
            length = length < left ? length : left;
            put(data + at, length);
        } else {
            size_t head = left > 3 ? 3 : left;
            length = length < left - head ? length : left - head;
            put_frame(operation % 27, left > 0 ? data[at] : 0, data + at + head, length);
            at += head;
        }
        at += length;
    }
    portion_ends[portion_count++] = said_size;
}

static int look_at_steps(void *context, const cordon_trace_event *events, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++)
        if (strlen(events[i].file) > CORDON_TRACE_FILE_MAX || strlen(events[i].function) > CORDON_TRACE_FUNCTION_MAX ||
            (events[i].name != NULL && strlen(events[i].name) > CORDON_TRACE_NAME_MAX))
            abort();
    return 0;
}

static void tell(const cordon_result *result)
{
    char *text;
    size_t size;
    if (cordon_result_to_json(result, &text, &size, NULL) != CORDON_OK)
        abort();
    cordon_text_release(text);
}

/* All of what is pending is answered, or one, or none, or what is not pending too. */
static cordon_result *resume(cordon_sandbox *sandbox, cordon_result *suspended, unsigned how)
{
    cordon_result *result = NULL;
    cordon_effect_answer answers[64];
    cordon_resumption resumption = CORDON_RESUMPTION_INIT;
    const cordon_suspension *pending = suspended->suspension;
    if (pending->effect_count == 0 || pending->effect_count > 50 || cordon_sandbox_suspension(sandbox)->effect_count != pending->effect_count)
        abort();
    tell(suspended);
    for (size_t i = 0; i < pending->effect_count; i++) {
        const cordon_value *argument = cordon_value_at(pending->effects[i].positional, 0);
        answers[i] = (cordon_effect_answer){.id = pending->effects[i].id, .value = argument, .error = i % 2 ? "no" : NULL};
        if (i > 0 && answers[i].id <= answers[i - 1].id)
            abort();
    }
    resumption.answers = answers;
    resumption.answer_count = pending->effect_count + 1;
    answers[pending->effect_count] = answers[0];
    if (cordon_sandbox_resume(sandbox, &resumption, &result, NULL) != CORDON_INVALID_ARGUMENT)
        abort();
    resumption.answer_count = how % 3 == 0 ? pending->effect_count : how % 3 - 1;
    speak();
    if (cordon_sandbox_resume(sandbox, &resumption, &result, NULL) != CORDON_OK)
        abort();
    cordon_result_destroy(suspended);
    return result;
}

static void talk(cordon_engine *engine, unsigned how)
{
    cordon_sandbox *sandbox;
    cordon_result *result = NULL;
    cordon_file_listing *listing = NULL;
    char *text = NULL;
    size_t size;
    if (cordon_sandbox_create(engine, NULL, &sandbox, NULL) != CORDON_OK)
        return;
    if (how % 3 == 1)
        (void)cordon_sandbox_list_folder(sandbox, "/", &listing, NULL);
    if (how % 3 == 2 && cordon_sandbox_read_file(sandbox, "/x", 100000, &text, &size, NULL) == CORDON_OK &&
        text[size] != '\0')
        abort();
    cordon_text_release(text);
    text = NULL;
    cordon_file_listing_destroy(listing);
    cordon_request request = CORDON_REQUEST_INIT;
    cordon_program program = CORDON_PROGRAM_INIT;
    request.source = program.text = "x";
    program.how = CORDON_PROGRAM_COMMAND;
    request.trace = program.trace = how % 8 >= 4 ? CORDON_TRACE_FLAGS : 0;
    request.on_trace = program.on_trace = look_at_steps;
    request.soft_timeout_ns = program.soft_timeout_ns = how % 16 >= 8 ? 1000000 : 0;
    if (how % 2 == 0)
        (void)cordon_sandbox_execute(sandbox, &request, &result, NULL);
    else
        (void)cordon_sandbox_run_program(sandbox, &program, &result, NULL);
    for (unsigned stretch = 0; result != NULL && result->outcome == CORDON_OUTCOME_SUSPENDED && stretch < 10; stretch++)
        result = resume(sandbox, result, how + stretch);
    if (result != NULL)
        tell(result);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
    if (kept != NULL)
        cordon_call_answer(kept, NULL);
    kept = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static cordon_engine *engine;
    if (size == 0)
        return 0;
    if (engine == NULL)
        engine = create_engine();
    make_speech(data, size);
    talk(engine, data[0] >> 1);
    return 0;
}
