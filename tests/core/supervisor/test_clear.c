/* What tries to survive cordon_sandbox_clear, beside the same without it; and what must be as before. */
#include "engine_support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox_internal.h"
#include "worker_memory.h"

enum { PAGE = IMAGE_MAP_PAGE_BYTES };
#define REST_NS 1000000000ull

static void clear(cordon_sandbox *sandbox)
{
    cordon_error error;
    check_status(cordon_sandbox_clear(sandbox, &error), &error);
}

/* A sandbox of an engine that knows what a new worker is: from then on the process stays. */
static cordon_sandbox *settled(cordon_engine *engine)
{
    cordon_sandbox *sandbox = test_sandbox(engine);
    clear(sandbox);
    assert_non_null(engine_pristine(engine));
    return sandbox;
}

/* Does it again until the process stayed: on a busy machine a worker may not come to rest in time, and is replaced. `again` makes it used. */
static void clear_in_place(cordon_sandbox *sandbox, const char *again)
{
    enum { TRIES = 50 };
    for (int i = 0; i < TRIES; i++) {
        int64_t process = cordon_sandbox_process_id(sandbox);
        clear(sandbox);
        if (cordon_sandbox_process_id(sandbox) == process)
            return;
        cordon_result_destroy(test_execute(sandbox, again));
    }
    fail_msg("a clear never keeps the process");
}

static bool is_true(cordon_sandbox *sandbox, const char *source)
{
    char *text = NULL;
    cordon_error error;
    cordon_result *result = test_execute(sandbox, source);
    assert_outcome(result, CORDON_OUTCOME_OK);
    check_status(cordon_value_to_json(result->value, &text, NULL, &error), &error);
    bool is_true = strcmp(text, "true") == 0;
    if (!is_true && strcmp(text, "false") != 0)
        fail_msg("no truth value: %s: %s", source, text);
    cordon_text_release(text);
    cordon_result_destroy(result);
    return is_true;
}

static void run(cordon_sandbox *sandbox, const char *source)
{
    cordon_result *result = test_execute(sandbox, source);
    assert_outcome(result, CORDON_OUTCOME_OK);
    cordon_result_destroy(result);
}

/* ---- From inside ---- */

static const struct survivor {
    const char *name, *plant, *look;
} survivors[] = {
    {"variable", "planted = 1", "'planted' in globals()"},
    {"module in sys.modules", "import sys, types; sys.modules['planted'] = types.ModuleType('planted')", "import sys; 'planted' in sys.modules"},
    {"attribute of builtins", "import builtins; builtins.planted = 1", "import builtins; hasattr(builtins, 'planted')"},
    {"function of builtins", "import builtins; real = len; builtins.len = lambda x: real(x) + 1", "len('abc') == 4"},
    {"function of an imported module", "import json; json.dumps = lambda *a: 'planted'", "import json; json.dumps(1) == 'planted'"},
    {"byte code of a library's function", "import posixpath; posixpath.join.__code__ = (lambda a, *p: 'planted').__code__", "import os.path; os.path.join('a', 'b') == 'planted'"},
    {"base class of a library's class", "import collections; collections.Counter.planted = 1", "import collections; hasattr(collections.Counter, 'planted')"},
    {"finder of modules", "import sys\nclass Finder:\n    @staticmethod\n    def find_spec(name, path=None, target=None):\n        return None\nsys.meta_path.insert(0, Finder)",
     "import sys; 'Finder' in str(sys.meta_path[0])"},
    {"path of modules", "import sys; sys.path.insert(0, '/planted')", "import sys; '/planted' in sys.path"},
    {"thread", "import threading, time; threading.Thread(target=lambda: time.sleep(1e6), daemon=True).start()", "import threading; threading.active_count() > 1"},
    {"handler of the end", "import atexit\nfor n in range(100): atexit.register(print)", "import atexit; atexit._ncallbacks() >= 100"},
    {"signal handler", "import signal; signal.signal(signal.SIGUSR1, lambda *a: None)", "import signal; signal.getsignal(signal.SIGUSR1) is not signal.SIG_DFL"},
    {"trace function", "import sys; sys.setprofile(lambda *a: None)", "import sys; sys.getprofile() is not None"},
    {"callback of the collector", "import gc; gc.callbacks.append(lambda *a: None)", "import gc; len(gc.callbacks) > 0"},
    {"audit hook", "import sys\nheard = []\nsys.addaudithook(lambda *a: heard.append(1))", "import sys; sys.audit('planted'); 'heard' in globals() and len(heard) > 0"},
    {"codec", "import codecs; codecs.register(lambda name: codecs.lookup('utf-8') if name == 'planted' else None); codecs.lookup('planted')",
     "import codecs\ntry:\n    codecs.lookup('planted')\n    found = True\nexcept LookupError:\n    found = False\nfound"},
    {"limit of recursion", "import sys; sys.setrecursionlimit(321)", "import sys; sys.getrecursionlimit() == 321"},
    {"decimal context", "import decimal; decimal.getcontext().prec = 3", "import decimal; decimal.getcontext().prec == 3"},
    {"seed", "import random; random.seed(7); random.random()", "import random; a = random.random(); random.seed(7); random.random(); a == random.random()"},
    {"variable of the environment", "import os; os.environ['PLANTED'] = '1'", "import os; 'PLANTED' in os.environ"},
    {"working directory", "import os; os.mkdir('/work/planted'); os.chdir('/work/planted')", "import os; os.getcwd() == '/work/planted'"},
    {"file", "open('/work/planted', 'w').write('x')", "import os; os.path.exists('/work/planted')"},
    {"open descriptor", "kept = open('/work/open', 'w')", "import os\ntry:\n    os.fstat(3)\n    found = True\nexcept OSError:\n    found = False\nfound"},
    {"standard output", "import sys, io; sys.stdout = io.StringIO()", "import sys; 'StringIO' in str(type(sys.stdout))"},
    {"task that waits", "import asyncio\nasync def wait():\n    await asyncio.sleep(1e6)\ntask = asyncio.get_running_loop().create_task(wait())\nawait asyncio.sleep(0)",
     "import asyncio\nawait asyncio.sleep(0)\nlen(asyncio.all_tasks()) > 1"},
    {"warning that was shown", "import warnings; warnings.simplefilter('error')", "import warnings; warnings.filters[0][0] == 'error'"},
    {"interned attribute of a static type's subclass", "import enum; enum.planted = type('Planted', (int,), {})", "import enum; hasattr(enum, 'planted')"},
};

