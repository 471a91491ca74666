/* The engine against workers that lie: each lie ends in its outcome and within its deadline, the host neither grows nor
 * keeps anything, and a sandbox beside it goes on answering right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cordon/cordon.h"
#include "hostile_cases.h"

enum { HANG_SECONDS = 60, KEPT_MAX = 4096 };
#define HOST_GROWTH_BYTES_MAX (192u << 20)

static const char *hostile_worker;
static char folder[4096];
static cordon_engine *honest_engine;
static cordon_sandbox *honest;
static int64_t honest_executions;
static cordon_call *kept[KEPT_MAX];
static size_t kept_count;

static cordon_value *text_of(const cordon_call *call)
{
    return cordon_value_copy(cordon_call_argument(call, "text"));
}

static void echo(void *context, cordon_call *call)
{
    (void)context;
    cordon_call_answer(call, text_of(call));
}

static void keep(void *context, cordon_call *call)
{
    (void)context;
    if (kept_count < KEPT_MAX)
        kept[kept_count++] = call;
    else
        cordon_call_answer(call, NULL);
}

/* Short of patience where a lie is to be found out by a deadline; else a busy machine shall not matter. */
static cordon_engine *create_engine(size_t number, const struct hostile_case *lie)
{
    char path[4200];
    cordon_engine *engine = NULL;
    cordon_error error;
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    snprintf(path, sizeof path, "%s/worker.%zu", folder, number);
    (void)unlink(path);
    assert_int_equal(link(hostile_worker, path), 0);
    config.image = path;
    config.start_timeout_ns = lie != NULL && lie->status == CORDON_TIMED_OUT ? 400000000 : 30000000000;
    config.limits.value[CORDON_LIMIT_WALL] =
        lie != NULL && (lie->outcome == CORDON_OUTCOME_LIMIT_TIME || lie->resumed == CORDON_OUTCOME_LIMIT_TIME) ? 400000000 : 30000000000;
    config.limits.value[CORDON_LIMIT_OUTPUT] = 1 << 20;
    config.limits.value[CORDON_LIMIT_CALLS] = 1000;
    config.limits.value[CORDON_LIMIT_TRACE] = 5000;
    config.limits.value[CORDON_LIMIT_EFFECTS] = 500;
    if (cordon_engine_create(&config, &engine, &error) != CORDON_OK)
        fail_msg("%s", error.message);
    cordon_parameter text = {.name = "text", .type = "str"};
    cordon_callback callback = CORDON_CALLBACK_INIT;
    callback.name = "echo";
    callback.parameters = &text;
    callback.parameter_count = 1;
    callback.function = echo;
    assert_int_equal(cordon_engine_register(engine, &callback, &error), CORDON_OK);
    text = (cordon_parameter){.name = "anything", .is_optional = true};
    callback.name = "keep";
    callback.function = keep;
    assert_int_equal(cordon_engine_register(engine, &callback, &error), CORDON_OK);
    callback = (cordon_callback)CORDON_CALLBACK_INIT;
    callback.name = "ask";
    callback.takes_anything = true;
    callback.is_effect = true;
    assert_int_equal(cordon_engine_register(engine, &callback, &error), CORDON_OK);
    return engine;
}

static void destroy_engine(cordon_engine *engine, size_t number)
{
    char path[4200];
    cordon_engine_destroy(engine);
    snprintf(path, sizeof path, "%s/worker.%zu", folder, number);
    assert_int_equal(unlink(path), 0);
}

static void honest_one_answers(void)
{
    cordon_error error;
    cordon_result *result = NULL;
    int64_t number = 0;
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = "its own number";
    if (cordon_sandbox_execute(honest, &request, &result, &error) != CORDON_OK)
        fail_msg("the honest one: %s", error.message);
    assert_int_equal(result->outcome, CORDON_OUTCOME_OK);
    assert_true(cordon_value_get_int(result->value, &number));
    assert_int_equal(number, ++honest_executions);
    cordon_result_destroy(result);
}

