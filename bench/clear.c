/* Making a used sandbox new again, beside a new one of the same engine and beside the copying alone: as many pages as the sandbox has written, into a child whose pages are there
 * already. Sessions of several sizes, since from some size on a new process is cheaper. Each is done several times in a row: the first finds the caches full of what was measured before, the
 * others find what a host finds that uses and clears again and again. Both are told.
 *
 * usage: bench_clear [ROUNDS] */
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cordon/cordon.h"
#include "measure.h"

enum { PAGE = 4096, RUN_PAGES = 4 };

static void execute(cordon_sandbox *sandbox, const char *source)
{
    cordon_error error = {0};
    cordon_result *result = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = source;
    measure_require(cordon_sandbox_execute(sandbox, &request, &result, &error) == CORDON_OK, "no execution", error.message);
    measure_require(result->outcome == CORDON_OUTCOME_OK, "the program failed", result->message);
    cordon_result_destroy(result);
}

static cordon_sandbox *create(cordon_engine *engine)
{
    cordon_error error = {0};
    cordon_sandbox *sandbox = NULL;
    measure_require(cordon_sandbox_create(engine, NULL, &sandbox, &error) == CORDON_OK, "no sandbox", error.message);
    return sandbox;
}

static void clear(cordon_sandbox *sandbox)
{
    cordon_error error = {0};
    measure_require(cordon_sandbox_clear(sandbox, &error) == CORDON_OK, "no clear", error.message);
}

static double since(uint64_t start)
{
    return (double)(measure_now_ns() - start) / 1000;
}

/* What the process has written, in pages. */
static size_t written_pages(int64_t process)
{
    char path[64], line[256];
    size_t kib = 0;
    snprintf(path, sizeof path, "/proc/%lld/smaps_rollup", (long long)process);
    FILE *file = fopen(path, "r");
    measure_require(file != NULL, "cannot read", path);
    while (fgets(line, sizeof line, file))
        (void)(sscanf(line, "Anonymous: %zu", &kib) == 1);
    fclose(file);
    return kib / 4;
}

/* ---- The copying alone ---- */

struct partner {
    pid_t process;
    char *pages;
    size_t count;
};