static void nothing_that_was_planted_survives(void **state)
{
    (void)state;
    cordon_engine *engine = test_engine(NULL);
    cordon_sandbox *sandbox = settled(engine);
    for (size_t i = 0; i < sizeof survivors / sizeof *survivors; i++) {
        run(sandbox, survivors[i].plant);
        if (!is_true(sandbox, survivors[i].look))
            fail_msg("%s: without a clear it is not there either", survivors[i].name);
        clear_in_place(sandbox, survivors[i].plant);
        if (is_true(sandbox, survivors[i].look))
            fail_msg("%s: it survived", survivors[i].name);
        clear(sandbox);
    }
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
}

/* ---- Memory ---- */

static int open_memory(const cordon_sandbox *sandbox)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%lld/mem", (long long)cordon_sandbox_process_id(sandbox));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static const image_map *map_of(cordon_sandbox *sandbox)
{
    const image_map *map;
    cordon_error error;
    check_status(engine_image_map(sandbox->engine, &map, &error), &error);
    return map;
}

/* How often a text is in all of a worker's writable memory. */
static unsigned count_in_memory(cordon_sandbox *sandbox, const char *text)
{
    static unsigned char chunk[1 << 20];
    size_t segments, size = strlen(text);
    unsigned found = 0;
    const host_memory_range *writable = image_map_writable(map_of(sandbox), &segments);
    int memory = open_memory(sandbox);
    for (size_t i = 0; i < segments; i++)
        for (uint64_t done = 0; done < writable[i].size; done += sizeof chunk - 64) {
            ssize_t count = pread(memory, chunk, sizeof chunk, (off_t)(writable[i].address + done));
            assert_true(count > 0);
            for (unsigned char *at = chunk; (at = memmem(at, (size_t)(chunk + count - at), text, size)) != NULL; at += size)
                found++;
        }
    close(memory);
    return found;
}

static void no_secret_stays_in_memory(void **state)
{
    (void)state;
    cordon_engine *engine = test_engine(NULL);
    cordon_sandbox *sandbox = settled(engine);
    /* In objects, freed memory, names, files, stacks of threads, a deep C stack, output and input buffers. */
    static const char spread[] = "import threading, json\n"
                 "secret = ''.join(map(chr, [83, 51, 67, 82, 51, 84, 45, 79, 70, 45, 79, 78, 69]))\n"
                 "kept = [secret * 10 for _ in range(100)]\n"
                 "freed = [secret * n for n in range(100)]; del freed\n"
                 "globals()[secret] = type(secret, (), {secret: secret})\n"
                 "open('/work/' + secret, 'w').write(secret * 1000)\n"
                 "threading.Thread(target=lambda: sorted([secret + 'x', secret], key=lambda s: (s, json.dumps([s] * 50)))).start()\n"
                 "print(secret * 100)\n";
    run(sandbox, spread);
    assert_true(count_in_memory(sandbox, "S3CR3T-OF-ONE") > 1000);

    clear_in_place(sandbox, spread);

    assert_int_equal(count_in_memory(sandbox, "S3CR3T-OF-ONE"), 0);
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
}