static size_t count_descriptors(void)
{
    size_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    assert_non_null(directory);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

/* Of this process: what is resident, or the most that was since the last reset. */
static size_t resident_bytes(const char *line)
{
    char text[8192];
    int fd = open("/proc/self/status", O_RDONLY);
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    assert_true(size > 0);
    text[size] = '\0';
    const char *found = strstr(text, line);
    return found ? (size_t)strtoul(found + strlen(line), NULL, 10) * 1024 : 0;
}

static void reset_peak(void)
{
    int fd = open("/proc/self/clear_refs", O_WRONLY);
    if (fd >= 0 && write(fd, "5", 1) != 1)
        print_message("the peak is counted from the start\n");
    close(fd);
}

static void assert_told(const struct hostile_case *lie, const char *found, const char *wanted, const char *message)
{
    if (strcmp(found, wanted) != 0 || strstr(message, lie->says) == NULL)
        fail_msg("%s: %s; wanted %s: ...%s...", found, message, wanted, lie->says);
}

static int look_at_steps(void *context, const cordon_trace_event *events, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) /* texts are there, to their last byte */
        assert_true(strlen(events[i].file) + strlen(events[i].function) + (events[i].name ? strlen(events[i].name) : 0) < 4096);
    return 0;
}

/* All that is pending is answered with None. */
static cordon_result *resume(cordon_sandbox *sandbox, cordon_result *suspended)
{
    cordon_error error;
    cordon_result *result = NULL;
    cordon_effect_answer answers[8];
    cordon_resumption resumption = CORDON_RESUMPTION_INIT;
    assert_int_equal(suspended->outcome, CORDON_OUTCOME_SUSPENDED);
    assert_in_range(suspended->suspension->effect_count, 1, sizeof answers / sizeof *answers);
    for (; resumption.answer_count < suspended->suspension->effect_count; resumption.answer_count++)
        answers[resumption.answer_count] = (cordon_effect_answer){.id = suspended->suspension->effects[resumption.answer_count].id};
    resumption.answers = answers;
    if (cordon_sandbox_resume(sandbox, &resumption, &result, &error) != CORDON_OK)
        fail_msg("%s", error.message);
    cordon_result_destroy(suspended);
    return result;
}

static void execute(const struct hostile_case *lie, cordon_sandbox *sandbox)
{
    cordon_error error;
    cordon_result *result = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    char *source = NULL;
    request.source = "anything";
    request.trace = lie->is_traced ? CORDON_TRACE_LINE | CORDON_TRACE_RETURN | CORDON_TRACE_EXCEPTION | CORDON_TRACE_HOST_CALL_START : 0;
    request.on_trace = look_at_steps;
    request.soft_timeout_ns = lie->has_soft_limit ? 20000000 : 0;
    if (lie->source_size > 0) {
        source = malloc(lie->source_size);
        assert_non_null(source);
        memset(source, '#', lie->source_size);
        request.source = source;
        request.source_size = lie->source_size;
    }
    if (cordon_sandbox_execute(sandbox, &request, &result, &error) != CORDON_OK)
        fail_msg("%s", error.message);
    free(source);
    cordon_outcome outcome = lie->outcome;
    if (outcome == CORDON_OUTCOME_SUSPENDED) {
        outcome = lie->resumed;
        result = resume(sandbox, result);
    }
    assert_told(lie, cordon_outcome_name(result->outcome), cordon_outcome_name(outcome), result->message);
    if (outcome >= CORDON_OUTCOME_LIMIT_TIME && outcome <= CORDON_OUTCOME_LIMIT_RECURSION) {
        assert_non_null(result->limit_name);
        assert_true(result->limit_figure >= result->limit_value);
    }
    bool goes_on = result->session_goes_on;
    if (outcome != CORDON_OUTCOME_OK && outcome != CORDON_OUTCOME_PYTHON_EXCEPTION)
        assert_false(goes_on);
    cordon_result_destroy(result);
    /* Of what has ended nothing can be used any more; what has not, but says no more, ends by its deadline. */
    request.timeout_ns = 20000000;
    cordon_status status = cordon_sandbox_execute(sandbox, &request, &result, &error);
    if (!goes_on)
        assert_int_equal(status, CORDON_SANDBOX_ENDED);
    cordon_result_destroy(result);
}

static void ask(const struct hostile_case *lie, cordon_sandbox *sandbox)
{
    cordon_error error = {.status = CORDON_OK};
    cordon_file_listing *listing = NULL;
    cordon_status status = cordon_sandbox_list_folder(sandbox, "/", &listing, &error);
    assert_told(lie, cordon_status_name(status), cordon_status_name(lie->status), error.message);
    assert_null(listing);
}

