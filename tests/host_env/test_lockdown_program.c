/* The system call filter's program, run by an interpreter of our own: verdicts for every kind of rule, without a
 * kernel. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>

#include "lockdown/seccomp_program.h"
#include "support/test_host.h"

/* Just the instructions that such programs consist of; anything else, or a jump out of the program, fails the test. */
static unsigned int run(const struct sock_filter *program, size_t length, const struct seccomp_data *data)
{
    unsigned int value = 0;
    for (size_t at = 0; at < length; at++) {
        const struct sock_filter *step = &program[at];
        switch (step->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            assert_true(step->k % 4 == 0 && step->k + 4 <= sizeof(*data));
            memcpy(&value, (const char *)data + step->k, 4);
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            value &= step->k;
            break;
        case BPF_JMP | BPF_JEQ | BPF_K:
            at += value == step->k ? step->jt : step->jf;
            break;
        case BPF_JMP | BPF_JGE | BPF_K:
            at += value >= step->k ? step->jt : step->jf;
            break;
        case BPF_RET | BPF_K:
            return step->k;
        default:
            fail_msg("instruction %#x", step->code);
        }
    }
    fail_msg("the program ran over its end");
    return 0;
}

static unsigned int verdict(const host_system_call_filter *filter, const struct seccomp_data *data)
{
    struct sock_filter program[BPF_MAXINSNS];
    size_t length = seccomp_program_write(filter, program, BPF_MAXINSNS);
    assert_true(length > 0);
    return run(program, length, data);
}

#if defined(__x86_64__)
enum { NATIVE = (int)AUDIT_ARCH_X86_64, FOREIGN = (int)AUDIT_ARCH_I386 };
#else
enum { NATIVE = (int)AUDIT_ARCH_AARCH64, FOREIGN = (int)AUDIT_ARCH_ARM };
#endif
enum { ALLOW = (int)SECCOMP_RET_ALLOW, KILL = (int)SECCOMP_RET_KILL_PROCESS };

#define EQUAL(index, mask_bits, wanted)                                                                                \
    {                                                                                                                  \
        .test = HOST_SYSTEM_CALL_EQUAL, .argument = index, .mask = mask_bits, .value = wanted                          \
    }
#define DIFFERENT(index, mask_bits, unwanted)                                                                          \
    {                                                                                                                  \
        .test = HOST_SYSTEM_CALL_DIFFERENT, .argument = index, .mask = mask_bits, .value = unwanted                    \
    }

static const host_system_call_rule rules[] = {
    {.number = 10},
    {.number = 20, .conditions = {EQUAL(0, 0, 5)}},
    {.number = 30, .conditions = {EQUAL(1, 0, 0x1122334455667788)}},
    {.number = 40, .conditions = {EQUAL(2, 0xFFFFFFFF, 7)}},
    {.number = 50, .conditions = {DIFFERENT(3, 0, 9)}},
    {.number = 60, .conditions = {EQUAL(0, 0xF0, 0x20), DIFFERENT(1, 0, 0), EQUAL(5, 0, 1)}},
    {.number = 70, .conditions = {EQUAL(0, 0, 1)}}, /* two rules of one number */
    {.number = 70, .conditions = {EQUAL(0, 0, 2)}},
    {.number = 80, .conditions = {DIFFERENT(0, 0x300000000, 0x100000000)}},
};
static const host_system_call_filter filter = {rules, sizeof(rules) / sizeof(rules[0]), HOST_SYSTEM_CALL_KILL};

