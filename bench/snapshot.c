/* Snapshots: how long taking and restoring one takes and how large it is, of a small session and of 50 MB of lists, beside a new sandbox and the copying of as many bytes; and what many
 * sandboxes out of one snapshot cost each.
 *
 * usage: bench_snapshot [ROUNDS] */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cordon/cordon.h"
#include "measure.h"

static char image[4096];

static const char small_session[] =
    "import json, re, dataclasses\n"
    "@dataclasses.dataclass\n"
    "class Account:\n"
    "    name: str\n"
    "    balance: int = 0\n"
    "    def pay(self, amount): self.balance += amount; return self.balance\n"
    "accounts = {n: Account(n, i) for i, n in enumerate('abcdefghij')}\n"
    "def total(): return sum(a.balance for a in accounts.values())\n"
    "log = [json.dumps({'n': i}) for i in range(100)]\n"
    "total()";
static const char large_session[] = "data = [[i, i + 1, i * 2] for i in range(216000)]\nlen(data)";

static double milliseconds_since(uint64_t start)
{
    return (double)(measure_now_ns() - start) / 1e6;
}

/* Of this process, which reads, packs, unpacks and writes the pages: it tells more than the wall clock on a machine with other work. */
static double processor_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
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

static void execute(cordon_sandbox *sandbox, const char *source)
{
    cordon_error error = {0};
    cordon_result *result = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = source;
    measure_require(cordon_sandbox_execute(sandbox, &request, &result, &error) == CORDON_OK && result->outcome == CORDON_OUTCOME_OK, "no execution", error.message);
    cordon_result_destroy(result);
}

static cordon_sandbox *make_sandbox(cordon_engine *engine)
{
    cordon_error error = {0};
    cordon_sandbox *sandbox = NULL;
    measure_require(cordon_sandbox_create(engine, NULL, &sandbox, &error) == CORDON_OK, "no sandbox", error.message);
    return sandbox;
}

static cordon_snapshot *take(cordon_sandbox *sandbox)
{
    cordon_error error = {0};
    cordon_snapshot *snapshot = NULL;
    measure_require(cordon_sandbox_snapshot(sandbox, NULL, &snapshot, &error) == CORDON_OK, "no snapshot", error.message);
    return snapshot;
}

static cordon_sandbox *restore(cordon_engine *engine, const cordon_snapshot *snapshot)
{
    cordon_error error = {0};
    cordon_sandbox *sandbox = NULL;
    measure_require(cordon_sandbox_restore(engine, NULL, snapshot, &sandbox, &error) == CORDON_OK, "no restored sandbox", error.message);
    return sandbox;
}

/* Until the engine has a worker ready. */
static void wait_idle(cordon_engine *engine)
{
    cordon_engine_figures figures;
    do {
        usleep(1000);
        cordon_engine_get_figures(engine, &figures);
    } while (figures.idle == 0);
}

static size_t stored_size(const cordon_snapshot *snapshot)
{
    void *bytes = NULL;
    size_t size = 0;
    cordon_error error = {0};
    measure_require(cordon_snapshot_encode(snapshot, "0123456789abcdef", 16, &bytes, &size, &error) == CORDON_OK, "not stored", error.message);
    cordon_snapshot_bytes_release(bytes);
    return size;
}

static void measure_copy(measure *copying, size_t size)
{
    char *from = malloc(size), *to = malloc(size);
    measure_require(from != NULL && to != NULL, "no memory", NULL);
    memset(from, 1, size);
    memset(to, 2, size);
    uint64_t start = measure_now_ns();
    memcpy(to, from, size);
    measure_add(copying, milliseconds_since(start));
    measure_require(to[size / 2] == 1, "not copied", NULL);
    free(from);
    free(to);
}