/* What was found to be written is remembered from clear to clear: neither what a later run gets besides, nor what it writes without getting any, may stay. */
static void no_secret_stays_in_pages_that_were_remembered_or_not(void **state)
{
    (void)state;
    cordon_engine *engine = test_engine(NULL);
    cordon_sandbox *sandbox = settled(engine);
    static const char more[] = "kept = [''.join(map(chr, [83, 51, 67, 82, 51, 84, 45, 79, 70, 45, 79, 78, 69])) * 10 for _ in range(5000)]";
    for (int round = 0; round < 3; round++) { /* the first gets pages, the others have them */
        for (int i = 0; i < 2; i++) {
            run(sandbox, "1");
            clear_in_place(sandbox, "1");
        }
        assert_non_null(sandbox->worker->written);
        run(sandbox, more);
        assert_true(count_in_memory(sandbox, "S3CR3T-OF-ONE") > 5000);
        clear_in_place(sandbox, more);
        assert_int_equal(count_in_memory(sandbox, "S3CR3T-OF-ONE"), 0);
    }
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
}

/* Bit by bit: a used worker that was brought back and a new one that heard the same. */
static void restored_memory_is_a_new_workers(void **state)
{
    (void)state;
    static unsigned char ours[PAGE], others[PAGE];
    cordon_engine *engine = test_engine(NULL);
    cordon_sandbox *sandbox = settled(engine), *keeper = test_sandbox(engine);
    const image_map *map = map_of(sandbox);
    cordon_error error;
    size_t segments;
    run(sandbox, "import re, json, random, datetime; kept = {n: re.compile(f'a{n}') for n in range(50)}; json.dumps(str(kept)); random.seed(1)");
    worker *fresh = pool_take(engine, &error);
    assert_non_null(fresh);
    while (worker_wait(fresh, REST_NS, &error) == WORKER_NOT_YET)
        ;

    assert_true(worker_memory_comes_to_rest(sandbox->worker, map, 30 * REST_NS));
    assert_true(pristine_restore(engine_pristine(engine), sandbox->worker, map));

    assert_true(worker_memory_comes_to_rest(fresh, map, REST_NS));
    check_status(worker_memory_write(fresh, NULL, 0, &error), &error); /* its registers are made anew as well, which passes over the stack */
    assert_int_equal(write(fresh->process.to_worker, "C", 1), 1);
    assert_true(worker_memory_comes_to_rest(fresh, map, REST_NS));
    const host_memory_range *writable = image_map_writable(map, &segments);
    memory_ranges written, written_by_fresh;
    worker_memory_forget_written(sandbox->worker);
    check_status(worker_memory_written(sandbox->worker, map, &written, &error), &error);
    check_status(worker_memory_written(fresh, map, &written_by_fresh, &error), &error);
    assert_true(segments >= 2 && writable != NULL && written.bytes > written_by_fresh.bytes && written_by_fresh.bytes > 20 * PAGE);
    const memory_ranges *both[] = {&written, &written_by_fresh};
    for (size_t side = 0; side < 2; side++)
        for (size_t i = 0; i < both[side]->count; i++)
            for (uint64_t page = both[side]->items[i].address; page < both[side]->items[i].address + both[side]->items[i].size; page += PAGE) {
                const host_memory_piece own = {ours, page, PAGE}, other = {others, page, PAGE};
                check_status(worker_memory_read(sandbox->worker, &own, 1, &error), &error);
                check_status(worker_memory_read(fresh, &other, 1, &error), &error);
                assert_memory_equal(ours, others, PAGE);
            }
    memory_ranges_release(&written);
    memory_ranges_release(&written_by_fresh);
    worker_destroy(fresh);
    pool_forget(engine);
    cordon_sandbox_destroy(keeper);
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
}

/* ---- From the processor and the kernel ---- */

static void attach(pid_t process)
{
    int status;
    assert_int_equal(ptrace(PTRACE_SEIZE, process, 0, 0), 0);
    assert_int_equal(ptrace(PTRACE_INTERRUPT, process, 0, 0), 0);
    assert_int_equal(waitpid(process, &status, __WALL), process);
}

static void plant_registers(pid_t process)
{
    struct user_regs_struct registers;
    assert_int_equal(ptrace(PTRACE_GETREGS, process, 0, &registers), 0);
    registers.rbx = registers.rbp = registers.rsp = registers.r12 = registers.r13 = registers.r14 = registers.r15 = 0x4242424242424242;
    registers.eflags |= 0x40400; /* direction, alignment check */
    assert_int_equal(ptrace(PTRACE_SETREGS, process, 0, &registers), 0);
}

static void plant_single_step(pid_t process)
{
    struct user_regs_struct registers;
    assert_int_equal(ptrace(PTRACE_GETREGS, process, 0, &registers), 0);
    registers.eflags |= 0x100;
    assert_int_equal(ptrace(PTRACE_SETREGS, process, 0, &registers), 0);
}

