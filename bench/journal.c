/* Journals: what recording a host call costs and what replaying one does, beside the same calls without a journal and beside bare appends of as many bytes to a file.
 *
 * usage: bench_journal [ROUNDS] */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cordon/cordon.h"
#include "measure.h"

enum { CALLS = 2000, CALLS_ON_DISK = 50 };
static char image[4096], folder[] = "/tmp/cordon-bench-journal-XXXXXX", path[64];
static const unsigned char key[32] = "thirty-two bytes of a bench's ke";

static void add(void *context, cordon_call *call)
{
    int64_t number = 0;
    (void)context;
    cordon_value_get_int(cordon_value_at(cordon_call_positional(call), 0), &number);
    cordon_call_answer(call, cordon_value_int(number + 1));
}

static cordon_engine *make_engine(void)
{
    cordon_error error = {0};
    cordon_engine *engine = NULL;
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    cordon_callback callback = CORDON_CALLBACK_INIT;
    config.image = image;
    callback.name = "add";
    callback.takes_anything = true;
    callback.function = add;
    measure_require(cordon_engine_create(&config, &engine, &error) == CORDON_OK && cordon_engine_register(engine, &callback, &error) == CORDON_OK, "no engine", error.message);
    return engine;
}

/* Microseconds a call; `config` NULL: without a journal. */
static double calls(cordon_engine *engine, const cordon_journal_config *config, int count)
{
    char source[128];
    cordon_error error = {0};
    cordon_journal *journal = NULL;
    cordon_sandbox *sandbox = NULL;
    cordon_result *result = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    snprintf(source, sizeof source, "import cordon\nsum(cordon.call('add', i) for i in range(%d))", count);
    request.source = source;
    measure_require(cordon_sandbox_create(engine, NULL, &sandbox, &error) == CORDON_OK, "no sandbox", error.message);
    if (config != NULL)
        measure_require(cordon_journal_open(config, &journal, &error) == CORDON_OK && cordon_sandbox_set_journal(sandbox, journal, &error) == CORDON_OK, "no journal", error.message);
    uint64_t start = measure_now_ns();
    measure_require(cordon_sandbox_execute(sandbox, &request, &result, &error) == CORDON_OK && result->outcome == CORDON_OUTCOME_OK, "no execution", error.message);
    double took = (double)(measure_now_ns() - start) / 1e3 / count;
    cordon_journal_figures figures;
    cordon_journal_get_figures(journal, &figures);
    measure_require(config == NULL || figures.recorded + figures.replayed == (uint64_t)count, "calls are missing in the journal", result->journal_divergence);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
    cordon_journal_close(journal);
    return took;
}

/* The system's part of it alone: as many appends, of as many bytes each. */
static double appends(size_t bytes, int count, int is_synchronised)
{
    static const char content[4096];
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    measure_require(fd >= 0 && bytes <= sizeof content, "no file", path);
    uint64_t start = measure_now_ns();
    for (int i = 0; i < count; i++)
        measure_require(pwrite(fd, content, bytes, (off_t)(bytes * (size_t)i)) == (ssize_t)bytes && (!is_synchronised || fdatasync(fd) == 0), "cannot write", path);
    double took = (double)(measure_now_ns() - start) / 1e3 / count;
    close(fd);
    return took;
}

int main(int argument_count, char **arguments)
{
    measure bare = {.group = "journal", .name = "a call without a journal", .unit = "us"}, recorded = {.group = "journal", .name = "  recorded, sealed with a key", .unit = "us"};
    measure replayed = {.group = "journal", .name = "  replayed", .unit = "us"}, append = {.group = "journal", .name = "  a bare append of as many bytes", .unit = "us"};
    measure durable = {.group = "journal", .name = "recorded on disk before each answer", .unit = "us"};
    measure synchronised = {.group = "journal", .name = "  a bare append and fdatasync", .unit = "us"};
    int rounds = argument_count > 1 ? atoi(arguments[1]) : getenv("CORDON_BENCH_ROUNDS") ? atoi(getenv("CORDON_BENCH_ROUNDS")) : 11;
    cordon_journal_config config = CORDON_JOURNAL_CONFIG_INIT;
    ssize_t length = readlink("/proc/self/exe", image, sizeof image - 32);
    measure_require(length > 0 && mkdtemp(folder) != NULL, "no image or folder", NULL);
    image[length] = '\0';
    strcpy(strrchr(image, '/'), "/cordon-sandbox");
    snprintf(path, sizeof path, "%s/j", folder);
    config.path = path;
    config.key = key;
    config.key_size = sizeof key;
    cordon_engine *engine = make_engine();
    for (int round = -1; round < rounds; round++) {
        struct stat file;
        double a = calls(engine, NULL, CALLS);
        config.mode = CORDON_JOURNAL_RECORD;
        config.sync = CORDON_JOURNAL_SYNC_NEVER;
        double b = calls(engine, &config, CALLS);
        config.mode = CORDON_JOURNAL_REPLAY;
        double c = calls(engine, &config, CALLS);
        measure_require(stat(path, &file) == 0 && unlink(path) == 0, "no journal was written", path);
        size_t bytes = (size_t)file.st_size / CALLS;
        double d = appends(bytes, CALLS, 0);
        unlink(path);
        config.mode = CORDON_JOURNAL_RECORD;
        config.sync = CORDON_JOURNAL_SYNC_EACH;
        double e = calls(engine, &config, CALLS_ON_DISK);
        unlink(path);
        double f = appends(bytes, CALLS_ON_DISK, 1);
        unlink(path);
        if (round < 0)
            continue;
        measure_add(&bare, a);
        measure_add(&recorded, b);
        measure_add(&replayed, c);
        measure_add(&append, d);
        measure_add(&durable, e);
        measure_add(&synchronised, f);
    }
    cordon_engine_destroy(engine);
    rmdir(folder);
    measure_heading("Journals, a host call from Python and back");
    measure_print(&bare, NULL, 0);
    measure_print(&recorded, &bare, 0);
    measure_print(&replayed, &bare, 0);
    measure_print(&append, &bare, 0);
    measure_print(&synchronised, NULL, 0);
    measure_print(&durable, &synchronised, 0);
    measure_release(&bare);
    measure_release(&recorded);
    measure_release(&replayed);
    measure_release(&append);
    measure_release(&durable);
    measure_release(&synchronised);
    return 0;
}
