/* Behind the one system call instruction no general register is believed, and none of any kind once the host has written memory: a tracer puts other ones into a worker that waits,
 * and nothing changes. */
#include "engine_support.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox_internal.h"
#include "worker_memory.h"

enum { REST_NS = 1000000000, STATE_BYTES_MAX = 16384, ROUNDS = 20 };
enum { AT_CONTROL = 0, AT_MXCSR = 24, AT_X87 = 32, AT_XMM = 160, AT_PRESENT = 512, AT_YMM = 576 }; /* of the standard form of XSAVE */

static const char program[] = "import math\n"
                              "kept.append(sum(math.sqrt(n) * 0.1 for n in range(1000)))\n"
                              "[kept[-1], 0.1 * 3, 1 / 3, -2.5 // 1, 10.0 ** 22 / 7, str(2 ** 300), bytes(range(50)).hex(), sorted('gate', reverse=True)]";

static void attach(pid_t pid)
{
    int status;
    assert_int_equal(ptrace(PTRACE_SEIZE, pid, 0, 0), 0);
    assert_int_equal(ptrace(PTRACE_INTERRUPT, pid, 0, 0), 0);
    assert_int_equal(waitpid(pid, &status, __WALL), pid);
    assert_true(WIFSTOPPED(status));
}

static uint64_t random_word(void)
{
    return (uint64_t)random() << 42 ^ (uint64_t)random() << 21 ^ (uint64_t)random();
}

/* All but what the kernel needs to make the same call again: its number and three arguments. */
static void plant_registers(pid_t pid)
{
    enum { FLAG_DIRECTION = 0x400, FLAG_ALIGNMENT = 0x40000, FLAG_CARRY = 1 };
    struct user_regs_struct registers, seen;
    assert_int_equal(ptrace(PTRACE_GETREGS, pid, 0, &registers), 0);
    assert_int_equal(registers.orig_rax, 0);
    registers.rbx = random_word(), registers.rbp = random_word(), registers.rsp = random_word();
    registers.r8 = random_word(), registers.r9 = random_word(), registers.r10 = random_word();
    registers.r12 = random_word(), registers.r13 = random_word(), registers.r14 = random_word(), registers.r15 = random_word();
    registers.eflags |= FLAG_DIRECTION | FLAG_ALIGNMENT | FLAG_CARRY;
    assert_int_equal(ptrace(PTRACE_SETREGS, pid, 0, &registers), 0);
    assert_int_equal(ptrace(PTRACE_GETREGS, pid, 0, &seen), 0);
    assert_memory_equal(&seen, &registers, sizeof seen); /* it can be done at all */
}

/* Rounding towards zero, results that are too small cut off, double extended precision taken away, and something in each vector. */
static void plant_floating_point(pid_t pid)
{
    static unsigned char state[STATE_BYTES_MAX], seen[STATE_BYTES_MAX];
    struct iovec all = {state, sizeof state}, again = {seen, sizeof seen};
    assert_int_equal(ptrace(PTRACE_GETREGSET, pid, (void *)NT_X86_XSTATE, &all), 0);
    *(uint16_t *)(void *)(state + AT_CONTROL) = 0x0c7f;
    *(uint32_t *)(void *)(state + AT_MXCSR) = 0xffc0;
    memset(state + AT_X87, 0x5a, 10);
    memset(state + AT_XMM, 0xa5, 256);
    if (all.iov_len >= AT_YMM + 256)
        memset(state + AT_YMM, 0xa5, 256);
    *(uint64_t *)(void *)(state + AT_PRESENT) |= all.iov_len >= AT_YMM + 256 ? 7 : 3;
    assert_int_equal(ptrace(PTRACE_SETREGSET, pid, (void *)NT_X86_XSTATE, &all), 0);
    assert_int_equal(ptrace(PTRACE_GETREGSET, pid, (void *)NT_X86_XSTATE, &again), 0);
    assert_int_equal(*(uint32_t *)(void *)(seen + AT_MXCSR), 0xffc0);
    assert_memory_equal(seen + AT_XMM, state + AT_XMM, 256);
}