static const struct verdict_case {
    const char *name;
    int number;
    uint64_t arguments[6];
    int architecture;
    int verdict;
} verdict_cases[] = {
    {"a call without conditions is allowed", 10, {1, 2, 3, 4, 5, 6}, NATIVE, ALLOW},
    {"an unknown call is refused", 11, {0}, NATIVE, KILL},
    {"number 0 is refused unless listed", 0, {0}, NATIVE, KILL},
    {"a negative number is refused", -1, {0}, NATIVE, KILL},
    {"another architecture is killed", 10, {0}, FOREIGN, KILL},
    {"architecture 0 is killed", 10, {0}, 0, KILL},
    {"an x32 number is killed", 10 | 0x40000000, {0}, NATIVE, KILL},
    {"the right argument is allowed", 20, {5}, NATIVE, ALLOW},
    {"the wrong argument is refused", 20, {4}, NATIVE, KILL},
    {"the high half counts", 20, {0x100000005}, NATIVE, KILL},
    {"the right value in another argument does not help", 20, {0, 5, 5, 5, 5, 5}, NATIVE, KILL},
    {"64 bits are compared", 30, {0, 0x1122334455667788}, NATIVE, ALLOW},
    {"a wrong low half is refused", 30, {0, 0x1122334455667789}, NATIVE, KILL},
    {"a wrong high half is refused", 30, {0, 0x1122334555667788}, NATIVE, KILL},
    {"a mask ignores the high half", 40, {0, 0, 0xABCD00000007}, NATIVE, ALLOW},
    {"a mask does not ignore its own bits", 40, {0, 0, 0xABCD00000006}, NATIVE, KILL},
    {"different is allowed: low half", 50, {0, 0, 0, 8}, NATIVE, ALLOW},
    {"different is allowed: high half", 50, {0, 0, 0, 0x100000009}, NATIVE, ALLOW},
    {"equal is refused where different is wanted", 50, {0, 0, 0, 9}, NATIVE, KILL},
    {"all conditions hold", 60, {0x2F, 1, 0, 0, 0, 1}, NATIVE, ALLOW},
    {"the first of three fails", 60, {0x3F, 1, 0, 0, 0, 1}, NATIVE, KILL},
    {"the second of three fails", 60, {0x2F, 0, 0, 0, 0, 1}, NATIVE, KILL},
    {"the third of three fails", 60, {0x2F, 1, 0, 0, 0, 2}, NATIVE, KILL},
    {"the first of two rules holds", 70, {1}, NATIVE, ALLOW},
    {"the second of two rules holds", 70, {2}, NATIVE, ALLOW},
    {"neither of two rules holds", 70, {3}, NATIVE, KILL},
    {"a masked difference is allowed", 80, {0x2FFFFFFFF}, NATIVE, ALLOW},
    {"a masked equality is refused", 80, {0x5FFFFFFFF}, NATIVE, KILL},
};

static void verdict_is_as_in_the_table(void **state)
{
    const struct verdict_case *row = *state;
    struct seccomp_data data = {.nr = row->number, .arch = (unsigned int)row->architecture};
    memcpy(data.args, row->arguments, sizeof(data.args));
    assert_int_equal((int)verdict(&filter, &data), row->verdict);
}

static void refusals_are_the_ones_asked_for(void **state)
{
    static const struct {
        host_system_call_refusal refusal;
        unsigned int verdict;
    } rows[] = {
        {HOST_SYSTEM_CALL_KILL, SECCOMP_RET_KILL_PROCESS},
        {HOST_SYSTEM_CALL_EPERM, SECCOMP_RET_ERRNO | EPERM},
        {HOST_SYSTEM_CALL_TRAP, SECCOMP_RET_TRAP},
    };
    const struct seccomp_data refused = {.nr = 11, .arch = (unsigned int)NATIVE},
                              allowed = {.nr = 10, .arch = (unsigned int)NATIVE};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const host_system_call_filter other = {rules, filter.rule_count, rows[i].refusal};
        assert_int_equal(verdict(&other, &refused), rows[i].verdict);
        assert_int_equal(verdict(&other, &allowed), SECCOMP_RET_ALLOW);
    }
}

/* Whatever the refusal: numbers of another kind mean other calls there, so they are never just refused. */
static void foreign_numbers_are_killed_under_every_refusal(void **state)
{
    (void)state;
    for (int refusal = HOST_SYSTEM_CALL_KILL; refusal <= HOST_SYSTEM_CALL_TRAP; refusal++) {
        const host_system_call_filter other = {rules, filter.rule_count, (host_system_call_refusal)refusal};
        const struct seccomp_data foreign = {.nr = 10, .arch = (unsigned int)FOREIGN};
        assert_int_equal((int)verdict(&other, &foreign), KILL);
#if defined(__x86_64__)
        const struct seccomp_data x32 = {.nr = 0x40000000 + 10, .arch = (unsigned int)NATIVE};
        assert_int_equal((int)verdict(&other, &x32), KILL);
#endif
    }
}

static void an_empty_table_refuses_everything(void **state)
{
    (void)state;
    const host_system_call_filter nothing = {NULL, 0, HOST_SYSTEM_CALL_KILL};
    for (int number = -2; number < 600; number++) {
        const struct seccomp_data data = {.nr = number, .arch = (unsigned int)NATIVE};
        assert_int_equal((int)verdict(&nothing, &data), KILL);
    }
}

