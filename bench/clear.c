/* Making a used sandbox new again, beside a new one of the same engine and beside the copying alone: as many pages as the sandbox has written, into a child whose pages are there
 * already. Sessions of several sizes, since from some size on a new process is cheaper.
 *
 * usage: bench_clear [ROUNDS] */
#define _GNU_SOURCE
#include <signal.h>
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
    const char *source;
    const char *cleared, *cleared_used, *made_anew, *made_anew_used, *copied;
};

static void measure_session(cordon_engine *engine, const struct session *session, int rounds)
{
    measure cleared = {.group = "clear", .name = session->cleared, .unit = "us"}, cleared_used = {.group = "clear", .name = session->cleared_used, .unit = "us"};
    measure made_anew = {.group = "clear", .name = session->made_anew, .unit = "us"}, made_anew_used = {.group = "clear", .name = session->made_anew_used, .unit = "us"};
    measure copied = {.group = "clear", .name = session->copied, .unit = "us"};
    cordon_sandbox *sandbox = create(engine), *other = create(engine);
    execute(sandbox, session->source);
    size_t pages = written_pages(cordon_sandbox_process_id(sandbox));
    struct partner partner = start_partner(pages);
    int64_t process = cordon_sandbox_process_id(sandbox);
    int kept = 0;
    for (int round = -2; round < rounds; round++) {
        execute(sandbox, session->source);
        uint64_t start = measure_now_ns();
        clear(sandbox);
        double a = since(start);
        execute(sandbox, "1");
        double b = since(start);
        kept += cordon_sandbox_process_id(sandbox) == process;
        process = cordon_sandbox_process_id(sandbox);
        execute(other, session->source);
        start = measure_now_ns();
        cordon_sandbox_destroy(other);
        other = create(engine);
        double c = since(start);
        execute(other, "1");
        double d = since(start);
        double e = copy(&partner);
        if (round < 0)
            continue;
        measure_add(&cleared, a);
        measure_add(&cleared_used, b);
        measure_add(&made_anew, c);
        measure_add(&made_anew_used, d);
        measure_add(&copied, e);
    }
    printf("%zu pages written; the process stayed in %d of %d\n", pages, kept, rounds + 2);
    measure_print(&made_anew, NULL, 0);
    measure_print(&cleared, &made_anew, 0);
    measure_print(&made_anew_used, NULL, 0);
    measure_print(&cleared_used, &made_anew_used, 0);
    measure_print(&copied, NULL, 0);
    measure_print(&cleared, &copied, 0);
    kill(partner.process, SIGKILL);
    waitpid(partner.process, NULL, 0);
    munmap(partner.pages, 2 * partner.count * PAGE);
    cordon_sandbox_destroy(sandbox);
    cordon_sandbox_destroy(other);
    measure_release(&cleared);
    measure_release(&cleared_used);
    measure_release(&made_anew);
    measure_release(&made_anew_used);
    measure_release(&copied);
}

int main(int argument_count, char **arguments)
{
    static const struct session sessions[] = {
        {"def f(n):\n    return n + 1\nkept = [f(n) for n in range(100)]", "clear, small session", "clear and execute, small session", "new sandbox", "new sandbox and execute",
         "copying alone"},
        {"kept = bytearray(2 << 20)", "clear, 2 MiB", "clear and execute, 2 MiB", "new sandbox", "new sandbox and execute", "copying alone"},
        {"kept = bytearray(8 << 20)", "clear, 8 MiB", "clear and execute, 8 MiB", "new sandbox", "new sandbox and execute", "copying alone"},
        {"kept = bytearray(16 << 20)", "clear, 16 MiB", "clear and execute, 16 MiB", "new sandbox", "new sandbox and execute", "copying alone"},
    };
    int rounds = argument_count > 1 ? atoi(arguments[1]) : 201;
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