static void plant_blocked_signals(pid_t process)
{
    uint64_t blocked = 1ull << (SIGSEGV - 1);
    assert_int_equal(ptrace(PTRACE_SETSIGMASK, process, sizeof blocked, &blocked), 0);
}

static void plant_nothing(pid_t process)
{
    (void)process;
}

static const struct planted_state {
    const char *name;
    void (*plant)(pid_t process);
    bool stays; /* the process can be brought back */
} planted_states[] = {
    {"nothing", plant_nothing, true},
    {"registers and flags", plant_registers, true},
    {"single steps", plant_single_step, false},
    {"blocked signals", plant_blocked_signals, false},
};

/* Whether the process stayed; either way it is as new. */
static bool clear_with(cordon_engine *engine, const struct planted_state *planted)
{
    cordon_sandbox *sandbox = settled(engine);
    run(sandbox, "import math");
    pid_t process = (pid_t)cordon_sandbox_process_id(sandbox);
    assert_true(worker_memory_comes_to_rest(sandbox->worker, map_of(sandbox), 30 * REST_NS));
    attach(process);
    planted->plant(process);
    assert_int_equal(ptrace(PTRACE_DETACH, process, 0, 0), 0);

    clear(sandbox);

    bool has_stayed = cordon_sandbox_process_id(sandbox) == process;
    assert_value(sandbox, "sum([0.1] * 3), 'as' + ' new', bytes(range(20))[::-1][0]", "[0.30000000000000004,\"as new\",19]");
    cordon_sandbox_destroy(sandbox);
    return has_stayed;
}

static void what_processor_and_kernel_keep_is_without_effect(void **state)
{
    (void)state;
    cordon_engine *engine = test_engine(NULL);
    for (size_t i = 0; i < sizeof planted_states / sizeof *planted_states; i++) {
        bool has_stayed = false;
        for (int tries = 0; tries < (planted_states[i].stays ? 50 : 1) && !has_stayed; tries++)
            has_stayed = clear_with(engine, &planted_states[i]);
        if (has_stayed != planted_states[i].stays)
            fail_msg("%s: the process was %s", planted_states[i].name, has_stayed ? "kept" : "given up");
    }
    cordon_engine_destroy(engine);
}

/* ---- From native code of the guest's ---- */

static const char *native_image; /* with a module that has a guest's power over instructions and registers */

/* A guest that has taken over its worker says that its execution is over, and then waits itself, so that it is there for the next one: at the image's own instruction with a stack and
 * registers of its own ("jump"), or at an instruction of its own ("syscall"). Both wait for the same bytes at the same place. */
static void leave_guest_waiting(cordon_sandbox *sandbox, const char *entry)
{
    char source[1024];
    const image_rest *rest = image_map_rest(map_of(sandbox));
    snprintf(source, sizeof source,
             "import _raw_call, struct\n"
             "frame = b'\\0CRN' + struct.pack('<BBHII', %u, %u, 0, 1, 11) + b'\\x81\\xa6status\\xa2ok'\n"
             "_raw_call.call('syscall', 1, 1, frame, len(frame))\n"
             "_raw_call.call('%s', 0, 0, %llu, %llu, %llu)\n",
             CORDON_FRAME_VERSION, CORDON_FRAME_RESULT, entry, (unsigned long long)rest->buffer, (unsigned long long)rest->buffer_bytes,
             (unsigned long long)rest->behind_call - 2);
    cordon_result *result = test_execute(sandbox, source);
    assert_outcome(result, CORDON_OUTCOME_OK);
    assert_null(result->value);
    cordon_result_destroy(result);
}

/* Whether the process stayed after a clear of a sandbox in which a guest waits. */
static bool stays_with_guest(cordon_engine *engine, const char *entry)
{
    cordon_sandbox *sandbox = settled(engine);
    leave_guest_waiting(sandbox, entry);
    int64_t process = cordon_sandbox_process_id(sandbox);
    clear(sandbox);
    bool has_stayed = cordon_sandbox_process_id(sandbox) == process;
    assert_value(sandbox, "[sum([0.1] * 3), 1 / 3, 'frame' in globals(), bytes(range(5))[::-1][0]]", "[0.30000000000000004,0.3333333333333333,false,4]");
    cordon_sandbox_destroy(sandbox);
    return has_stayed;
}

static void guest_that_waits_in_place_of_the_worker_is_gone(void **state)
{
    (void)state;
    const char *usual = test_image;
    test_image = native_image;
    cordon_engine *engine = test_engine(NULL);
    test_image = usual;
    bool has_stayed = false;
    for (int tries = 0; tries < 20 && !has_stayed; tries++)
        has_stayed = stays_with_guest(engine, "jump");
    assert_true(has_stayed);
    assert_false(stays_with_guest(engine, "syscall"));

    /* Without a clear it is there: what the host sends next goes to it, and its worker is of no use any more. */
    cordon_sandbox *sandbox = settled(engine);
    cordon_error error;
    cordon_result *result = NULL;
    leave_guest_waiting(sandbox, "syscall");
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = "1";
    request.timeout_ns = REST_NS * 2;
    cordon_status status = cordon_sandbox_execute(sandbox, &request, &result, &error);
    assert_true(status != CORDON_OK || result->outcome != CORDON_OUTCOME_OK);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
}