static void the_longest_table_fits_and_one_more_does_not(void **state)
{
    static host_system_call_rule many[HOST_SYSTEM_CALL_RULES_MAX + 1];
    struct sock_filter program[BPF_MAXINSNS];
    host_system_call_filter long_filter = {many, HOST_SYSTEM_CALL_RULES_MAX, HOST_SYSTEM_CALL_KILL};
    (void)state;
    for (int i = 0; i <= HOST_SYSTEM_CALL_RULES_MAX; i++) {
        many[i] = (host_system_call_rule){.number = i, .conditions = {EQUAL(0, 0, 1)}};
    }
    assert_true(seccomp_program_write(&long_filter, program, BPF_MAXINSNS) > 0);
    const struct seccomp_data last = {.nr = HOST_SYSTEM_CALL_RULES_MAX - 1, .arch = (unsigned int)NATIVE, .args = {1}};
    assert_int_equal((int)verdict(&long_filter, &last), ALLOW);
    assert_int_equal(seccomp_program_write(&long_filter, program, 100), 0);
    long_filter.rule_count++;
    assert_int_equal(seccomp_program_write(&long_filter, program, BPF_MAXINSNS), 0);
}

static const struct malformed_case {
    const char *name;
    host_system_call_rule rule;
    host_system_call_refusal refusal;
} malformed_cases[] = {
    {"argument 6", {.number = 1, .conditions = {EQUAL(6, 0, 0)}}, HOST_SYSTEM_CALL_KILL},
    {"negative number", {.number = -1}, HOST_SYSTEM_CALL_KILL},
    {"x32 number", {.number = 0x40000001}, HOST_SYSTEM_CALL_KILL},
    {"unknown test", {.number = 1, .conditions = {{.test = (host_system_call_test)9}}}, HOST_SYSTEM_CALL_KILL},
    {"condition after the last", {.number = 1, .conditions = {{0}, EQUAL(0, 0, 1)}}, HOST_SYSTEM_CALL_KILL},
    {"value outside its mask", {.number = 1, .conditions = {EQUAL(0, 1, 2)}}, HOST_SYSTEM_CALL_KILL},
    {"unknown refusal", {.number = 1}, (host_system_call_refusal)3},
};

static void malformed_table_gives_no_program(void **state)
{
    const struct malformed_case *row = *state;
    const host_system_call_filter wrong = {&row->rule, 1, row->refusal};
    const host_system_call_rule sound = {.number = 1};
    const host_system_call_filter right = {&sound, 1, HOST_SYSTEM_CALL_KILL};
    struct sock_filter program[64];
    assert_int_equal(seccomp_program_write(&wrong, program, 64), 0);
    assert_true(seccomp_program_write(&right, program, 64) > 0);
}

static void worker_filter_allows_exactly_its_calls(void **state)
{
    (void)state;
    for (int number = 0; number < 600; number++) {
        for (uint64_t fd = 0; fd < 3; fd++) {
            const struct seccomp_data data = {.nr = number, .arch = (unsigned int)NATIVE, .args = {fd}};
            bool allowed = (number == SYS_read && fd == 0) || (number == SYS_write && fd == 1) || number == SYS_exit ||
                           number == SYS_exit_group;
            bool before_exec = allowed || number == SYS_execve || number == SYS_execveat;
            assert_int_equal((int)verdict(&host_system_calls_worker, &data), allowed ? ALLOW : KILL);
            assert_int_equal((int)verdict(&host_system_calls_worker_before_exec, &data), before_exec ? ALLOW : KILL);
        }
    }
}

int main(void)
{
    enum {
        VERDICTS = sizeof(verdict_cases) / sizeof(verdict_cases[0]),
        MALFORMED = sizeof(malformed_cases) / sizeof(malformed_cases[0]),
        OTHERS = 5
    };
    struct CMUnitTest tests[VERDICTS + MALFORMED + OTHERS] = {
        cmocka_unit_test(refusals_are_the_ones_asked_for),
        cmocka_unit_test(foreign_numbers_are_killed_under_every_refusal),
        cmocka_unit_test(an_empty_table_refuses_everything),
        cmocka_unit_test(the_longest_table_fits_and_one_more_does_not),
        cmocka_unit_test(worker_filter_allows_exactly_its_calls),
    };
    for (size_t i = 0; i < VERDICTS; i++) {
        tests[OTHERS + i] = (struct CMUnitTest){.name = verdict_cases[i].name,
                                                .test_func = verdict_is_as_in_the_table,
                                                .initial_state = (void *)&verdict_cases[i]};
    }
    for (size_t i = 0; i < MALFORMED; i++) {
        tests[OTHERS + VERDICTS + i] = (struct CMUnitTest){.name = malformed_cases[i].name,
                                                           .test_func = malformed_table_gives_no_program,
                                                           .initial_state = (void *)&malformed_cases[i]};
    }
    return _cmocka_run_group_tests("lockdown_program", tests, sizeof(tests) / sizeof(tests[0]), NULL, NULL);
}