static char *answer_of(cordon_sandbox *sandbox)
{
    char *text = NULL;
    cordon_error error;
    cordon_result *result = test_execute(sandbox, program);
    assert_outcome(result, CORDON_OUTCOME_OK);
    check_status(cordon_value_to_json(result->value, &text, NULL, &error), &error);
    cordon_result_destroy(result);
    return text;
}

static image_map *map_of(cordon_sandbox *sandbox)
{
    image_map *map;
    cordon_error error;
    check_status(image_map_create(sandbox->engine->env, test_image, &map, &error), &error);
    return map;
}

static void registers_of_a_waiting_worker_mean_nothing(void **state)
{
    (void)state;
    cordon_engine *engine = test_engine(NULL);
    cordon_sandbox *sandbox = test_sandbox(engine);
    image_map *map = map_of(sandbox);
    cordon_result_destroy(test_execute(sandbox, "kept = []"));
    char *right = answer_of(sandbox);
    srandom(5);
    for (int round = 0; round < ROUNDS; round++) {
        pid_t pid = (pid_t)cordon_sandbox_process_id(sandbox);
        assert_true(worker_memory_comes_to_rest(sandbox->worker, map, REST_NS));
        assert_int_equal(worker_memory_write(sandbox->worker, NULL, 0, NULL), CORDON_OK);
        attach(pid);
        plant_registers(pid);
        plant_floating_point(pid);
        assert_int_equal(ptrace(PTRACE_DETACH, pid, 0, 0), 0);

        char *answer = answer_of(sandbox);

        assert_string_equal(answer, right);
        cordon_text_release(answer);
    }
    cordon_text_release(right);
    image_map_destroy(map);
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
}

/* What the gate left in registers of its caller's. */
static void read_after_gate(pid_t pid, uint64_t behind, struct user_regs_struct *registers_out, unsigned char *state, size_t *size_out)
{
    int status;
    struct iovec all = {state, STATE_BYTES_MAX};
    for (int steps = 0; steps < 60; steps++) { /* until the gate returns */
        assert_int_equal(ptrace(PTRACE_SINGLESTEP, pid, 0, 0), 0);
        assert_int_equal(waitpid(pid, &status, __WALL), pid);
        assert_true(WIFSTOPPED(status));
        assert_int_equal(ptrace(PTRACE_GETREGS, pid, 0, registers_out), 0);
        if (registers_out->rip < behind - 256 || registers_out->rip > behind + 256)
            break;
    }
    assert_true(registers_out->rip < behind - 256 || registers_out->rip > behind + 256);
    assert_int_equal(ptrace(PTRACE_GETREGSET, pid, (void *)NT_X86_XSTATE, &all), 0);
    *size_out = all.iov_len;
}

struct after_gate {
    struct user_regs_struct registers;
    unsigned char floating_point[STATE_BYTES_MAX];
    size_t size;
};

/* Registers are planted in a worker that waits, whose memory the host has written or not. */
static void look_behind_gate(bool is_written, struct after_gate *after_out)
{
    cordon_engine *engine = test_engine(NULL);
    cordon_sandbox *sandbox = test_sandbox(engine);
    image_map *map = map_of(sandbox);
    char text[1] = {0};
    pid_t pid = (pid_t)cordon_sandbox_process_id(sandbox);
    assert_true(worker_memory_comes_to_rest(sandbox->worker, map, REST_NS));
    if (is_written)
        assert_int_equal(worker_memory_write(sandbox->worker, NULL, 0, NULL), CORDON_OK);
    attach(pid);
    plant_registers(pid);
    plant_floating_point(pid);
    assert_int_equal(write(sandbox->worker->process.to_worker, text, 1), 1); /* a frame's first byte, which can wait for the rest */
    read_after_gate(pid, image_map_rest(map)->behind_call, &after_out->registers, after_out->floating_point, &after_out->size);
    assert_int_equal(after_out->registers.rax, 1);
    /* Single steps over POPFQ leave their own flag behind: this worker is not used again. */
    image_map_destroy(map);
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
}

