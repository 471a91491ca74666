/* The list of lies. Many come from tables of values, types or payloads: each of those is a row of its own. */
#include "hostile_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/protocol.h"

enum { CASES_MAX = 600 };

static struct hostile_case cases[CASES_MAX];
static size_t case_count;

#define BYTES(literal) .data = (literal), .size = sizeof(literal) - 1
#define FRAME(kind, number, literal) {.op = OP_FRAME, .type = CORDON_FRAME_##kind, .id = (number), BYTES(literal)}
#define LISTEN {.op = OP_LISTEN}
#define OK_RESULT FRAME(RESULT, HOSTILE_SAME_ID, "\x82\xa6status\xa2ok\xa5value\x07")

static struct hostile_case *add(const char *name, const char *detail, long number)
{
    struct hostile_case *made = &cases[case_count++];
    if (case_count > CASES_MAX)
        abort();
    if (detail != NULL)
        snprintf(made->name, sizeof made->name, "%s: %s", name, detail);
    else
        snprintf(made->name, sizeof made->name, "%s %ld", name, number);
    made->stage = STAGE_EXECUTING;
    made->outcome = CORDON_OUTCOME_VIOLATION;
    made->says = "";
    return made;
}

/* ---- Rows written out ---- */

static const struct hostile_case written[] = {
    /* Greetings. */
    {.name = "greeting: none", .stage = STAGE_GREETING, .steps = {LISTEN}, .status = CORDON_TIMED_OUT, .says = "in time"},
    {.name = "greeting: spins", .stage = STAGE_GREETING, .steps = {{.op = OP_SPIN}}, .status = CORDON_TIMED_OUT, .says = "in time"},
    {.name = "greeting: stops itself", .stage = STAGE_GREETING, .lock = LOCK_LAX, .steps = {{.op = OP_STOP}}, .status = CORDON_TIMED_OUT},
    {.name = "greeting: without a lock", .stage = STAGE_GREETING, .lock = LOCK_NONE, .steps = {{.op = OP_HELLO}, LISTEN}, .status = CORDON_SETUP_FAILED,
     .says = "without having locked itself"},
    {.name = "greeting: half a header", .stage = STAGE_GREETING, .steps = {{.op = OP_RAW, BYTES("\0CRN\2")}}, .status = CORDON_SETUP_FAILED, .says = "before it greeted"},
    {.name = "greeting: half a header, then silence", .stage = STAGE_GREETING, .steps = {{.op = OP_RAW, BYTES("\0CRN\2")}, LISTEN}, .status = CORDON_TIMED_OUT},
    {.name = "greeting: half a payload", .stage = STAGE_GREETING, .steps = {{.op = OP_FRAME, .type = CORDON_FRAME_HELLO, .claimed = 40, BYTES("\x83")}},
     .status = CORDON_SETUP_FAILED, .says = "before it greeted"},
    {.name = "greeting: in drops without end", .stage = STAGE_GREETING, .steps = {{.op = OP_DRIP, BYTES("\0CRN\2\1\0\0\0\0\0\0\0\4\0\0")}, {.op = OP_DRIP, .fill = 1000}, LISTEN},
     .status = CORDON_TIMED_OUT},
    {.name = "greeting: another magic number", .stage = STAGE_GREETING, .steps = {{.op = OP_FRAME, .type = CORDON_FRAME_HELLO, .magic = 0x12345678, BYTES("\x80")}, LISTEN},
     .status = CORDON_SETUP_FAILED, .says = "magic number"},
    {.name = "greeting: another version", .stage = STAGE_GREETING, .steps = {{.op = OP_FRAME, .type = CORDON_FRAME_HELLO, .version = 9, BYTES("\x80")}, LISTEN},
     .status = CORDON_SETUP_FAILED, .says = "protocol version"},
    {.name = "greeting: another version inside", .stage = STAGE_GREETING,
     .steps = {FRAME(HELLO, 0, "\x83\xa7version\x09\xa5image\xa1p\xa5ready\xc3"), LISTEN}, .status = CORDON_SETUP_FAILED, .says = "speaks protocol 9"},
    {.name = "greeting: not locked by its own word", .stage = STAGE_GREETING, .steps = {{.op = OP_LEAVE, .id = 121}}, .status = CORDON_SETUP_FAILED, .says = "could not lock"},
    {.name = "greeting: leaves", .stage = STAGE_GREETING, .steps = {{.op = OP_LEAVE, .id = 0}}, .status = CORDON_SETUP_FAILED, .says = "code 0"},
    {.name = "greeting: dies", .stage = STAGE_GREETING, .lock = LOCK_LAX, .steps = {{.op = OP_DIE, .id = 11}}, .status = CORDON_SETUP_FAILED, .says = "signal 11"},
    {.name = "greeting: forbidden call", .stage = STAGE_GREETING, .steps = {{.op = OP_FORBIDDEN}}, .status = CORDON_SETUP_FAILED, .says = "signal 31"},
    {.name = "greeting: violation", .stage = STAGE_GREETING, .steps = {FRAME(VIOLATION, 0, "0123456789abcdef"), LISTEN}, .status = CORDON_SETUP_FAILED},
    {.name = "greeting: closes its output and stays", .stage = STAGE_GREETING, .lock = LOCK_LAX, .steps = {{.op = OP_CLOSE_OUTPUT}, LISTEN}, .status = CORDON_SETUP_FAILED},
    {.name = "greeting: endless garbage", .stage = STAGE_GREETING, .steps = {{.op = OP_RAW, BYTES("garbage "), .times = HOSTILE_ENDLESS}}, .status = CORDON_SETUP_FAILED,
     .says = "magic number"},
    {.name = "greeting: endless zeros", .stage = STAGE_GREETING, .steps = {{.op = OP_RAW, .fill = 4096, .times = HOSTILE_ENDLESS}}, .status = CORDON_SETUP_FAILED},
    {.name = "greeting: twice", .stage = STAGE_GREETING, .steps = {{.op = OP_HELLO}, {.op = OP_HELLO}, LISTEN}, .outcome = CORDON_OUTCOME_VIOLATION, .says = "type 1"},
    {.name = "greeting: closes its input after", .stage = STAGE_GREETING, .lock = LOCK_LAX, .steps = {{.op = OP_HELLO}, {.op = OP_CLOSE_INPUT}, {.op = OP_SPIN}},
     .outcome = CORDON_OUTCOME_LIMIT_TIME},
    {.name = "greeting: counters that are nowhere", .stage = STAGE_GREETING, .lock = LOCK_LAX,
     .steps = {FRAME(HELLO, 0, "\x84\xa7version\2\xa5image\xa1p\xa5ready\xc3\xa8" "counters\x96\0\1\xcf\xff\xff\xff\xff\xff\xff\xff\xff\2\3\4"), {.op = OP_SPIN}}, .outcome = CORDON_OUTCOME_LIMIT_TIME},
    {.name = "greeting: attention that is no pair", .stage = STAGE_GREETING, .steps = {FRAME(HELLO, 0, "\x84\xa7version\2\xa5image\xa1p\xa5ready\xc3\xa9" "attention\x91\1"), LISTEN},
     .status = CORDON_SETUP_FAILED, .says = "attention"},
    {.name = "greeting: attention of texts", .stage = STAGE_GREETING, .steps = {FRAME(HELLO, 0, "\x84\xa7version\2\xa5image\xa1p\xa5ready\xc3\xa9" "attention\x92\1\xa1x"), LISTEN},
     .status = CORDON_SETUP_FAILED, .says = "attention"},
    {.name = "greeting: attention that is nowhere", .stage = STAGE_GREETING, .has_soft_limit = true,
     .steps = {FRAME(HELLO, 0, "\x84\xa7version\2\xa5image\xa1p\xa5ready\xc3\xa9" "attention\x92\0\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), {.op = OP_SPIN}}, .outcome = CORDON_OUTCOME_LIMIT_TIME},
    {.name = "greeting: attention where it may not write itself", .stage = STAGE_GREETING, .has_soft_limit = true,
     .steps = {FRAME(HELLO, 0, "\x84\xa7version\2\xa5image\xa1p\xa5ready\xc3\xa9" "attention\x92\xcd\x40\0\xce\0\x40\0\0"), {.op = OP_SPIN}}, .outcome = CORDON_OUTCOME_LIMIT_TIME},
    {.name = "greeting: no attention, and a soft limit", .stage = STAGE_GREETING, .has_soft_limit = true, .steps = {{.op = OP_HELLO}, {.op = OP_SPIN}}, .outcome = CORDON_OUTCOME_LIMIT_TIME},
    {.name = "soft limit: waits for ever", .has_soft_limit = true, .stage = STAGE_EXECUTING,
     .steps = {FRAME(WAIT, 0, "\xff\xff\xff\xff\xff\xff\xff\xff"), {.op = OP_READ}, FRAME(WAIT, 0, "\xff\xff\xff\xff\xff\xff\xff\xff"), LISTEN}, .outcome = CORDON_OUTCOME_LIMIT_TIME},
    {.name = "soft limit: says that it was reached, and it was not", .has_soft_limit = false, .stage = STAGE_EXECUTING,
     .steps = {FRAME(RESULT, 1, "\x82\xa6status\xa9" "exception\xa9" "exception\x85\xa4type\xac" "LimitReached\xa6module\xa6" "cordon\xa7message\xa0\xa9traceback\xa0\xa6" "frames\x90"), LISTEN},
     .outcome = CORDON_OUTCOME_PYTHON_EXCEPTION},
    /* A worker that does not read. */
    {.name = "deaf: spins", .stage = STAGE_DEAF, .steps = {{.op = OP_SPIN}}, .outcome = CORDON_OUTCOME_LIMIT_TIME},
    {.name = "deaf: a large request", .stage = STAGE_DEAF, .steps = {{.op = OP_SPIN}}, .outcome = CORDON_OUTCOME_LIMIT_TIME, .source_size = 8 << 20},
    {.name = "deaf: stops itself", .stage = STAGE_DEAF, .lock = LOCK_LAX, .steps = {{.op = OP_STOP}}, .outcome = CORDON_OUTCOME_LIMIT_TIME, .source_size = 1 << 20},
    {.name = "deaf: talks without end", .stage = STAGE_DEAF, .steps = {{.op = OP_FRAME, .type = CORDON_FRAME_OUTPUT, BYTES("\1"), .fill = 1000, .times = HOSTILE_ENDLESS}},
     .outcome = CORDON_OUTCOME_LIMIT_OUTPUT, .source_size = 8 << 20},
    {.name = "deaf: closes its input", .stage = STAGE_DEAF, .lock = LOCK_LAX, .steps = {{.op = OP_CLOSE_INPUT}, {.op = OP_SPIN}}, .outcome = CORDON_OUTCOME_LIMIT_TIME,
     .source_size = 1 << 20},
    {.name = "deaf: closes its output", .stage = STAGE_DEAF, .lock = LOCK_LAX, .steps = {{.op = OP_CLOSE_OUTPUT}, {.op = OP_SPIN}}, .outcome = CORDON_OUTCOME_CRASHED},
    {.name = "deaf: leaves", .stage = STAGE_DEAF, .steps = {{.op = OP_LEAVE, .id = 7}}, .outcome = CORDON_OUTCOME_CRASHED, .says = "code 7", .source_size = 8 << 20},
    {.name = "deaf: result before it is asked", .stage = STAGE_DEAF, .steps = {FRAME(RESULT, 1, "\x81\xa6status\xa2ok"), {.op = OP_SPIN}}, .outcome = CORDON_OUTCOME_OK},
    /* At rest. */
    {.name = "rest: result", .stage = STAGE_RESTING, .steps = {FRAME(RESULT, 9, "\x81\xa6status\xa2ok"), LISTEN}, .outcome = CORDON_OUTCOME_VIOLATION},
    {.name = "rest: result of the next", .stage = STAGE_RESTING, .steps = {FRAME(RESULT, 2, "\x81\xa6status\xa2ok"), LISTEN}, .outcome = CORDON_OUTCOME_VIOLATION},
    {.name = "rest: answer about files", .stage = STAGE_RESTING, .steps = {FRAME(FILES_ANSWER, 1, "\x91\0"), LISTEN}, .outcome = CORDON_OUTCOME_VIOLATION},
    {.name = "rest: leaves", .stage = STAGE_RESTING, .steps = {{.op = OP_LEAVE, .id = 3}}, .outcome = CORDON_OUTCOME_CRASHED, .says = "code 3"},
    {.name = "rest: gives up", .stage = STAGE_RESTING, .steps = {FRAME(OUTPUT, 0, "\2too small"), FRAME(EXIT, 0, "\x79\0\0\0"), {.op = OP_LEAVE, .id = 121}},
     .outcome = CORDON_OUTCOME_SETUP_FAILED, .says = "too small"},
    {.name = "rest: limit", .stage = STAGE_RESTING,
     .steps = {FRAME(LIMIT, 0, "\x83\xa4name\xa8" "fs-bytes\xa6" "figure\x09\xa5limit\x08"), LISTEN}, .outcome = CORDON_OUTCOME_LIMIT_FILES},
    /* The honest one: the twin of all that follow. */
    {.name = "honest", .stage = STAGE_EXECUTING, .steps = {OK_RESULT, LISTEN}, .outcome = CORDON_OUTCOME_OK},
    {.name = "honest: after output", .stage = STAGE_EXECUTING, .steps = {FRAME(OUTPUT, 0, "\1text"), OK_RESULT, LISTEN}, .outcome = CORDON_OUTCOME_OK},
    {.name = "honest: after a call and its answer", .stage = STAGE_EXECUTING,
     .steps = {FRAME(CALL, 1, "\x93\xa4" "echo\x91\xa1x\x80"), FRAME(WAIT, 0, "\xff\xff\xff\xff\xff\xff\xff\xff"), {.op = OP_READ}, FRAME(RESULT, 1, "\x81\xa6status\xa2ok"), LISTEN},
     .outcome = CORDON_OUTCOME_OK},
    {.name = "honest: call of what is not there", .stage = STAGE_EXECUTING,
     .steps = {FRAME(CALL, 1, "\x93\xa4" "nope\x90\x80"), FRAME(WAIT, 0, "\xff\xff\xff\xff\xff\xff\xff\xff"), {.op = OP_READ}, FRAME(RESULT, 1, "\x81\xa6status\xa2ok"), LISTEN},
     .outcome = CORDON_OUTCOME_OK},
    {.name = "honest: arguments that do not fit", .stage = STAGE_EXECUTING,
     .steps = {FRAME(CALL, 1, "\x93\xa4" "echo\x91\x05\x80"), FRAME(WAIT, 0, "\xff\xff\xff\xff\xff\xff\xff\xff"), {.op = OP_READ}, FRAME(RESULT, 1, "\x81\xa6status\xa2ok"), LISTEN},
     .outcome = CORDON_OUTCOME_OK},
    {.name = "honest: broker without a grant", .stage = STAGE_EXECUTING,
     .steps = {FRAME(BROKER, 1, "\x91\xa7" "fs.open"), {.op = OP_READ}, FRAME(RESULT, 1, "\x81\xa6status\xa2ok"), LISTEN}, .outcome = CORDON_OUTCOME_OK},
    {.name = "honest: input", .stage = STAGE_EXECUTING,
     .steps = {FRAME(INPUT_WANTED, 0, "\0\0\1\0"), {.op = OP_READ}, FRAME(RESULT, 1, "\x81\xa6status\xa2ok"), LISTEN}, .outcome = CORDON_OUTCOME_OK},
    {.name = "honest: a short wait", .stage = STAGE_EXECUTING,
     .steps = {FRAME(WAIT, 0, "\x10\0\0\0\0\0\0\0"), {.op = OP_READ}, FRAME(RESULT, 1, "\x81\xa6status\xa2ok"), LISTEN}, .outcome = CORDON_OUTCOME_OK},
    /* Effects: the host has answered when a worker reads. */
#define ASK(id) FRAME(CALL, id, "\x93\xa3" "ask\x90\x80")
#define WAIT_LONG FRAME(WAIT, 0, "\xff\xff\xff\xff\xff\xff\xff\xff")
    {.name = "honest: an effect and its answer", .stage = STAGE_EXECUTING, .steps = {ASK(1), WAIT_LONG, {.op = OP_READ}, FRAME(RESULT, 1, "\x81\xa6status\xa2ok"), LISTEN},
     .outcome = CORDON_OUTCOME_SUSPENDED, .resumed = CORDON_OUTCOME_OK},
    {.name = "honest: an effect that it does not wait for", .stage = STAGE_EXECUTING, .steps = {ASK(1), OK_RESULT, LISTEN}, .outcome = CORDON_OUTCOME_OK},
    {.name = "honest: a short wait beside an effect", .stage = STAGE_EXECUTING,
     .steps = {ASK(1), FRAME(WAIT, 0, "\x10\0\0\0\0\0\0\0"), {.op = OP_READ}, FRAME(RESULT, 1, "\x81\xa6status\xa2ok"), LISTEN}, .outcome = CORDON_OUTCOME_OK},
    {.name = "honest: an effect with an object that cannot be stored", .stage = STAGE_EXECUTING,
     .steps = {FRAME(CALL, 1, "\x93\xa3" "ask\x91\xc7\5\x0b\x92\xa1T\xa1r\x80"), WAIT_LONG, {.op = OP_READ}, FRAME(RESULT, 1, "\x81\xa6status\xa2ok"), LISTEN}, .outcome = CORDON_OUTCOME_OK},
    {.name = "effect with the id of the one before", .stage = STAGE_EXECUTING, .steps = {ASK(7), ASK(7), LISTEN}, .outcome = CORDON_OUTCOME_VIOLATION, .says = "does not count up"},
    {.name = "effect with an id from before the resume", .stage = STAGE_EXECUTING, .steps = {ASK(7), WAIT_LONG, {.op = OP_READ}, ASK(7), LISTEN},
     .outcome = CORDON_OUTCOME_SUSPENDED, .resumed = CORDON_OUTCOME_VIOLATION, .says = "does not count up"},
    {.name = "effect whose arguments are no list", .stage = STAGE_EXECUTING, .steps = {FRAME(CALL, 1, "\x93\xa3" "ask\x80\x80"), LISTEN}, .outcome = CORDON_OUTCOME_VIOLATION,
     .says = "a call is a name, a list and a dict"},
    {.name = "effects without end", .stage = STAGE_EXECUTING,
     .steps = {{.op = OP_FRAME, .type = CORDON_FRAME_CALL, .id = HOSTILE_COUNT_UP, BYTES("\x93\xa3" "ask\x90\x80"), .times = HOSTILE_ENDLESS}}, .outcome = CORDON_OUTCOME_LIMIT_CALLS,
     .says = "limit of effects reached: 501 of 500"},
    {.name = "large effects that stay unanswered", .stage = STAGE_EXECUTING,
     .steps = {{.op = OP_FRAME, .type = CORDON_FRAME_CALL, .id = HOSTILE_COUNT_UP, BYTES("\x93\xa3" "ask\x91\xc6\0\x7f\xff\xff"), .fill = 0x7fffff + 1, .filler = 0x80, .times = HOSTILE_ENDLESS}},
     .outcome = CORDON_OUTCOME_LIMIT_CALLS},
    {.name = "output without end after the resume", .stage = STAGE_EXECUTING,
     .steps = {ASK(1), WAIT_LONG, {.op = OP_READ}, {.op = OP_FRAME, .type = CORDON_FRAME_OUTPUT, BYTES("\1"), .fill = 1000, .times = HOSTILE_ENDLESS}}, .outcome = CORDON_OUTCOME_SUSPENDED,
     .resumed = CORDON_OUTCOME_LIMIT_OUTPUT},
    {.name = "waits for what was answered", .stage = STAGE_EXECUTING, .steps = {ASK(1), WAIT_LONG, {.op = OP_READ}, WAIT_LONG, LISTEN}, .outcome = CORDON_OUTCOME_SUSPENDED,
     .resumed = CORDON_OUTCOME_LIMIT_TIME},
    {.name = "waits for nothing", .stage = STAGE_EXECUTING, .steps = {WAIT_LONG, LISTEN}, .outcome = CORDON_OUTCOME_LIMIT_TIME},
    {.name = "waits for an effect that there is not", .stage = STAGE_EXECUTING,
     .steps = {FRAME(CALL, 1, "\x93\xa3" "asc\x90\x80"), WAIT_LONG, {.op = OP_READ}, WAIT_LONG, LISTEN}, .outcome = CORDON_OUTCOME_LIMIT_TIME},
    {.name = "spins after the resume", .stage = STAGE_EXECUTING, .steps = {ASK(1), WAIT_LONG, {.op = OP_READ}, {.op = OP_SPIN}}, .outcome = CORDON_OUTCOME_SUSPENDED,
     .resumed = CORDON_OUTCOME_LIMIT_TIME},
    {.name = "dies after the resume", .stage = STAGE_EXECUTING, .lock = LOCK_LAX, .steps = {ASK(1), WAIT_LONG, {.op = OP_READ}, {.op = OP_DIE, .id = 11}}, .outcome = CORDON_OUTCOME_SUSPENDED,
     .resumed = CORDON_OUTCOME_CRASHED, .says = "signal 11"},
    /* Silence, death, floods. */
    {.name = "silence", .stage = STAGE_EXECUTING, .steps = {LISTEN}, .outcome = CORDON_OUTCOME_LIMIT_TIME},
    {.name = "spins", .stage = STAGE_EXECUTING, .steps = {{.op = OP_SPIN}}, .outcome = CORDON_OUTCOME_LIMIT_TIME},
    {.name = "stops itself", .stage = STAGE_EXECUTING, .lock = LOCK_LAX, .steps = {{.op = OP_STOP}}, .outcome = CORDON_OUTCOME_LIMIT_TIME},
    {.name = "closes its output and stays", .stage = STAGE_EXECUTING, .lock = LOCK_LAX, .steps = {{.op = OP_CLOSE_OUTPUT}, LISTEN}, .outcome = CORDON_OUTCOME_CRASHED},
    {.name = "closes its input and asks for input", .stage = STAGE_EXECUTING, .lock = LOCK_LAX,
     .steps = {{.op = OP_CLOSE_INPUT}, FRAME(INPUT_WANTED, 0, "\0\0\1\0"), {.op = OP_SPIN}}, .outcome = CORDON_OUTCOME_LIMIT_TIME},
    {.name = "half a header, then death", .stage = STAGE_EXECUTING, .steps = {{.op = OP_RAW, BYTES("\0CRN\2\5")}}, .outcome = CORDON_OUTCOME_CRASHED},
    {.name = "half a header, then silence", .stage = STAGE_EXECUTING, .steps = {{.op = OP_RAW, BYTES("\0CRN\2\5")}, LISTEN}, .outcome = CORDON_OUTCOME_LIMIT_TIME},
    {.name = "half a result, then death", .stage = STAGE_EXECUTING, .steps = {{.op = OP_FRAME, .type = CORDON_FRAME_RESULT, .id = 1, .claimed = 1000, BYTES("\x82")}},
     .outcome = CORDON_OUTCOME_CRASHED},
    {.name = "half a result, then silence", .stage = STAGE_EXECUTING,
     .steps = {{.op = OP_FRAME, .type = CORDON_FRAME_RESULT, .id = 1, .claimed = 16 << 20, BYTES("\x82")}, LISTEN}, .outcome = CORDON_OUTCOME_LIMIT_TIME},
    {.name = "half a result, then a whole one", .stage = STAGE_EXECUTING,
     .steps = {{.op = OP_FRAME, .type = CORDON_FRAME_RESULT, .id = 1, .claimed = 20, BYTES("\x82")}, OK_RESULT, LISTEN}, .outcome = CORDON_OUTCOME_VIOLATION},
    {.name = "result in drops", .stage = STAGE_EXECUTING, .steps = {{.op = OP_FRAME, .type = CORDON_FRAME_RESULT, .id = 1, .claimed = 100000}, {.op = OP_DRIP, .fill = 90000}},
     .outcome = CORDON_OUTCOME_LIMIT_TIME},
    {.name = "output without end", .stage = STAGE_EXECUTING,
     .steps = {{.op = OP_FRAME, .type = CORDON_FRAME_OUTPUT, BYTES("\1"), .fill = 65536, .filler = 'x', .times = HOSTILE_ENDLESS}}, .outcome = CORDON_OUTCOME_LIMIT_OUTPUT},
    {.name = "errors without end", .stage = STAGE_EXECUTING,
     .steps = {{.op = OP_FRAME, .type = CORDON_FRAME_OUTPUT, BYTES("\2"), .fill = 100, .filler = 'x', .times = HOSTILE_ENDLESS}}, .outcome = CORDON_OUTCOME_LIMIT_OUTPUT},
    {.name = "calls without end", .stage = STAGE_EXECUTING,
     .steps = {{.op = OP_FRAME, .type = CORDON_FRAME_CALL, .id = HOSTILE_COUNT_UP, BYTES("\x93\xa4keep\x90\x80"), .times = HOSTILE_ENDLESS}},
     .outcome = CORDON_OUTCOME_LIMIT_CALLS},
    {.name = "unknown calls without end", .stage = STAGE_EXECUTING,
     .steps = {{.op = OP_FRAME, .type = CORDON_FRAME_CALL, .id = HOSTILE_COUNT_UP, BYTES("\x93\xa4none\x90\x80"), .times = HOSTILE_ENDLESS}},
     .outcome = CORDON_OUTCOME_LIMIT_CALLS},
    {.name = "large calls that stay unanswered", .stage = STAGE_EXECUTING,
     .steps = {{.op = OP_FRAME, .type = CORDON_FRAME_CALL, .id = HOSTILE_COUNT_UP, BYTES("\x93\xa4keep\x91\xc6\0\x7f\xff\xff"), .fill = 0x7fffff + 1, .filler = 0x80, .times = HOSTILE_ENDLESS}},
     .outcome = CORDON_OUTCOME_LIMIT_CALLS},
    {.name = "broker without end", .stage = STAGE_EXECUTING,
     .steps = {{.op = OP_FRAME, .type = CORDON_FRAME_BROKER, .id = HOSTILE_COUNT_UP, BYTES("\x91\xa1x"), .times = HOSTILE_ENDLESS}}, .outcome = CORDON_OUTCOME_LIMIT_TIME},
    {.name = "input without end", .stage = STAGE_EXECUTING, .steps = {{.op = OP_FRAME, .type = CORDON_FRAME_INPUT_WANTED, BYTES("\0\0\1\0"), .times = HOSTILE_ENDLESS}},
     .outcome = CORDON_OUTCOME_LIMIT_TIME},
    {.name = "waits without end", .stage = STAGE_EXECUTING, .steps = {FRAME(WAIT, 0, "\xff\xff\xff\xff\xff\xff\xff\xff"), LISTEN}, .outcome = CORDON_OUTCOME_LIMIT_TIME},
    {.name = "waits twice", .stage = STAGE_EXECUTING, .steps = {{.op = OP_FRAME, .type = CORDON_FRAME_WAIT, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff"), .times = 2}, LISTEN},
     .outcome = CORDON_OUTCOME_VIOLATION, .says = "while it waits"},
    {.name = "waits and writes", .stage = STAGE_EXECUTING, .steps = {FRAME(WAIT, 0, "\xff\xff\xff\xff\xff\xff\xff\xff"), FRAME(OUTPUT, 0, "\1x"), LISTEN},
     .outcome = CORDON_OUTCOME_VIOLATION, .says = "while it waits"},
    {.name = "waits and results", .stage = STAGE_EXECUTING, .steps = {FRAME(WAIT, 0, "\xff\xff\xff\xff\xff\xff\xff\xff"), OK_RESULT, LISTEN},
     .outcome = CORDON_OUTCOME_VIOLATION, .says = "while it waits"},
    {.name = "two results", .stage = STAGE_EXECUTING, .steps = {OK_RESULT, OK_RESULT, LISTEN}, .outcome = CORDON_OUTCOME_OK},
    /* Ids. */
    {.name = "result of no execution", .stage = STAGE_EXECUTING, .steps = {FRAME(RESULT, 2, "\x81\xa6status\xa2ok"), LISTEN}, .outcome = CORDON_OUTCOME_VIOLATION, .says = "another"},
    {.name = "result of the last possible execution", .stage = STAGE_EXECUTING, .steps = {FRAME(RESULT, 0xfffffffd, "\x81\xa6status\xa2ok"), LISTEN},
     .outcome = CORDON_OUTCOME_VIOLATION, .says = "another"},
    {.name = "call with an id twice", .stage = STAGE_EXECUTING, .steps = {{.op = OP_FRAME, .type = CORDON_FRAME_CALL, .id = 5, BYTES("\x93\xa4keep\x90\x80"), .times = 2}, LISTEN},
     .outcome = CORDON_OUTCOME_VIOLATION, .says = "count up"},
    {.name = "call with a lesser id", .stage = STAGE_EXECUTING, .steps = {FRAME(CALL, 5, "\x93\xa4keep\x90\x80"), FRAME(CALL, 4, "\x93\xa4keep\x90\x80"), LISTEN},
     .outcome = CORDON_OUTCOME_VIOLATION, .says = "count up"},
    {.name = "broker with an id twice", .stage = STAGE_EXECUTING, .steps = {{.op = OP_FRAME, .type = CORDON_FRAME_BROKER, .id = 5, BYTES("\x91\xa1x"), .times = 2}, LISTEN},
     .outcome = CORDON_OUTCOME_VIOLATION, .says = "count up"},
    /* Ends. */
    {.name = "exit", .stage = STAGE_EXECUTING, .steps = {FRAME(EXIT, 0, "\5\0\0\0"), {.op = OP_LEAVE, .id = 5}}, .outcome = CORDON_OUTCOME_OK},
    {.name = "exit, and stays", .stage = STAGE_EXECUTING, .steps = {FRAME(EXIT, 0, "\5\0\0\0"), LISTEN}, .outcome = CORDON_OUTCOME_OK},
    {.name = "exit, and spins", .stage = STAGE_EXECUTING, .steps = {FRAME(EXIT, 0, "\5\0\0\0"), {.op = OP_SPIN}}, .outcome = CORDON_OUTCOME_OK},
    {.name = "exit, and talks on", .stage = STAGE_EXECUTING, .steps = {FRAME(EXIT, 0, "\5\0\0\0"), {.op = OP_RAW, BYTES("garbage"), .times = 5000}}, .outcome = CORDON_OUTCOME_OK},
    {.name = "exit of a worker that gives up", .stage = STAGE_EXECUTING, .steps = {FRAME(OUTPUT, 0, "\2no room\n"), FRAME(EXIT, 0, "\x79\0\0\0"), {.op = OP_LEAVE, .id = 121}},
     .outcome = CORDON_OUTCOME_SETUP_FAILED, .says = "no room"},
    {.name = "exit of a worker that was told wrong", .stage = STAGE_EXECUTING, .steps = {FRAME(EXIT, 0, "\x7c\0\0\0"), {.op = OP_LEAVE, .id = 124}},
     .outcome = CORDON_OUTCOME_CRASHED},
    {.name = "exit by a signal", .stage = STAGE_EXECUTING, .steps = {FRAME(EXIT, 0, "\x86\6\0\0"), {.op = OP_LEAVE, .id = 134}}, .outcome = CORDON_OUTCOME_CRASHED, .says = "SIGABRT"},
    {.name = "exit by a signal that asks for it", .stage = STAGE_EXECUTING, .steps = {FRAME(EXIT, 0, "\x8f\xf\0\0"), {.op = OP_LEAVE, .id = 143}}, .outcome = CORDON_OUTCOME_OK},
    {.name = "exit by a signal, and spins", .stage = STAGE_EXECUTING, .steps = {FRAME(EXIT, 0, "\x86\6\0\0"), {.op = OP_SPIN}}, .outcome = CORDON_OUTCOME_CRASHED, .says = "SIGABRT"},
    {.name = "exit by a signal with another's code", .stage = STAGE_EXECUTING, .steps = {FRAME(EXIT, 0, "\5\6\0\0"), LISTEN}, .outcome = CORDON_OUTCOME_VIOLATION, .says = "exit code"},
    {.name = "exit by a signal that there is not", .stage = STAGE_EXECUTING, .steps = {FRAME(EXIT, 0, "\xc1\x41\0\0"), LISTEN}, .outcome = CORDON_OUTCOME_VIOLATION, .says = "exit code"},
    {.name = "exit with a code beyond all", .stage = STAGE_EXECUTING, .steps = {FRAME(EXIT, 0, "\xff\xff\xff\xff"), LISTEN}, .outcome = CORDON_OUTCOME_VIOLATION, .says = "exit code"},
    {.name = "rest: exit with a code beyond all", .stage = STAGE_RESTING, .steps = {FRAME(EXIT, 0, "\xff\xff\xff\x7f"), LISTEN}, .outcome = CORDON_OUTCOME_VIOLATION},
    {.name = "forbidden call", .stage = STAGE_EXECUTING, .steps = {{.op = OP_FORBIDDEN}}, .outcome = CORDON_OUTCOME_VIOLATION, .says = "system call"},
    {.name = "tells of a forbidden call and leaves", .stage = STAGE_EXECUTING, .steps = {FRAME(VIOLATION, 0, "\1\0\0\0>\0\0\xc0........"), {.op = OP_LEAVE, .id = 0}},
     .outcome = CORDON_OUTCOME_VIOLATION, .says = "did not die"},
    {.name = "tells of a forbidden call and stays", .stage = STAGE_EXECUTING, .steps = {FRAME(VIOLATION, 0, "\1\0\0\0>\0\0\xc0........"), LISTEN},
     .outcome = CORDON_OUTCOME_VIOLATION, .says = "did not die"},
    {.name = "tells of a forbidden call and makes it", .stage = STAGE_EXECUTING, .steps = {FRAME(VIOLATION, 0, "\x27\0\0\0>\0\0\xc0........"), {.op = OP_FORBIDDEN}},
     .outcome = CORDON_OUTCOME_VIOLATION, .says = "39"},
};

/* ---- Rows from values ---- */

static void add_types(void)
{
    static const uint8_t lawful[] = {CORDON_FRAME_OUTPUT, CORDON_FRAME_INPUT_WANTED, CORDON_FRAME_EXIT,  CORDON_FRAME_RESULT,   CORDON_FRAME_CALL,
                                     CORDON_FRAME_WAIT,   CORDON_FRAME_BROKER,       CORDON_FRAME_LIMIT, CORDON_FRAME_VIOLATION};
    static const uint8_t more[] = {64, 127, 128, 254, 255};
    for (unsigned i = 0; i < 40 + sizeof more; i++) {
        uint8_t type = i < 40 ? (uint8_t)i : more[i - 40];
        if (memchr(lawful, type, sizeof lawful) != NULL)
            continue;
        struct hostile_case *made = add("type", NULL, type);
        made->steps[0] = (struct hostile_step){.op = OP_FRAME, .type = type, BYTES("\x80\x80\x80\x80")};
        made->steps[1] = (struct hostile_step)LISTEN;
    }
}

/* What a worker tells of its guest's steps. "fg" is code number 1; names are numbered apart. */
#define CODE "\x10\1\0\0\1\0\1\0fg"
#define NAME "\x11\7\0\0\1\0\0\0e"
static const struct {
    const char *name;
    const char *payload;
    size_t size;
    const char *says; /* NULL: all is right */
} traces[] = {
#define TRACE(name, payload, says) {name, payload, sizeof(payload) - 1, says}
    TRACE("a line", CODE "\0\1\0\0\5\0\0\0", NULL),
    TRACE("code named anew", CODE "\0\1\0\0\5\0\0\0" CODE "\0\1\0\0\5\0\0\0", NULL),
    TRACE("an exception", CODE NAME "\3\1\0\0\5\0\0\0\7\0\0\0\0\0\0\0", NULL),
    TRACE("a name anew", CODE NAME "\3\1\0\0\5\0\0\0\7\0\0\0\0\0\0\0" NAME "\3\1\0\0\5\0\0\0\7\0\0\0\0\0\0\0", NULL),
    TRACE("a call of the host", NAME "\4\0\0\0\0\0\0\0\7\0\0\0\1\0\0\0", NULL),
    TRACE("another thread", CODE "\x12\0\0\0\2\0\0\0\0\1\0\0\5\0\0\0", NULL),
    TRACE("what was not asked for", CODE "\1\1\0\0\5\0\0\0", "not asked for"),
    TRACE("a kind that there is not", CODE "\6\1\0\0\5\0\0\0", "not asked for"),
    TRACE("a record that there is not", "\x13\1\0\0\5\0\0\0", "not asked for"),
    TRACE("a kind beyond a word's bits", CODE "\x20\1\0\0\5\0\0\0", "not asked for"),
    TRACE("code that was not named", CODE "\0\2\0\0\5\0\0\0", "has not named"),
    TRACE("code far beyond the table", CODE "\0\xff\xff\xff\5\0\0\0", "has not named"),
    TRACE("a line of no code", "\0\0\0\0\5\0\0\0", "has not named"),
    TRACE("code numbered 0", "\x10\0\0\0\1\0\1\0fg", "numbers code"),
    TRACE("code numbered beyond the table", "\x10\0\x10\0\1\0\1\0fg", "numbers code"),
    TRACE("code with a file name too long", "\x10\1\0\0\1\4\1\0fg", "too long"),
    TRACE("code with a name too long", "\x10\1\0\0\1\0\1\2fg", "too long"),
    TRACE("code longer than the frame", "\x10\1\0\0\1\0\2\0fg", "no text"),
    TRACE("code with a NUL in its file", "\x10\1\0\0\1\0\1\0\0g", "no text"),
    TRACE("code with a NUL in its name", "\x10\1\0\0\1\0\1\0f\0", "no text"),
    TRACE("code whose file is no UTF-8", "\x10\1\0\0\1\0\1\0\xff" "g", "no text"),
    TRACE("code whose texts share a character", "\x10\1\0\0\1\0\1\0\xc3\xa4", "no text"),
    TRACE("a name beyond the table", "\x11\0\1\0\1\0\0\0e", "a name that it may not"),
    TRACE("a name too long", "\x11\1\0\0\x79\0\0\0e", "a name that it may not"),
    TRACE("a name of most bytes", "\x11\1\0\0\xff\xff\xff\xff" "e", "a name that it may not"),
    TRACE("a name longer than the frame", "\x11\1\0\0\2\0\0\0e", "no text"),
    TRACE("a name that is no UTF-8", "\x11\1\0\0\1\0\0\0\x80", "no text"),
    TRACE("an exception without its name", CODE "\3\1\0\0\5\0\0\0", "middle of an event"),
    TRACE("an exception of a name that was not told", CODE "\3\1\0\0\5\0\0\0\7\0\0\0\0\0\0\0", "has not told"),
    TRACE("an exception of a name far away", CODE "\3\1\0\0\5\0\0\0\xff\xff\xff\xff\0\0\0\0", "has not told"),
    TRACE("an exception with a call's number", CODE NAME "\3\1\0\0\5\0\0\0\7\0\0\0\1\0\0\0", "with one"),
    TRACE("a call without a number", NAME "\4\0\0\0\0\0\0\0\7\0\0\0\0\0\0\0", "without a number"),
    TRACE("thread 0", "\x12\0\0\0\0\0\0\0", "thread"),
    TRACE("a thread with code", "\x12\1\0\0\1\0\0\0", "thread"),
    TRACE("half a record", CODE "\0\1\0\0\5", "middle of a record"),
#undef TRACE
};

static void add_traces(void)
{
    for (size_t i = 0; i < sizeof traces / sizeof *traces; i++) {
        struct hostile_case *made = add("trace", traces[i].name, 0);
        made->steps[0] = (struct hostile_step){.op = OP_FRAME, .type = CORDON_FRAME_TRACE, .data = traces[i].payload, .size = traces[i].size};
        made->steps[1] = (struct hostile_step)OK_RESULT;
        made->steps[2] = (struct hostile_step)LISTEN;
        made->outcome = traces[i].says == NULL ? CORDON_OUTCOME_OK : CORDON_OUTCOME_VIOLATION;
        made->says = traces[i].says == NULL ? "" : traces[i].says;
        made->is_traced = true;
        if (i > 0)
            continue;
        made = add("trace", "that nobody asked for", 0);
        made->steps[0] = (struct hostile_step){.op = OP_FRAME, .type = CORDON_FRAME_TRACE, .data = traces[i].payload, .size = traces[i].size};
        made->steps[1] = (struct hostile_step)OK_RESULT;
        made->steps[2] = (struct hostile_step)LISTEN;
        made->says = "nobody asked";
        made = add("trace", "without end", 0);
        made->steps[0] = (struct hostile_step){.op = OP_FRAME, .type = CORDON_FRAME_TRACE, .data = traces[i].payload, .size = traces[i].size, .times = HOSTILE_ENDLESS};
        made->is_traced = true;
        made->outcome = CORDON_OUTCOME_LIMIT_OUTPUT;
        made->says = "trace-events";
    }
}

/* Lengths that fit, and what is just outside. */
static const struct {
    const char *name;
    uint8_t type;
    uint32_t id;
    int64_t least, most;
} bounds[] = {
    {"output", CORDON_FRAME_OUTPUT, 0, 2, 65537},      {"input wanted", CORDON_FRAME_INPUT_WANTED, 0, 4, 4}, {"exit", CORDON_FRAME_EXIT, 0, 4, 4},
    {"result", CORDON_FRAME_RESULT, 1, 1, 16 << 20},   {"call", CORDON_FRAME_CALL, 1, 1, 16 << 20},          {"wait", CORDON_FRAME_WAIT, 0, 8, 8},
    {"broker", CORDON_FRAME_BROKER, 1, 1, 128 * 1024}, {"limit", CORDON_FRAME_LIMIT, 0, 1, 4096},            {"violation", CORDON_FRAME_VIOLATION, 0, 16, 16},
    {"figures", CORDON_FRAME_FIGURES, 0, CORDON_FIGURES_SIZE, CORDON_FIGURES_SIZE}, {"trace", CORDON_FRAME_TRACE, 0, 8, 64 * 1024},
};

static void add_header(const char *name, const char *detail, struct hostile_step step, const char *says)
{
    struct hostile_case *made = add(name, detail, 0);
    made->steps[0] = step;
    made->steps[1] = (struct hostile_step)LISTEN;
    made->says = says;
}

static void add_headers(void)
{
    static const int64_t claims[] = {INT64_C(0x7fffffff), INT64_C(0x80000000), INT64_C(0xffffffff)};
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        struct hostile_step good = {.op = OP_FRAME, .type = bounds[i].type, .id = bounds[i].id, .claimed = bounds[i].least, BYTES("\x80")};
        struct hostile_step step = good;
        step.claimed = bounds[i].least > 1 ? bounds[i].least - 1 : -1;
        add_header("too short", bounds[i].name, step, "length");
        step.claimed = bounds[i].most + 1;
        add_header("too long", bounds[i].name, step, "length");
        for (size_t at = 0; at < sizeof claims / sizeof *claims; at++) {
            step.claimed = claims[at];
            add_header("far too long", bounds[i].name, step, "length");
        }
        step = good;
        step.id = bounds[i].id == 0 ? 77 : 0;
        add_header(bounds[i].id == 0 ? "an id" : "no id", bounds[i].name, step, "id");
        step = good;
        step.flags = 1;
        add_header("a flag", bounds[i].name, step, "flags");
        step.flags = 0x8000;
        add_header("another flag", bounds[i].name, step, "flags");
        step = good;
        step.version = 1;
        add_header("the former version", bounds[i].name, step, "version");
        step = good;
        step.magic = 0x4e524301;
        add_header("another magic number", bounds[i].name, step, "magic");
    }
}

/* What is no value in MessagePack, whatever holds it. */
static const struct {
    const char *name, *data;
    size_t size;
} broken_values[] = {
#define BROKEN(name, literal) {name, literal, sizeof(literal) - 1}
    BROKEN("reserved code", "\xc1"),
    BROKEN("array of four thousand million", "\xdd\xff\xff\xff\xff"),
    BROKEN("map of four thousand million", "\xdf\xff\xff\xff\xff"),
    BROKEN("array of 65535", "\xdc\xff\xff"),
    BROKEN("text of four thousand million", "\xdb\xff\xff\xff\xff"),
    BROKEN("bytes of four thousand million", "\xc6\xff\xff\xff\xff"),
    BROKEN("extension of four thousand million", "\xc9\xff\xff\xff\xff\1"),
    BROKEN("text that ends too early", "\xa5" "ab"),
    BROKEN("number that ends too early", "\xcf\1\2"),
    BROKEN("float that ends too early", "\xcb\1\2\3\4"),
    BROKEN("map without its last value", "\x81\xa1k"),
    BROKEN("bytes behind it", "\xc0\xc0"),
    BROKEN("text that is not UTF-8", "\xa1\xff"),
    BROKEN("overlong UTF-8", "\xa2\xc0\x80"),
    BROKEN("plain text with a surrogate", "\xa3\xed\xa0\x80"),
    BROKEN("beyond the last character", "\xa4\xf4\x90\x80\x80"),
    BROKEN("unknown extension", "\xd4\x63\0"),
    BROKEN("negative extension", "\xd4\xff\0"),
    BROKEN("tuple that is no array", "\xd4\3\xc0"),
    BROKEN("tuple with bytes behind it", "\xd5\3\x90\xc0"),
    BROKEN("tuple of four thousand million", "\xc7\5\3\xdd\xff\xff\xff\xff"),
    BROKEN("big number without bytes", "\xc7\0\1"),
    BROKEN("month thirteen", "\xc7\6\7\x93\xcd\7\xe8\x0d\1"),
    BROKEN("thirtieth of February", "\xc7\6\7\x93\xcd\7\xe8\2\x1e"),
    BROKEN("date of two parts", "\xd6\7\x92\1\1\1"),
    BROKEN("hour 24", "\xc7\7\x08\x96\x18\0\0\0\0\xc0"),
    BROKEN("duration of text", "\xc7\6\x09\x93\xa1x\0\0"),
    BROKEN("complex of one part", "\xd5\x0a\x91\0"),
    BROKEN("complex of integers", "\xc7\3\x0a\x92\0\0"),
    BROKEN("object without a repr", "\xc7\3\x0b\x91\xa1x"),
    BROKEN("key that is a list", "\x81\x90\0"),
    BROKEN("key that is a map", "\x81\x80\0"),
    BROKEN("set of lists", "\xd5\4\x91\x90"),
#undef BROKEN
};

static const unsigned char deep_arrays[] = {0x91, 0x91, 0x91, 0x91};

static void add_payload(const char *where, const char *name, uint8_t type, uint32_t id, const void *data, size_t size)
{
    struct hostile_case *made = add(where, name, 0);
    made->steps[0] = (struct hostile_step){.op = OP_FRAME, .type = type, .id = id, .data = data, .size = size};
    made->steps[1] = (struct hostile_step)LISTEN;
    if (type == CORDON_FRAME_HELLO) {
        made->stage = STAGE_GREETING;
        made->status = CORDON_SETUP_FAILED;
    }
    if (type == CORDON_FRAME_FILES_ANSWER) {
        made->stage = STAGE_ASKED;
        made->status = CORDON_SANDBOX_ENDED;
    }
}

/* `before`, a broken value, as one payload that lives as long as the process. */
static void add_broken(const char *where, uint8_t type, uint32_t id, const char *before, size_t before_size)
{
    for (size_t i = 0; i < sizeof broken_values / sizeof *broken_values; i++) {
        char *payload = malloc(before_size + broken_values[i].size);
        if (payload == NULL)
            abort();
        memcpy(payload, before, before_size);
        memcpy(payload + before_size, broken_values[i].data, broken_values[i].size);
        add_payload(where, broken_values[i].name, type, id, payload, before_size + broken_values[i].size);
    }
    struct hostile_case *made = add(where, "nested a million times", 0);
    made->steps[0] = (struct hostile_step){
        .op = OP_FRAME, .type = type, .id = id, .data = deep_arrays, .size = sizeof deep_arrays, .fill = type == CORDON_FRAME_HELLO ? 900 : 1000000, .filler = 0x91};
    made->steps[1] = (struct hostile_step)LISTEN;
    if (type == CORDON_FRAME_HELLO) {
        made->stage = STAGE_GREETING;
        made->status = CORDON_SETUP_FAILED;
    }
}

static const struct {
    const char *name;
    uint8_t type;
    uint32_t id;
    const char *data;
    size_t size;
} broken_payloads[] = {
#define PAYLOAD(name, type, id, literal) {name, CORDON_FRAME_##type, id, literal, sizeof(literal) - 1}
    PAYLOAD("no map", HELLO, 0, "\x93\2\xa1p\xc3"),
    PAYLOAD("empty map", HELLO, 0, "\x80"),
    PAYLOAD("without image", HELLO, 0, "\x82\xa7version\2\xa5ready\xc3"),
    PAYLOAD("a key more", HELLO, 0, "\x84\xa7version\2\xa5image\xa1p\xa5ready\xc3\xa4more\xc0"),
    PAYLOAD("version as text", HELLO, 0, "\x83\xa7version\xa1" "2\xa5image\xa1p\xa5ready\xc3"),
    PAYLOAD("ready as a number", HELLO, 0, "\x83\xa7version\2\xa5image\xa1p\xa5ready\1"),
    PAYLOAD("huge version", HELLO, 0, "\x83\xa7version\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xa5image\xa1p\xa5ready\xc3"),
    PAYLOAD("counters as text", HELLO, 0, "\x84\xa7version\2\xa5image\xa1p\xa5ready\xc3\xa8" "counters\xa1" "6"),
    PAYLOAD("five counters", HELLO, 0, "\x84\xa7version\2\xa5image\xa1p\xa5ready\xc3\xa8" "counters\x95\0\1\2\3\4"),
    PAYLOAD("a counter below zero", HELLO, 0, "\x84\xa7version\2\xa5image\xa1p\xa5ready\xc3\xa8" "counters\x96\0\1\2\3\4\xff"),
    PAYLOAD("no map", RESULT, 1, "\x90"),
    PAYLOAD("empty map", RESULT, 1, "\x80"),
    PAYLOAD("no status", RESULT, 1, "\x81\xa5value\1"),
    PAYLOAD("unknown status", RESULT, 1, "\x81\xa6status\xa4good"),
    PAYLOAD("status as a number", RESULT, 1, "\x81\xa6status\1"),
    PAYLOAD("unknown key", RESULT, 1, "\x82\xa6status\xa2ok\xa4more\xc0"),
    PAYLOAD("key that is no text", RESULT, 1, "\x82\xa6status\xa2ok\1\xc0"),
    PAYLOAD("exit without a code", RESULT, 1, "\x81\xa6status\xa4" "exit"),
    PAYLOAD("exit with a text", RESULT, 1, "\x82\xa6status\xa4" "exit\xa9" "exit_code\xa1x"),
    PAYLOAD("exit with a huge code", RESULT, 1, "\x82\xa6status\xa4" "exit\xa9" "exit_code\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"),
    PAYLOAD("exception that is missing", RESULT, 1, "\x81\xa6status\xa9" "exception"),
    PAYLOAD("exception that is text", RESULT, 1, "\x82\xa6status\xa9" "exception\xa9" "exception\xa1x"),
    PAYLOAD("exception of an unknown limit", RESULT, 1, "\x82\xa6status\xa9" "exception\xa9" "exception\x81\xa5limit\xa4nope"),
    PAYLOAD("exception of a limit of the host", RESULT, 1, "\x82\xa6status\xa9" "exception\xa9" "exception\x81\xa5limit\xa3" "cpu"),
    PAYLOAD("no array", CALL, 1, "\x80"),
    PAYLOAD("two members", CALL, 1, "\x92\xa4" "echo\x90"),
    PAYLOAD("four members", CALL, 1, "\x94\xa4" "echo\x90\x80\xc0"),
    PAYLOAD("name as a number", CALL, 1, "\x93\1\x90\x80"),
    PAYLOAD("name as bytes", CALL, 1, "\x93\xc4\4" "echo\x90\x80"),
    PAYLOAD("arguments as a map", CALL, 1, "\x93\xa4" "echo\x80\x80"),
    PAYLOAD("named arguments as an array", CALL, 1, "\x93\xa4" "echo\x90\x90"),
    PAYLOAD("named arguments with numbers", CALL, 1, "\x93\xa4" "echo\x90\x81\1\2"),
    PAYLOAD("nothing", CALL, 1, "\xc0"),
    PAYLOAD("no map", LIMIT, 0, "\x90"),
    PAYLOAD("empty map", LIMIT, 0, "\x80"),
    PAYLOAD("unknown name", LIMIT, 0, "\x83\xa4name\xa4nope\xa6" "figure\1\xa5limit\1"),
    PAYLOAD("name of a limit of the host", LIMIT, 0, "\x83\xa4name\xa4time\xa6" "figure\1\xa5limit\1"),
    PAYLOAD("name as a number", LIMIT, 0, "\x83\xa4name\1\xa6" "figure\1\xa5limit\1"),
    PAYLOAD("without a figure", LIMIT, 0, "\x82\xa4name\xa4" "fuel\xa5limit\1"),
    PAYLOAD("without a limit", LIMIT, 0, "\x82\xa4name\xa4" "fuel\xa6" "figure\1"),
    PAYLOAD("negative figure", LIMIT, 0, "\x83\xa4name\xa4" "fuel\xa6" "figure\xff\xa5limit\1"),
    PAYLOAD("figure as text", LIMIT, 0, "\x83\xa4name\xa4" "fuel\xa6" "figure\xa1x\xa5limit\1"),
    PAYLOAD("stream 0", OUTPUT, 0, "\0x"),
    PAYLOAD("stream 3", OUTPUT, 0, "\3x"),
    PAYLOAD("stream 255", OUTPUT, 0, "\xffx"),
    PAYLOAD("none at all", INPUT_WANTED, 0, "\0\0\0\0"),
    PAYLOAD("a byte too many", INPUT_WANTED, 0, "\1\0\1\0"),
    PAYLOAD("all there is", INPUT_WANTED, 0, "\xff\xff\xff\xff"),
    PAYLOAD("another request", FILES_ANSWER, 9, "\x91\0"),
    PAYLOAD("no array", FILES_ANSWER, HOSTILE_SAME_ID, "\x80"),
    PAYLOAD("empty array", FILES_ANSWER, HOSTILE_SAME_ID, "\x90"),
    PAYLOAD("positive errno", FILES_ANSWER, HOSTILE_SAME_ID, "\x91\2"),
    PAYLOAD("huge errno", FILES_ANSWER, HOSTILE_SAME_ID, "\x91\xd3\x80\0\0\0\0\0\0\0"),
    PAYLOAD("text in place of an errno", FILES_ANSWER, HOSTILE_SAME_ID, "\x91\xa1x"),
    PAYLOAD("no listing", FILES_ANSWER, HOSTILE_SAME_ID, "\x91\0"),
    PAYLOAD("listing that is a map", FILES_ANSWER, HOSTILE_SAME_ID, "\x92\0\x80"),
    PAYLOAD("entry that is a number", FILES_ANSWER, HOSTILE_SAME_ID, "\x92\0\x91\1"),
    PAYLOAD("name with a slash", FILES_ANSWER, HOSTILE_SAME_ID, "\x92\0\x91\x94\xa3" "a/b\1\1\1"),
    PAYLOAD("name with a NUL", FILES_ANSWER, HOSTILE_SAME_ID, "\x92\0\x91\x94\xa3" "a\0b\1\1\1"),
    PAYLOAD("empty name", FILES_ANSWER, HOSTILE_SAME_ID, "\x92\0\x91\x94\xa0\1\1\1"),
    PAYLOAD("name that is a number", FILES_ANSWER, HOSTILE_SAME_ID, "\x92\0\x91\x94\1\1\1\1"),
    PAYLOAD("negative size", FILES_ANSWER, HOSTILE_SAME_ID, "\x92\0\x91\x94\xa1" "a\1\xff\1"),
    PAYLOAD("size that is text", FILES_ANSWER, HOSTILE_SAME_ID, "\x92\0\x91\x94\xa1" "a\1\xa1x\1"),
    PAYLOAD("entry with a member more", FILES_ANSWER, HOSTILE_SAME_ID, "\x92\0\x91\x95\xa1" "a\1\1\1\1"),
    PAYLOAD("entry with a member less", FILES_ANSWER, HOSTILE_SAME_ID, "\x92\0\x91\x93\xa1" "a\1\1"),
    PAYLOAD("answer and more", FILES_ANSWER, HOSTILE_SAME_ID, "\x93\0\x90\x90"),
#undef PAYLOAD
};

static void add_payloads(void)
{
    for (size_t i = 0; i < sizeof broken_payloads / sizeof *broken_payloads; i++) {
        static const char *const wheres[] = {[CORDON_FRAME_HELLO] = "greeting", [CORDON_FRAME_RESULT] = "result",      [CORDON_FRAME_CALL] = "call",
                                             [CORDON_FRAME_LIMIT] = "limit",    [CORDON_FRAME_OUTPUT] = "output",      [CORDON_FRAME_INPUT_WANTED] = "input",
                                             [CORDON_FRAME_FILES_ANSWER] = "files"};
        add_payload(wheres[broken_payloads[i].type], broken_payloads[i].name, broken_payloads[i].type, broken_payloads[i].id, broken_payloads[i].data,
                    broken_payloads[i].size);
    }
    add_broken("result", CORDON_FRAME_RESULT, 1, "\x82\xa6status\xa2ok\xa5value", 17);
    add_broken("call", CORDON_FRAME_CALL, 1, "\x93\xa4" "echo\x91", 7);
    add_broken("greeting", CORDON_FRAME_HELLO, 0, "\x83\xa7version\2\xa5image", 16);
    add_broken("files", CORDON_FRAME_FILES_ANSWER, HOSTILE_SAME_ID, "\x92\0", 2);
}

static void add_deaths(void)
{
    static const int signals[] = {1, 4, 6, 7, 8, 9, 11, 13, 14, 15};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct hostile_case *made = add("dies of signal", NULL, signals[i]);
        made->lock = LOCK_LAX;
        made->outcome = CORDON_OUTCOME_CRASHED;
        made->says = "ended by signal";
        made->steps[0] = (struct hostile_step){.op = OP_DIE, .id = (uint32_t)signals[i]};
    }
    static const uint32_t codes[] = {0, 1, 120, 121, 124, 255};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        struct hostile_case *made = add("leaves with code", NULL, (long)codes[i]);
        made->outcome = CORDON_OUTCOME_CRASHED;
        made->says = "without saying so";
        made->steps[0] = (struct hostile_step){.op = OP_LEAVE, .id = codes[i]};
    }
}

/* Limits of the worker's own, told well: each its outcome. */
static void add_limits(void)
{
    static const struct {
        const char *name, *data;
        size_t size;
        cordon_outcome outcome;
    } told[] = {
#define TOLD(name, literal, outcome) {name, literal, sizeof(literal) - 1, CORDON_OUTCOME_##outcome}
        TOLD("memory", "\x83\xa4name\xa6memory\xa6" "figure\x09\xa5limit\x08", LIMIT_MEMORY),
        TOLD("fuel", "\x83\xa4name\xa4" "fuel\xa6" "figure\x09\xa5limit\x08", LIMIT_FUEL),
        TOLD("fs-files", "\x84\xa4name\xa8" "fs-files\xa6" "figure\x09\xa5limit\x08\xa5where\xa3x:1", LIMIT_FILES),
        TOLD("fs-offset", "\x83\xa4name\xa9" "fs-offset\xa6" "figure\x09\xa5limit\x08", LIMIT_FILES),
        TOLD("recursion", "\x83\xa4name\xa9recursion\xa6" "figure\x09\xa5limit\x08", LIMIT_RECURSION),
#undef TOLD
    };
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        struct hostile_case *made = add("honest limit", told[i].name, 0);
        made->outcome = told[i].outcome;
        made->steps[0] = (struct hostile_step){.op = OP_FRAME, .type = CORDON_FRAME_LIMIT, .data = told[i].data, .size = told[i].size};
        made->steps[1] = (struct hostile_step)LISTEN;
    }
}

const struct hostile_case *hostile_cases(size_t *count_out)
{
    if (case_count == 0) {
        memcpy(cases, written, sizeof written);
        case_count = sizeof written / sizeof *written;
        for (size_t i = 0; i < case_count; i++)
            if (cases[i].says == NULL)
                cases[i].says = "";
        add_types();
        add_headers();
    add_traces();
        add_payloads();
        add_deaths();
        add_limits();
    }
    *count_out = case_count;
    return cases;
}
