/* Many sandboxes at once: private memory of each, a thousand alive together that each answer, and how many small executions two threads get through.
 *
 * usage: bench_many [SANDBOXES [SECONDS]] */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cordon/cordon.h"
#include "measure.h"

static char image[4096];

/* KiB of a line of /proc/PID/smaps_rollup. */
static double memory_of(int64_t process, const char *line_name)
{
    char path[64], line[256];
    double found = -1;
    snprintf(path, sizeof path, "/proc/%lld/smaps_rollup", (long long)process);
    FILE *file = fopen(path, "r");
    measure_require(file != NULL, "cannot read", path);
    while (fgets(line, sizeof line, file))
        if (strncmp(line, line_name, strlen(line_name)) == 0)
            found = atof(line + strlen(line_name));
    fclose(file);
    measure_require(found >= 0, "no such line in smaps_rollup", line_name);
    return found;
}

static cordon_engine *make_engine(uint32_t min_idle)
{
    cordon_error error = {0};
    cordon_engine *engine = NULL;
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    config.image = image;
    config.pool.min_idle = min_idle;
    measure_require(cordon_engine_create(&config, &engine, &error) == CORDON_OK, "no engine", error.message);
    return engine;
}

static cordon_sandbox *make_sandbox(cordon_engine *engine)
{
    cordon_error error = {0};
    cordon_sandbox *sandbox = NULL;
    measure_require(cordon_sandbox_create(engine, NULL, &sandbox, &error) == CORDON_OK, "no sandbox", error.message);
    return sandbox;
}

static void answer(cordon_sandbox *sandbox, int64_t number)
{
    char source[64];
    int64_t square = -1;
    cordon_error error = {0};
    cordon_result *result = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    snprintf(source, sizeof source, "%lld ** 2", (long long)number);
    request.source = source;
    measure_require(cordon_sandbox_execute(sandbox, &request, &result, &error) == CORDON_OK, "no execution", error.message);
    measure_require(cordon_value_get_int(result->value, &square) && square == number * number, "wrong answer", result->message);
    cordon_result_destroy(result);
}

static void measure_many(int count)
{
    measure created = {.group = "memory", .name = "private memory of an idle sandbox, just created", .unit = "KiB"};
    measure used = {.group = "memory", .name = "the same after one small execution", .unit = "KiB"};
    measure share = {.group = "memory", .name = "share of all memory (PSS)", .unit = "KiB"};
    measure bar = {.group = "memory", .name = "bar", .unit = "KiB"};
    cordon_engine *engine = make_engine(0);
    cordon_sandbox **sandboxes = calloc((size_t)count, sizeof *sandboxes);
    measure_require(sandboxes != NULL, "no memory", NULL);
    measure_add(&bar, 1024);
    uint64_t start = measure_now_ns();
    for (int i = 0; i < count; i++) {
        sandboxes[i] = make_sandbox(engine);
        int64_t process = cordon_sandbox_process_id(sandboxes[i]);
        measure_add(&created, memory_of(process, "Private_Dirty:"));
    }
    double seconds = (double)(measure_now_ns() - start) / 1e9;
    for (int i = 0; i < count; i++)
        answer(sandboxes[i], i);
    for (int i = 0; i < count; i++) {
        int64_t process = cordon_sandbox_process_id(sandboxes[i]);
        measure_add(&used, memory_of(process, "Private_Dirty:"));
        measure_add(&share, memory_of(process, "Pss:"));
    }
    printf("%d sandboxes alive at once, created in %.2f s; each answered for itself\n", count, seconds);
    measure_heading("Memory");
    measure_print(&created, &bar, 1);
    measure_print(&used, &bar, 0);
    measure_print(&share, NULL, 0);
    for (int i = 0; i < count; i++)
        cordon_sandbox_destroy(sandboxes[i]);
    free(sandboxes);
    cordon_engine_destroy(engine);
    measure_release(&created);
    measure_release(&used);
    measure_release(&share);
    measure_release(&bar);
}

struct runner {
    cordon_engine *engine;
    cordon_sandbox *sandbox; /* NULL: a new one for each execution */
    uint64_t until_ns;
    uint64_t executions;
};

static void *run_until(void *argument)
{
    struct runner *runner = argument;
    while (measure_now_ns() < runner->until_ns) {
        cordon_sandbox *sandbox = runner->sandbox ? runner->sandbox : make_sandbox(runner->engine);
        answer(sandbox, (int64_t)runner->executions);
        if (runner->sandbox == NULL)
            cordon_sandbox_destroy(sandbox);
        runner->executions++;
    }
    return NULL;
}

static double throughput(cordon_engine *engine, int threads, int is_fresh, double seconds)
{
    struct runner runners[2];
    pthread_t ids[2];
    double total = 0;
    uint64_t start = measure_now_ns();
    for (int i = 0; i < threads; i++) {
        runners[i] = (struct runner){.engine = engine, .sandbox = is_fresh ? NULL : make_sandbox(engine), .until_ns = start + (uint64_t)(seconds * 1e9)};
        measure_require(pthread_create(&ids[i], NULL, run_until, &runners[i]) == 0, "no thread", NULL);
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        total += (double)runners[i].executions;
        cordon_sandbox_destroy(runners[i].sandbox);
    }
    return total / ((double)(measure_now_ns() - start) / 1e9);
}

static void measure_throughput(double seconds)
{
    measure one_kept = {.group = "throughput", .name = "small executions in one sandbox, one thread", .unit = "1/s"};
    measure two_kept = {.group = "throughput", .name = "the same in two sandboxes, two threads", .unit = "1/s"};
    measure one_fresh = {.group = "throughput", .name = "each in a fresh sandbox, one thread", .unit = "1/s"};
    measure two_fresh = {.group = "throughput", .name = "each in a fresh sandbox, two threads", .unit = "1/s"};
    cordon_engine *engine = make_engine(0);
    for (int round = 0; round < 5; round++) {
        measure_add(&one_kept, throughput(engine, 1, 0, seconds));
        measure_add(&two_kept, throughput(engine, 2, 0, seconds));
        measure_add(&one_fresh, throughput(engine, 1, 1, seconds));
        measure_add(&two_fresh, throughput(engine, 2, 1, seconds));
    }
    measure_heading("Throughput");
    measure_print(&one_kept, NULL, 0);
    measure_print(&two_kept, &one_kept, 0);
    measure_print(&one_fresh, NULL, 0);
    measure_print(&two_fresh, &one_fresh, 0);
    cordon_engine_destroy(engine);
    measure_release(&one_kept);
    measure_release(&two_kept);
    measure_release(&one_fresh);
    measure_release(&two_fresh);
}

int main(int argument_count, char **arguments)
{
    int count = argument_count > 1 ? atoi(arguments[1]) : 1000;
    double seconds = argument_count > 2 ? atof(arguments[2]) : 1;
    struct rlimit descriptors;
    ssize_t length = readlink("/proc/self/exe", image, sizeof image - 32);
    measure_require(length > 0, "cannot read /proc/self/exe", NULL);
    image[length] = '\0';
    strcpy(strrchr(image, '/'), "/cordon-sandbox");
    /* A few descriptors for each sandbox. */
    getrlimit(RLIMIT_NOFILE, &descriptors);
    descriptors.rlim_cur = descriptors.rlim_max;
    setrlimit(RLIMIT_NOFILE, &descriptors);
    measure_many(count);
    putchar('\n');
    measure_throughput(seconds);
    return 0;
}