/* ---- Not at rest ---- */

static void leave_half_a_frame_of_output(cordon_sandbox *sandbox)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%lld/fd/1", (long long)cordon_sandbox_process_id(sandbox));
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(write(fd, "\0CRN\3", 5), 5);
    close(fd);
}

static void leave_a_frame_that_was_read(cordon_sandbox *sandbox)
{
    assert_true(bytes_reserve(&sandbox->worker->channel.incoming, 1));
    bytes_add(&sandbox->worker->channel.incoming, "x", 1);
}

/* In the middle of a payload a worker waits at another buffer. */
static void leave_half_a_frame_of_input(cordon_sandbox *sandbox)
{
    unsigned char header[CORDON_FRAME_HEADER_SIZE];
    frame_header_encode(&(frame_header){.type = CORDON_FRAME_CALLBACKS, .length = 1000000}, header);
    assert_int_equal(write(sandbox->worker->process.to_worker, header + sandbox->worker->channel.head_sent, sizeof header - sandbox->worker->channel.head_sent), sizeof header - sandbox->worker->channel.head_sent);
    test_sleep_ms(20);
}

static void leave_much_memory(cordon_sandbox *sandbox)
{
    run(sandbox, "kept = bytearray(20 << 20)");
}

static void leave_it_stopped(cordon_sandbox *sandbox)
{
    kill((pid_t)cordon_sandbox_process_id(sandbox), SIGSTOP);
    test_sleep_ms(20);
}

static void leave_it_dead(cordon_sandbox *sandbox)
{
    kill((pid_t)cordon_sandbox_process_id(sandbox), SIGKILL);
}

static void (*const unfit[])(cordon_sandbox *sandbox) = {leave_half_a_frame_of_output, leave_a_frame_that_was_read, leave_half_a_frame_of_input, leave_much_memory, leave_it_stopped,
                                                        leave_it_dead};

static void worker_that_is_not_plainly_at_rest_is_replaced(void **state)
{
    (void)state;
    cordon_engine *engine = test_engine(NULL);
    cordon_sandbox *sandbox = settled(engine);
    for (size_t i = 0; i < sizeof unfit / sizeof *unfit; i++) {
        run(sandbox, "planted = 1");
        int64_t process = cordon_sandbox_process_id(sandbox);
        unfit[i](sandbox);
        clear(sandbox);
        assert_int_not_equal(cordon_sandbox_process_id(sandbox), process);
        assert_value(sandbox, "'planted' in globals()", "false");
    }
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
}

/* ---- After an end ---- */

static const struct end {
    const char *source;
    cordon_outcome outcome;
    const char *limit;
} ends[] = {
    {"while True: pass", CORDON_OUTCOME_LIMIT_FUEL, NULL},
    {"kept = []\nwhile True: kept.append(bytearray(1 << 20))", CORDON_OUTCOME_LIMIT_MEMORY, NULL},
    {"print('x' * 10000000)", CORDON_OUTCOME_LIMIT_OUTPUT, NULL},
    {"import os; os._exit(3)", CORDON_OUTCOME_OK, NULL},
    {"import os; os.write(1, b'')\nimport sys; sys.exit(3)", CORDON_OUTCOME_OK, NULL},
};

static void sandbox_that_ended_is_given_a_new_process(void **state)
{
    (void)state;
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    config.limits.value[CORDON_LIMIT_FUEL] = 1000000;
    config.limits.value[CORDON_LIMIT_OUTPUT] = 100000;
    config.limits.value[CORDON_LIMIT_MEMORY] = 64 << 20;
    config.pool.max = 1; /* nor is a place wanted beside its own */
    cordon_engine *engine = test_engine(&config);
    cordon_sandbox *sandbox = settled(engine);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        run(sandbox, "planted = 1");
        cordon_result *result = test_execute(sandbox, ends[i].source);
        if (ends[i].outcome != CORDON_OUTCOME_OK)
            assert_outcome(result, ends[i].outcome);
        cordon_result_destroy(result);
        clear(sandbox);
        assert_value(sandbox, "'planted' in globals()", "false");
    }
    cordon_sandbox_cancel(sandbox);
    cordon_request request = CORDON_REQUEST_INIT;
    cordon_result *result = NULL;
    request.source = "1";
    cordon_status status = cordon_sandbox_execute(sandbox, &request, &result, NULL);
    assert_true(status != CORDON_OK || result->outcome == CORDON_OUTCOME_CANCELLED);
    cordon_result_destroy(result);
    clear(sandbox);
    assert_value(sandbox, "1 + 1", "2");
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
}