/* `bar_ms` for taking and for restoring; `check` must hold after each restore. */
static void measure_session(const char *heading, const char *session, const char *check, double bar_ms, double bar_kib, int rounds)
{
    measure taking = {.group = "snapshot", .name = "taking a snapshot", .unit = "ms"}, restoring = {.group = "snapshot", .name = "restoring it, a process started", .unit = "ms"};
    measure ready = {.group = "snapshot", .name = "restoring it into a worker that is ready", .unit = "ms"}, stored = {.group = "snapshot", .name = "as bytes", .unit = "KiB"};
    measure storing = {.group = "snapshot", .name = "laying it out and sealing it", .unit = "ms"}, creating = {.group = "snapshot", .name = "a new sandbox, to compare", .unit = "ms"};
    measure copying = {.group = "snapshot", .name = "copying as many bytes as its pages have", .unit = "ms"}, bar = {.group = "snapshot", .name = "bar", .unit = "ms"},
            taking_processor = {.group = "snapshot", .name = "taking a snapshot, processor time", .unit = "ms"},
            restoring_processor = {.group = "snapshot", .name = "restoring it, processor time", .unit = "ms"}, size_bar = {.group = "snapshot", .name = "bar", .unit = "KiB"};
    cordon_engine *engine = make_engine(0), *pool = make_engine(1);
    cordon_sandbox *sandbox = make_sandbox(engine);
    cordon_snapshot_description described = CORDON_SNAPSHOT_DESCRIPTION_INIT;
    execute(sandbox, session);
    cordon_snapshot_destroy(take(sandbox)); /* the first one of an engine looks into the image's file, too */
    cordon_snapshot *first = take(sandbox);
    cordon_sandbox_destroy(restore(pool, first));
    measure_require(cordon_snapshot_describe(first, &described, NULL) == CORDON_OK, "not described", NULL);
    measure_add(&bar, bar_ms);
    measure_add(&size_bar, bar_kib);
    for (int i = 0; i < rounds; i++) {
        double processor = processor_ms();
        uint64_t start = measure_now_ns();
        cordon_snapshot *snapshot = take(sandbox);
        measure_add(&taking, milliseconds_since(start));
        measure_add(&taking_processor, processor_ms() - processor);
        start = measure_now_ns();
        measure_add(&stored, (double)stored_size(snapshot) / 1024);
        measure_add(&storing, milliseconds_since(start));
        start = measure_now_ns();
        cordon_sandbox *next = restore(engine, snapshot);
        measure_add(&restoring, milliseconds_since(start));
        execute(next, check);
        cordon_sandbox_destroy(next);
        wait_idle(pool);
        processor = processor_ms();
        start = measure_now_ns();
        next = restore(pool, snapshot);
        measure_add(&ready, milliseconds_since(start));
        measure_add(&restoring_processor, processor_ms() - processor);
        execute(next, check);
        cordon_sandbox_destroy(next);
        start = measure_now_ns();
        next = make_sandbox(engine);
        execute(next, "1"); /* it has taken its configuration by then */
        measure_add(&creating, milliseconds_since(start));
        cordon_sandbox_destroy(next);
        measure_copy(&copying, (size_t)described.page_bytes);
        cordon_snapshot_destroy(snapshot);
    }
    measure_heading(heading);
    printf("%.2f MiB of pages differ from the image's\n", (double)described.page_bytes / (1 << 20));
    measure *const rows[] = {&taking, &restoring, &ready};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        measure_print(rows[i], &bar, 1);
    measure_print(&taking_processor, &bar, 0);
    measure_print(&restoring_processor, &bar, 0);
    measure_print(&storing, &bar, 0);
    measure_print(&creating, &bar, 0);
    measure_print(&copying, &bar, 0);
    measure_print(&taking, &copying, 0);
    measure_print(&stored, &size_bar, bar_kib > 0 ? 1 : 0);
    measure *const all[] = {&taking, &restoring, &ready, &stored, &storing, &creating, &copying, &bar, &size_bar, &taking_processor, &restoring_processor};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        measure_release(all[i]);
    cordon_snapshot_destroy(first);
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
    cordon_engine_destroy(pool);
}

int main(int count, char **arguments)
{
    const char *wanted = getenv("CORDON_BENCH_ROUNDS");
    int rounds = count > 1 ? atoi(arguments[1]) : wanted != NULL ? atoi(wanted) : 21;
    ssize_t length = readlink("/proc/self/exe", image, sizeof image - 1);
    measure_require(length > 0, "where is this program?", NULL);
    image[length] = '\0';
    strcpy(strrchr(image, '/') + 1, "cordon-sandbox");
    measure_session("Snapshots: a small session", small_session, "assert total() == 45 and accounts['a'].pay(5) == 5", 2, 300, rounds);
    measure_session("Snapshots: 50 MB of lists", large_session, "assert len(data) == 216000 and data[-1] == [215999, 216000, 431998]", 100, 0, rounds / 2 + 1);
    return 0;
}