static void assert_general_registers_are_zero(const struct user_regs_struct *registers)
{
    const uint64_t dead[] = {registers->rcx, registers->rdx, registers->rsi, registers->rdi, registers->r8, registers->r9, registers->r10, registers->r11};
    for (size_t i = 0; i < sizeof dead / sizeof *dead; i++)
        assert_int_equal(dead[i], 0);
}

/* Nothing that was in a register comes through: what a caller may find changed is zero, whatever it was. */
static void registers_of_a_written_worker_reach_nobody(void **state)
{
    (void)state;
    static struct after_gate after;
    static const unsigned char zeros[256];
    look_behind_gate(true, &after);
    assert_general_registers_are_zero(&after.registers);
    enum { FLAGS_KEPT_BY_KERNEL = 0x302, ARITHMETIC = 0x8d5 }; /* interrupts, single steps, and what the last instruction left */
    assert_int_equal(after.registers.eflags & ~(unsigned long)(FLAGS_KEPT_BY_KERNEL | ARITHMETIC), 0);
    if ((*(uint64_t *)(void *)(after.floating_point + AT_PRESENT) & 2) != 0)
        assert_memory_equal(after.floating_point + AT_XMM, zeros, 256);
    if ((*(uint64_t *)(void *)(after.floating_point + AT_PRESENT) & 4) != 0)
        assert_memory_equal(after.floating_point + AT_YMM, zeros, 256);
    assert_int_equal(*(uint32_t *)(void *)(after.floating_point + AT_MXCSR), 0x1f80);
    assert_int_equal(*(uint16_t *)(void *)(after.floating_point + AT_CONTROL), 0x037f);
}

/* The twin: the byte that the host writes makes the difference. Without it a worker that goes on by itself keeps what it computes with. */
static void vectors_of_an_unwritten_worker_stay(void **state)
{
    (void)state;
    static struct after_gate after;
    static unsigned char planted[256];
    memset(planted, 0xa5, sizeof planted);
    look_behind_gate(false, &after);
    assert_general_registers_are_zero(&after.registers);
    assert_memory_equal(after.floating_point + AT_XMM, planted, sizeof planted);
    assert_int_equal(*(uint32_t *)(void *)(after.floating_point + AT_MXCSR), 0xffc0);
}

/* The twin: where the stack lies is believed, because it lies in memory; another place there is another computation, here none. */
static void memory_of_a_waiting_worker_means_everything(void **state)
{
    (void)state;
    cordon_engine *engine = test_engine(NULL);
    cordon_sandbox *sandbox = test_sandbox(engine);
    image_map *map = map_of(sandbox);
    uint64_t position, nowhere = 0x1000;
    assert_true(worker_memory_comes_to_rest(sandbox->worker, map, REST_NS));
    assert_true(image_map_find(map, "image_resting_position", &position, NULL));
    const host_memory_piece piece = {&nowhere, position, sizeof nowhere};
    assert_int_equal(worker_memory_write(sandbox->worker, &piece, 1, NULL), CORDON_OK);
    cordon_result *result = test_execute(sandbox, "1");
    assert_outcome(result, CORDON_OUTCOME_CRASHED);
    cordon_result_destroy(result);
    image_map_destroy(map);
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers_of_a_waiting_worker_mean_nothing),
        cmocka_unit_test(registers_of_a_written_worker_reach_nobody),
        cmocka_unit_test(vectors_of_an_unwritten_worker_stay),
        cmocka_unit_test(memory_of_a_waiting_worker_means_everything),
    };
    assert_true(count == 2);
    test_image = arguments[1];
    return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