static void cleared_sandbox_of_a_cancelled_engine_stays_ended(void **state)
{
    (void)state;
    cordon_error error;
    cordon_engine *engine = test_engine(NULL);
    cordon_sandbox *sandbox = settled(engine);
    cordon_engine_cancel(engine);
    assert_int_equal(cordon_sandbox_clear(sandbox, &error), CORDON_CANCELLED);
    assert_int_equal(cordon_sandbox_clear(sandbox, &error), CORDON_CANCELLED);
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
    assert_int_equal(cordon_sandbox_clear(NULL, &error), CORDON_INVALID_ARGUMENT);
}

/* ---- What stays ---- */

static void answer_later(void *context, cordon_call *call)
{
    *(cordon_call **)context = call;
}

static void answer_now(void *context, cordon_call *call)
{
    (void)context;
    cordon_call_answer(call, cordon_value_int(42));
}

/* A call of before that is answered after is nobody's answer, although the worker counts its calls from one again. */
static void functions_stay_and_answers_do_not(void **state)
{
    (void)state;
    cordon_error error;
    cordon_call *kept = NULL;
    cordon_engine *engine = test_engine(NULL);
    cordon_sandbox *sandbox = settled(engine);
    cordon_callback later = CORDON_CALLBACK_INIT, now = CORDON_CALLBACK_INIT;
    later.name = "later", later.function = answer_later, later.context = &kept, later.takes_anything = true;
    now.name = "now", now.function = answer_now, now.takes_anything = true;
    check_status(cordon_sandbox_register(sandbox, &later, &error), &error);
    check_status(cordon_sandbox_register(sandbox, &now, &error), &error);
    run(sandbox, "import cordon, asyncio\ntask = asyncio.ensure_future(cordon.call_async('later'))\nawait asyncio.sleep(0)");
    assert_non_null(kept);
    clear(sandbox);
    cordon_call *former = kept;
    cordon_call_answer(former, cordon_value_text("of the former"));
    assert_value(sandbox, "import cordon; cordon.call('now')", "42");
    assert_value(sandbox, "[name['name'] if isinstance(name, dict) else str(name) for name in cordon.list_calls()].__len__()", "2");
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
}

static char *deterministic_story(cordon_sandbox *sandbox)
{
    char *text = NULL;
    cordon_error error;
    cordon_result *result = test_execute(sandbox, "import random, time, uuid, os, sys, threading\n"
                                                  "found = [id(object()), random.random(), time.time(), str(uuid.uuid4()), os.urandom(8).hex(), hash('x'), [str(e) for e in {'a', 'b', 'c'}]]\n"
                                                  "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    found.append(e.__traceback__.tb_frame.f_code.co_filename)\nfound");
    assert_outcome(result, CORDON_OUTCOME_OK);
    check_status(cordon_value_to_json(result->value, &text, NULL, &error), &error);
    char *story = NULL;
    assert_true(asprintf(&story, "%s fuel %llu memory %llu peak %llu", text, (unsigned long long)result->figures.fuel, (unsigned long long)result->figures.memory_bytes,
                         (unsigned long long)result->figures.memory_peak_bytes) > 0);
    cordon_text_release(text);
    cordon_result_destroy(result);
    return story;
}

static void deterministic_sandbox_begins_anew(void **state)
{
    (void)state;
    cordon_error error;
    cordon_engine *engine = test_engine(NULL);
    cordon_sandbox *sandbox = NULL, *learning = settled(engine);
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    config.is_deterministic = true;
    check_status(cordon_sandbox_create(engine, &config, &sandbox, &error), &error);
    char *first = deterministic_story(sandbox), *second = deterministic_story(sandbox);
    assert_string_not_equal(first, second);
    for (int round = 0; round < 3; round++) {
        clear_in_place(sandbox, "1");
        char *again = deterministic_story(sandbox);
        assert_string_equal(again, first);
        free(again);
    }
    free(first);
    free(second);
    cordon_sandbox_destroy(sandbox);
    cordon_sandbox_destroy(learning);
    cordon_engine_destroy(engine);
}

