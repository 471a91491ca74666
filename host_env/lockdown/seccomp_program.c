/* Removes every system call but those of a table: this file hides the instructions that say so. They end in the
 * refusal.
 *
 * The program, in order: another architecture's calls kill; on x86-64 numbers of the x32 kind kill; then per rule "is
 * it this number, and do all its conditions hold? then allow"; then the refusal. Each rule is a block of its own that
 * falls through to the next. */
#include "seccomp_program.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdbool.h>

#if defined(__x86_64__)
enum { ARCHITECTURE = (int)AUDIT_ARCH_X86_64, ARCHITECTURE_IS_KNOWN = 1, X32_NUMBERS = 0x40000000 };
#elif defined(__aarch64__)
enum { ARCHITECTURE = (int)AUDIT_ARCH_AARCH64, ARCHITECTURE_IS_KNOWN = 1, X32_NUMBERS = 0 };
#else
enum { ARCHITECTURE = 0, ARCHITECTURE_IS_KNOWN = 0, X32_NUMBERS = 0 };
#endif

#define NUMBER_OFFSET ((unsigned int)offsetof(struct seccomp_data, nr))
#define ARCHITECTURE_OFFSET ((unsigned int)offsetof(struct seccomp_data, arch))
#define ARGUMENT_OFFSET(index) ((unsigned int)(offsetof(struct seccomp_data, args) + (index) * sizeof(uint64_t)))

typedef struct assembler {
    struct sock_filter *program;
    size_t capacity;
    size_t length; /* goes on counting when the program is full, so that the caller sees it did not fit */
} assembler;

static void emit(assembler *assembler, unsigned short code, unsigned int value, unsigned char if_true,
                 unsigned char if_false)
{
    if (assembler->length < assembler->capacity) {
        assembler->program[assembler->length] = (struct sock_filter){code, if_true, if_false, value};
    }
    assembler->length++;
}

static void emit_load(assembler *assembler, unsigned int offset)
{
    emit(assembler, BPF_LD | BPF_W | BPF_ABS, offset, 0, 0);
}

static void emit_return(assembler *assembler, unsigned int verdict)
{
    emit(assembler, BPF_RET | BPF_K, verdict, 0, 0);
}

static void emit_entry_checks(assembler *assembler)
{
    emit_load(assembler, ARCHITECTURE_OFFSET);
    emit(assembler, BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)ARCHITECTURE, 1, 0);
    emit_return(assembler, SECCOMP_RET_KILL_PROCESS);
    if (X32_NUMBERS != 0) {
        emit_load(assembler, NUMBER_OFFSET);
        emit(assembler, BPF_JMP | BPF_JGE | BPF_K, X32_NUMBERS, 0, 1);
        emit_return(assembler, SECCOMP_RET_KILL_PROCESS);
    }
}

enum { HALF_LENGTH = 3, CONDITION_LENGTH = 2 * HALF_LENGTH };

static bool condition_is_well_formed(const host_system_call_condition *condition)
{
    return condition->argument <= 5 && (unsigned int)condition->test <= HOST_SYSTEM_CALL_DIFFERENT &&
           (condition->mask == 0 || (condition->value & ~condition->mask) == 0); /* else it could never hold */
}

/* Instructions compare 32 bits, arguments have 64: low half, then high half (little endian).
 * EQUAL: both must match, else leave the block. DIFFERENT: the first half that differs is enough, and if none does
 * leave the block. */
static void emit_condition(assembler *assembler, const host_system_call_condition *condition, unsigned char to_end)
{
    uint64_t mask = condition->mask != 0 ? condition->mask : UINT64_MAX;
    bool wants_equal = condition->test == HOST_SYSTEM_CALL_EQUAL;
    for (unsigned int half = 0; half < 2; half++) {
        unsigned char past_this =
            (unsigned char)(to_end - HALF_LENGTH * (half + 1)); /* instructions from here to the block's end */
        emit_load(assembler, ARGUMENT_OFFSET(condition->argument) + 4 * half);
        emit(assembler, BPF_ALU | BPF_AND | BPF_K, (unsigned int)(mask >> (32 * half)), 0, 0);
        unsigned char if_equal = wants_equal ? 0 : half == 0 ? 0 : past_this;
        unsigned char if_different = wants_equal ? past_this : half == 0 ? HALF_LENGTH : 0;
        emit(assembler, BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)(condition->value >> (32 * half)), if_equal,
             if_different);
    }
}

static bool emit_rule(assembler *assembler, const host_system_call_rule *rule)
{
    size_t count = 0;
    while (count < HOST_SYSTEM_CALL_CONDITIONS_MAX && rule->conditions[count].test != HOST_SYSTEM_CALL_ANY) {
        count++;
    }
    for (size_t i = 0; i < HOST_SYSTEM_CALL_CONDITIONS_MAX; i++) {
        if (i < count ? !condition_is_well_formed(&rule->conditions[i])
                      : rule->conditions[i].test != HOST_SYSTEM_CALL_ANY) {
            return false; /* a condition after the last would be dropped in silence */
        }
    }
    if (rule->number < 0 || (X32_NUMBERS != 0 && rule->number >= X32_NUMBERS)) {
        return false;
    }
    unsigned char conditions_length = (unsigned char)(count * CONDITION_LENGTH);
    emit_load(assembler, NUMBER_OFFSET);
    emit(assembler, BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)rule->number, 0, (unsigned char)(conditions_length + 1));
    for (size_t i = 0; i < count; i++) {
        emit_condition(assembler, &rule->conditions[i], (unsigned char)(conditions_length - i * CONDITION_LENGTH + 1));
    }
    emit_return(assembler, SECCOMP_RET_ALLOW);
    return true;
}

static bool refusal_find(host_system_call_refusal refusal, unsigned int *verdict_out)
{
    static const unsigned int verdicts[] = {
        [HOST_SYSTEM_CALL_KILL] = SECCOMP_RET_KILL_PROCESS,
        [HOST_SYSTEM_CALL_EPERM] = SECCOMP_RET_ERRNO | 1, /* EPERM */
        [HOST_SYSTEM_CALL_TRAP] = SECCOMP_RET_TRAP,
    };
    bool is_known = (size_t)refusal < sizeof(verdicts) / sizeof(verdicts[0]);
    *verdict_out = is_known ? verdicts[refusal] : SECCOMP_RET_KILL_PROCESS;
    return is_known;
}

size_t seccomp_program_write(const host_system_call_filter *filter, struct sock_filter *program_out, size_t capacity)
{
    assembler assembler = {program_out, capacity, 0};
    unsigned int refusal;
    if (!ARCHITECTURE_IS_KNOWN || filter->rule_count > HOST_SYSTEM_CALL_RULES_MAX ||
        !refusal_find(filter->refusal, &refusal)) {
        return 0;
    }
    emit_entry_checks(&assembler);
    for (size_t i = 0; i < filter->rule_count; i++) {
        if (!emit_rule(&assembler, &filter->rules[i])) {
            return 0;
        }
    }
    emit_return(&assembler, refusal);
    return assembler.length <= capacity ? assembler.length : 0;
}