static void lie_is_answered(void **state)
{
    const struct hostile_case *lie = *state;
    size_t number, count;
    cordon_error error = {.status = CORDON_OK};
    cordon_sandbox *sandbox = NULL;
    number = (size_t)(lie - hostile_cases(&count));
    alarm(HANG_SECONDS); /* whatever hangs ends this program */
    size_t descriptors = count_descriptors();
    reset_peak();
    size_t before = resident_bytes("VmRSS:");

    cordon_engine *engine = create_engine(number, lie);
    cordon_status status = cordon_sandbox_create(engine, NULL, &sandbox, &error);
    if (lie->stage == STAGE_GREETING && lie->status != CORDON_OK) {
        assert_told(lie, cordon_status_name(status), cordon_status_name(lie->status), error.message);
        assert_null(sandbox);
    } else {
        if (status != CORDON_OK)
            fail_msg("%s", error.message);
        honest_one_answers();
        (lie->stage == STAGE_ASKED ? ask : execute)(lie, sandbox);
    }
    cordon_sandbox_destroy(sandbox);
    destroy_engine(engine, number);
    while (kept_count > 0)
        cordon_call_answer(kept[--kept_count], NULL); /* of a sandbox that is no more */

    honest_one_answers();
    assert_int_equal(count_descriptors(), descriptors);
#ifndef __SANITIZE_ADDRESS__ /* which keeps what was freed */
    assert_true(resident_bytes("VmHWM:") < before + HOST_GROWTH_BYTES_MAX);
#endif
    (void)before;
    alarm(0);
}

static void *cancel_soon(void *engine)
{
    usleep(50000);
    cordon_engine_cancel(engine);
    return NULL;
}

/* With all the patience there is: only the other thread ends the wait. */
static void start_can_be_cancelled(void **state)
{
    pthread_t thread;
    size_t count;
    cordon_error error = {.status = CORDON_OK};
    cordon_sandbox *sandbox = NULL;
    const struct hostile_case *silent = hostile_cases(&count); /* the first greets never */
    (void)state;
    alarm(HANG_SECONDS);
    cordon_engine *engine = create_engine(0, NULL);
    assert_string_equal(silent->name, "greeting: none");
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, engine), 0);

    assert_int_equal(cordon_sandbox_create(engine, NULL, &sandbox, &error), CORDON_CANCELLED);

    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_null(sandbox);
    destroy_engine(engine, 0);
    alarm(0);
}

static int group_setup(void **state)
{
    cordon_error error;
    size_t count;
    (void)state;
    (void)hostile_cases(&count);
    honest_engine = create_engine(count, NULL);
    return cordon_sandbox_create(honest_engine, NULL, &honest, &error) != CORDON_OK;
}

static int group_teardown(void **state)
{
    size_t count;
    (void)state;
    (void)hostile_cases(&count);
    cordon_sandbox_destroy(honest);
    destroy_engine(honest_engine, count);
    rmdir(folder);
    return waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD;
}

/* Arguments: the worker's path, and names of cases if only some are wanted. */
int main(int argument_count, char **arguments)
{
    static struct CMUnitTest tests[1024];
    size_t count, chosen = 0;
    const struct hostile_case *cases = hostile_cases(&count);
    if (argument_count < 2 || count < 200 || count > sizeof tests / sizeof *tests)
        return 1;
    hostile_worker = arguments[1];
    snprintf(folder, sizeof folder, "%s-links-XXXXXX",
             hostile_worker); /* beside it: a hard link cannot leave its file system */
    if (mkdtemp(folder) == NULL)
        return 1;
    for (size_t i = 0; i < count; i++)
        if (argument_count == 2 || strstr(cases[i].name, arguments[2]) != NULL)
            tests[chosen++] = (struct CMUnitTest){
                .name = cases[i].name, .test_func = lie_is_answered, .initial_state = (void *)&cases[i]};
    if (argument_count == 2)
        tests[chosen++] = (struct CMUnitTest)cmocka_unit_test(start_can_be_cancelled);
    return _cmocka_run_group_tests("hostile workers", tests, chosen, group_setup, group_teardown);
}