static struct partner start_partner(size_t count)
{
    struct partner partner = {.count = count};
    int ready[2];
    char byte;
    partner.pages = mmap(NULL, 2 * count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    measure_require(partner.pages != MAP_FAILED && pipe(ready) == 0, "no memory or pipe", NULL);
    memset(partner.pages, 1, 2 * count * PAGE);
    partner.process = fork();
    measure_require(partner.process >= 0, "cannot fork", NULL);
    if (partner.process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        memset(partner.pages, 2, 2 * count * PAGE);
        measure_require(write(ready[1], "", 1) == 1, "the pipe broke", NULL);
        for (;;)
            pause();
    }
    measure_require(read(ready[0], &byte, 1) == 1, "the child broke", NULL);
    close(ready[0]);
    close(ready[1]);
    return partner;
}

/* Runs of pages with others between them, as a sandbox's lie. */
static double copy(const struct partner *partner)
{
    static struct iovec own[1024], far[1024];
    uint64_t start = measure_now_ns();
    for (size_t done = 0; done < partner->count;) {
        size_t runs = 0, bytes = 0;
        for (; runs < 1024 && done < partner->count; runs++, done += RUN_PAGES) {
            size_t pages = partner->count - done < RUN_PAGES ? partner->count - done : RUN_PAGES;
            own[runs] = far[runs] = (struct iovec){partner->pages + 2 * done * PAGE, pages * PAGE};
            bytes += pages * PAGE;
        }
        measure_require(process_vm_writev(partner->process, own, runs, far, runs, 0) == (ssize_t)bytes, "cannot write", NULL);
    }
    return since(start);
}

/* ---- Sessions ---- */

struct session {
    const char *source, *name;
};

enum { IN_A_ROW = 8, NAME_SIZE = 80 };

enum subject { MADE_ANEW, MADE_ANEW_USED, CLEARED, CLEARED_USED, COPIED, SUBJECTS };
static const struct {
    const char *name;
    int base; /* what it is held against; -1: nothing */
} subjects[SUBJECTS] = {
    [MADE_ANEW] = {"new sandbox", -1},
    [MADE_ANEW_USED] = {"new sandbox and execute", -1},
    [CLEARED] = {"clear", MADE_ANEW},
    [CLEARED_USED] = {"clear and execute", MADE_ANEW_USED},
    [COPIED] = {"copying alone", -1},
};

enum temperature { FIRST, FURTHER, TEMPERATURES };
static const char *const temperature_names[TEMPERATURES] = {[FIRST] = "after other work", [FURTHER] = "again and again"};

struct picture {
    measure measures[TEMPERATURES][SUBJECTS];
    char names[TEMPERATURES][SUBJECTS][NAME_SIZE];
};

static void begin_picture(struct picture *picture, const struct session *session)
{
    *picture = (struct picture){0};
    for (int i = 0; i < TEMPERATURES; i++)
        for (int j = 0; j < SUBJECTS; j++) {
            snprintf(picture->names[i][j], NAME_SIZE, "%s, %s, %s", subjects[j].name, session->name, temperature_names[i]);
            picture->measures[i][j] = (measure){.group = "clear", .name = picture->names[i][j], .unit = "us"};
        }
}

static void end_picture(struct picture *picture)
{
    for (int i = 0; i < TEMPERATURES; i++) {
        for (int j = 0; j < SUBJECTS; j++)
            measure_print(&picture->measures[i][j], subjects[j].base >= 0 ? &picture->measures[i][subjects[j].base] : NULL, 0);
        measure_print(&picture->measures[i][CLEARED], &picture->measures[i][COPIED], 0);
    }
    for (int i = 0; i < TEMPERATURES; i++)
        for (int j = 0; j < SUBJECTS; j++)
            measure_release(&picture->measures[i][j]);
}

static bool clear_once(cordon_sandbox *sandbox, const char *source, measure *cleared, measure *cleared_used)
{
    int64_t process = cordon_sandbox_process_id(sandbox);
    execute(sandbox, source);
    uint64_t start = measure_now_ns();
    clear(sandbox);
    measure_add(cleared, since(start));
    execute(sandbox, "1");
    measure_add(cleared_used, since(start));
    return cordon_sandbox_process_id(sandbox) == process;
}

static cordon_sandbox *make_anew_once(cordon_engine *engine, cordon_sandbox *sandbox, const char *source, measure *made_anew, measure *made_anew_used)
{
    execute(sandbox, source);
    uint64_t start = measure_now_ns();
    cordon_sandbox_destroy(sandbox);
    sandbox = create(engine);
    measure_add(made_anew, since(start));
    execute(sandbox, "1");
    measure_add(made_anew_used, since(start));
    return sandbox;
}

static void measure_session(cordon_engine *engine, const struct session *session, int rounds)
{
    static struct picture picture;
    cordon_sandbox *sandbox = create(engine), *other = create(engine);
    execute(sandbox, session->source);
    size_t pages = written_pages(cordon_sandbox_process_id(sandbox));
    struct partner partner = start_partner(pages);
    int kept = 0;
    clear(sandbox); /* the first one of an engine makes a new process */
    begin_picture(&picture, session);
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < IN_A_ROW; i++) {
            measure *measures = picture.measures[i == 0 ? FIRST : FURTHER];
            kept += clear_once(sandbox, session->source, &measures[CLEARED], &measures[CLEARED_USED]);
        }
        for (int i = 0; i < IN_A_ROW; i++) {
            measure *measures = picture.measures[i == 0 ? FIRST : FURTHER];
            other = make_anew_once(engine, other, session->source, &measures[MADE_ANEW], &measures[MADE_ANEW_USED]);
        }
        for (int i = 0; i < IN_A_ROW; i++)
            measure_add(&picture.measures[i == 0 ? FIRST : FURTHER][COPIED], copy(&partner));
    }
    printf("%zu pages written; the process stayed in %d of %d\n", pages, kept, rounds * IN_A_ROW);
    end_picture(&picture);
    kill(partner.process, SIGKILL);
    waitpid(partner.process, NULL, 0);
    munmap(partner.pages, 2 * partner.count * PAGE);
    cordon_sandbox_destroy(sandbox);
    cordon_sandbox_destroy(other);
}

int main(int argument_count, char **arguments)
{
    static const struct session sessions[] = {
        {"def f(n):\n    return n + 1\nkept = [f(n) for n in range(100)]", "small session"},
        {"kept = bytearray(2 << 20)", "2 MiB"},
        {"kept = bytearray(8 << 20)", "8 MiB"},
        {"kept = bytearray(16 << 20)", "16 MiB"},
    };
    int rounds = argument_count > 1 ? atoi(arguments[1]) : 61;
    char image[4096];
    cordon_error error = {0};
    cordon_engine *engine = NULL;
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    ssize_t length = readlink("/proc/self/exe", image, sizeof image - 32);
    measure_require(length > 0, "cannot read /proc/self/exe", NULL);
    image[length] = '\0';
    strcpy(strrchr(image, '/'), "/cordon-sandbox");
    config.image = image;
    measure_require(cordon_engine_create(&config, &engine, &error) == CORDON_OK, "no engine", error.message);
    measure_heading("A used sandbox made new");
    for (size_t i = 0; i < sizeof sessions / sizeof *sessions; i++)
        measure_session(engine, &sessions[i], rounds);
    cordon_engine_destroy(engine);
    return 0;
}