static void configuration_is_kept(void **state)
{
    (void)state;
    cordon_error error;
    char folder[] = "/tmp/cordon-clear-XXXXXX", path[64], name[] = "COLOUR=green", *environment[] = {name, NULL}, *argument[] = {strdup("one"), NULL};
    assert_non_null(mkdtemp(folder));
    cordon_engine *engine = test_engine(NULL);
    cordon_sandbox *sandbox = NULL, *learning = settled(engine);
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    cordon_mount mounts[] = {{.source = folder, .path = "/folder", .mode = CORDON_MOUNT_READ_WRITE}};
    char directory[] = "/work/elsewhere";
    config.environment = (const char *const *)environment;
    config.arguments = (const char *const *)argument;
    config.directory = directory;
    config.mounts = mounts;
    config.mount_count = 1;
    config.limits.value[CORDON_LIMIT_FUEL] = 100000;
    check_status(cordon_sandbox_create(engine, &config, &sandbox, &error), &error);
    memset(name, 'x', sizeof name - 1), memset(directory, 'x', sizeof directory - 1), memset(mounts, 0, sizeof mounts), memset(argument[0], 'x', 3); /* it was borrowed for the call */
    for (int round = 0; round < 2; round++) {
        assert_value(sandbox, "import os, sys; [os.environ['COLOUR'], sys.argv[1], os.getcwd()]", "[\"green\",\"one\",\"/work/elsewhere\"]");
        assert_value(sandbox, "kept = open('/folder/file', 'a'); kept.write('x')\nkept.flush()\nos.stat('/folder/file').st_size", round == 0 ? "1" : "2");
        clear(sandbox);
    }
    cordon_result *result = test_execute(sandbox, "for n in range(1000000): pass");
    assert_outcome(result, CORDON_OUTCOME_LIMIT_FUEL);
    cordon_result_destroy(result);
    snprintf(path, sizeof path, "%s/file", folder);
    unlink(path);
    rmdir(folder);
    free(argument[0]);
    cordon_sandbox_destroy(sandbox);
    cordon_sandbox_destroy(learning);
    cordon_engine_destroy(engine);
}

/* Processor time is a process's; limits count from the clear. */
static void processor_time_counts_from_the_clear(void **state)
{
    (void)state;
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    config.limits.value[CORDON_LIMIT_CPU] = 2000000000;
    config.limits.value[CORDON_LIMIT_WALL] = config.limits.value[CORDON_LIMIT_FUEL] = CORDON_LIMIT_NONE;
    cordon_engine *engine = test_engine(&config);
    cordon_sandbox *sandbox = settled(engine);
    uint64_t all_ns = 0;
    for (int round = 0; round < 5; round++) {
        cordon_result *result = test_execute(sandbox, "for n in range(12000000): pass");
        assert_outcome(result, CORDON_OUTCOME_OK);
        all_ns += result->figures.cpu_ns;
        cordon_result_destroy(result);
        clear(sandbox);
        cordon_session_figures figures;
        cordon_sandbox_get_session_figures(sandbox, &figures);
        assert_int_equal(figures.executions, 0);
        assert_int_equal(figures.cpu_ns, 0);
    }
    assert_true(all_ns > 0);
    cordon_result *result = test_execute(sandbox, "while True: pass");
    assert_outcome(result, CORDON_OUTCOME_LIMIT_CPU);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
}

/* ---- Reset ---- */

static const char tell_files[] = "import os\n"
                                 "told = []\n"
                                 "for at, folders, files in os.walk('/'):\n"
                                 "    folders[:] = [f for f in folders if at != '/' or f not in ('dev', 'usr', 'etc')]\n"
                                 "    for name in folders + files:\n"
                                 "        path = os.path.join(at, name); s = os.lstat(path)\n"
                                 "        if s.st_uid == 1000 and not os.path.islink(path):\n"
                                 "            told.append((os.fsencode(path).hex(), oct(s.st_mode), s.st_mtime_ns, b'' if name in folders else open(path, 'rb').read() if s.st_mode & 0o400 else b'?'))\n"
                                 "sorted(map(str, told))";

static char *files_of(cordon_sandbox *sandbox)
{
    char *text = NULL;
    cordon_error error;
    cordon_result *result = test_execute(sandbox, tell_files);
    assert_outcome(result, CORDON_OUTCOME_OK);
    check_status(cordon_value_to_json(result->value, &text, NULL, &error), &error);
    cordon_result_destroy(result);
    return text;
}

static void reset_keeps_files_and_nothing_else(void **state)
{
    (void)state;
    cordon_error error;
    cordon_engine *engine = test_engine(NULL);
    cordon_sandbox *sandbox = settled(engine);
    run(sandbox, "import os, builtins\n"
                 "builtins.planted = 1\n"
                 "os.makedirs('/work/a/' + '/'.join('d%d' % n for n in range(50)))\n"
                 "open('/work/a/d0/file', 'w').write('content' * 400000)\n"
                 "open(b'/tmp/not utf-8 \\xff', 'w').write('named by bytes')\n"
                 "open('/work/empty', 'w').close()\n"
                 "open('/work/secret', 'w').write('mine'); os.chmod('/work/secret', 0)\n"
                 "os.mkdir('/work/closed'); open('/work/closed/inside', 'w').write('in'); os.utime('/work/closed/inside', ns=(5, 123456789)); os.chmod('/work/closed', 0o511)\n"
                 "os.utime('/work/a', ns=(1, 987654321)); os.utime('/work', ns=(1, 77))\n"
                 "os.symlink('/work/empty', '/work/link')\n");
    char *before = files_of(sandbox);
    assert_non_null(strstr(before, "contentcontent"));

    check_status(cordon_sandbox_reset(sandbox, &error), &error);

    char *after = files_of(sandbox);
    assert_string_equal(before, after);
    assert_false(is_true(sandbox, "import builtins; hasattr(builtins, 'planted') or 'told' not in globals()"));
    assert_value(sandbox, "os.chmod('/work/secret', 0o600); open('/work/secret').read()", "\"mine\"");
    clear(sandbox);
    assert_value(sandbox, "import os; os.path.exists('/work/a')", "false");
    cordon_text_release(before);
    cordon_text_release(after);
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
}

static void reset_that_cannot_be_done_does_nothing(void **state)
{
    (void)state;
    cordon_error error;
    cordon_engine *engine = test_engine(NULL);
    cordon_sandbox *sandbox = settled(engine);
    run(sandbox, "kept = 1; f = open('/work/sparse', 'wb'); f.seek(1 << 33); f.write(b'x'); f.close()");
    assert_int_equal(cordon_sandbox_reset(sandbox, &error), CORDON_TOO_LARGE);
    assert_value(sandbox, "kept", "1");
    run(sandbox, "import os; os.unlink('/work/sparse')");
    check_status(cordon_sandbox_reset(sandbox, &error), &error);
    assert_value(sandbox, "'kept' in globals()", "false");
    cordon_result_destroy(test_execute(sandbox, "import os; os._exit(1)"));
    assert_int_equal(cordon_sandbox_reset(sandbox, &error), CORDON_SANDBOX_ENDED);
    clear(sandbox);
    check_status(cordon_sandbox_reset(sandbox, &error), &error);
    assert_int_equal(cordon_sandbox_reset(NULL, &error), CORDON_INVALID_ARGUMENT);
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
}

static size_t count_descriptors(void)
{
    size_t count = 0;
    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void many_clears_cost_nothing_that_stays(void **state)
{
    (void)state;
    cordon_engine *engine = test_engine(NULL);
    cordon_sandbox *sandbox = settled(engine);
    int64_t process = cordon_sandbox_process_id(sandbox);
    memory_ranges first = {0}, last = {0};
    cordon_error error;
    static const char used[] = "kept = [str(n) for n in range(1000)]";
    clear_in_place(sandbox, used); /* the first one opens what is then kept */
    size_t descriptors = count_descriptors();
    unsigned replaced = 0;
    for (int round = 0; round < 300; round++) {
        run(sandbox, used);
        clear(sandbox);
        replaced += cordon_sandbox_process_id(sandbox) != process;
        process = cordon_sandbox_process_id(sandbox);
        assert_true(worker_memory_comes_to_rest(sandbox->worker, map_of(sandbox), REST_NS));
        memory_ranges_release(&last);
        check_status(worker_memory_written(sandbox->worker, map_of(sandbox), &last, &error), &error);
        if (round == 10)
            check_status(worker_memory_written(sandbox->worker, map_of(sandbox), &first, &error), &error);
    }
    assert_true(replaced <= 100); /* a busy machine may not let a worker come to rest in time */
    assert_true(last.bytes <= first.bytes + 16 * PAGE);
    clear_in_place(sandbox, used);
    assert_int_equal(count_descriptors(), descriptors);
    memory_ranges_release(&first);
    memory_ranges_release(&last);
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_that_was_planted_survives),
        cmocka_unit_test(no_secret_stays_in_memory),
        cmocka_unit_test(no_secret_stays_in_pages_that_were_remembered_or_not),
        cmocka_unit_test(restored_memory_is_a_new_workers),
        cmocka_unit_test(what_processor_and_kernel_keep_is_without_effect),
        cmocka_unit_test(guest_that_waits_in_place_of_the_worker_is_gone),
        cmocka_unit_test(worker_that_is_not_plainly_at_rest_is_replaced),
        cmocka_unit_test(sandbox_that_ended_is_given_a_new_process),
        cmocka_unit_test(cleared_sandbox_of_a_cancelled_engine_stays_ended),
        cmocka_unit_test(functions_stay_and_answers_do_not),
        cmocka_unit_test(deterministic_sandbox_begins_anew),
        cmocka_unit_test(configuration_is_kept),
        cmocka_unit_test(processor_time_counts_from_the_clear),
        cmocka_unit_test(reset_keeps_files_and_nothing_else),
        cmocka_unit_test(reset_that_cannot_be_done_does_nothing),
        cmocka_unit_test(many_clears_cost_nothing_that_stays),
    };
    assert_true(count == 3);
    test_image = arguments[1];
    native_image = arguments[2];
    return cmocka_run_group_tests_name("clear", tests, NULL, NULL);
}
