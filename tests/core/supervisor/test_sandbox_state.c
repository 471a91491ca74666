/* The host's part of a snapshot: what was packed is read again as it was, and of what anybody may have written nothing that is out of bounds. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "sandbox_state.h"
#include "value_internal.h"
#include "value_pack.h"

enum { EFFECTS_MAX = 3, MOUNTS = 2 };

/* What a row spoils; begins as one that is right. */
struct draft {
    const char *state;
    size_t state_size; /* 0: up to its NUL */
    uint64_t execution, last_call, last_broker, last_request;
    bool has_suspended, has_more, has_more_inside, has_more_figures;
    uint64_t wait_ns, suspended_at_ns, timeout_ns, soft_timeout_ns, soft_fuel, interrupted, fuel, output_bytes;
    uint64_t trace;
    bool has_no_trace; /* but says so */
    size_t effect_count;
    struct {
        uint64_t id;
        const char *name, *key;
        size_t name_size; /* 0: up to its NUL */
        enum { LIST = 0, TUPLE, TEXT, OTHER_INSIDE, LARGE } arguments;
    } effects[EFFECTS_MAX];
    size_t mount_count;
    bool has_empty_list; /* of mounts */
    struct {
        const char *path, *mode; /* mode NULL: left out */
        size_t path_size;        /* 0: up to its NUL */
    } mounts[MOUNTS];
};

static const struct draft right = {
    .state = "executing",
    .execution = 7,
    .last_call = 30,
    .last_broker = 2,
    .last_request = 3,
    .has_suspended = true,
    .wait_ns = 5000000000,
    .suspended_at_ns = 1700000000000000000,
    .timeout_ns = 60000000000,
    .soft_timeout_ns = 5000000000,
    .soft_fuel = 1000000,
    .interrupted = 1,
    .trace = CORDON_TRACE_LINE | CORDON_TRACE_CALL,
    .fuel = 1234,
    .output_bytes = 99,
    .effect_count = 2,
    .effects = {{.id = 12, .name = "http.get", .key = "k"}, {.id = 30, .name = "ask", .key = "k"}, {.id = 31, .name = "ask", .key = "k"}},
    .mount_count = MOUNTS,
    .mounts = {{.path = "/data", .mode = "rw"}, {.path = "/over", .mode = "overlay"}},
};

static void put_number(bytes *to, const char *key, uint64_t number)
{
    pack_text(to, key);
    pack_unsigned(to, number);
}

static void put_sized(bytes *to, const char *text, size_t size)
{
    pack_text_sized(to, text, size != 0 ? size : strlen(text));
}

static void put_positional(bytes *to, int arguments)
{
    static const unsigned char other[] = {0xc7, 5, VALUE_EXT_OTHER, 0x92, 0xa1, 'T', 0xa1, 'r'};
    static const unsigned char tuple[] = {0xc7, 2, VALUE_EXT_TUPLE, 0x91, 5};
    static char large[40 << 20];
    if (arguments == TUPLE) {
        bytes_add(to, tuple, sizeof tuple);
    } else if (arguments == TEXT) {
        pack_text(to, "x");
    } else {
        pack_array(to, 1);
        if (arguments == OTHER_INSIDE)
            bytes_add(to, other, sizeof other);
        else if (arguments == LARGE)
            pack_bytes(to, large, sizeof large);
        else
            pack_text(to, "argument");
    }
}

static void put_effects(bytes *to, const struct draft *draft)
{
    pack_text(to, "effects");
    pack_array(to, draft->effect_count);
    for (size_t i = 0; i < draft->effect_count; i++) {
        pack_array(to, 2);
        pack_unsigned(to, draft->effects[i].id);
        pack_array(to, 3);
        put_sized(to, draft->effects[i].name, draft->effects[i].name_size);
        put_positional(to, (int)draft->effects[i].arguments);
        pack_map(to, 1);
        if (draft->effects[i].key != NULL)
            pack_text(to, draft->effects[i].key);
        else
            pack_unsigned(to, 1);
        pack_bool(to, true);
    }
}

static void put_figures(bytes *to, const struct draft *draft)
{
    static const char *const names[] = {"wall_ns",      "cpu_ns",       "calls",      "effects",           "brokered_bytes", "trace_events",
                                        "start_ns",     "memory_bytes", "fs_bytes",   "memory_peak_bytes", "fs_files",       "resident_bytes_peak"};
    size_t count = sizeof names / sizeof *names;
    pack_text(to, "figures");
    pack_map(to, count + 2 + draft->has_more_figures);
    put_number(to, "fuel", draft->fuel);
    put_number(to, "output_bytes", draft->output_bytes);
    for (size_t i = 0; i < count; i++)
        put_number(to, names[i], i);
    if (draft->has_more_figures)
        put_number(to, "mood", 1);
}

/* More than there are rows of: the last one again. */
static void put_mounts(bytes *to, const struct draft *draft)
{
    pack_text(to, "mounts");
    pack_array(to, draft->mount_count);
    for (size_t i = 0; i < draft->mount_count; i++) {
        size_t row = i < MOUNTS ? i : MOUNTS - 1;
        pack_array(to, 1u + (draft->mounts[row].mode != NULL));
        put_sized(to, draft->mounts[row].path, draft->mounts[row].path_size);
        if (draft->mounts[row].mode != NULL)
            pack_text(to, draft->mounts[row].mode);
    }
}

static void put(bytes *to, const struct draft *draft)
{
    bool has_mounts = draft->mount_count > 0 || draft->has_empty_list;
    pack_map(to, 5u + draft->has_suspended + draft->has_more + has_mounts);
    pack_text(to, "state");
    put_sized(to, draft->state, draft->state_size);
    put_number(to, "execution", draft->execution);
    put_number(to, "last_call", draft->last_call);
    put_number(to, "last_broker", draft->last_broker);
    put_number(to, "last_request", draft->last_request);
    if (draft->has_more)
        put_number(to, "more", 1);
    if (has_mounts)
        put_mounts(to, draft);
    if (!draft->has_suspended)
        return;
    pack_text(to, "suspended");
    pack_map(to, 8u + draft->has_more_inside + (draft->trace != 0 || draft->has_no_trace));
    put_number(to, "wait_ns", draft->wait_ns);
    put_number(to, "suspended_at_ns", draft->suspended_at_ns);
    put_number(to, "timeout_ns", draft->timeout_ns);
    put_number(to, "soft_timeout_ns", draft->soft_timeout_ns);
    put_number(to, "soft_fuel", draft->soft_fuel);
    put_number(to, "interrupted", draft->interrupted);
    if (draft->trace != 0 || draft->has_no_trace)
        put_number(to, "trace", draft->trace);
    put_effects(to, draft);
    put_figures(to, draft);
    if (draft->has_more_inside)
        put_number(to, "more", 1);
}

/* ---- What is right ---- */

static void right_one_is_read(void **state)
{
    bytes packed = {0};
    sandbox_state read;
    (void)state;
    put(&packed, &right);

    const char *complaint = sandbox_state_unpack(packed.data, packed.size, &read);

    if (complaint != NULL)
        fail_msg("%s", complaint);
    assert_int_equal(read.doing, FRAME_STATE_EXECUTING);
    assert_int_equal(read.execution, 7);
    assert_int_equal(read.last_call, 30);
    assert_int_equal(read.last_broker, 2);
    assert_int_equal(read.last_request, 3);
    assert_int_equal(read.wait_ns, 5000000000);
    assert_int_equal(read.suspended_at_ns, 1700000000000000000);
    assert_int_equal(read.timeout_ns, 60000000000);
    assert_int_equal(read.soft_timeout_ns, 5000000000);
    assert_int_equal(read.soft_fuel, 1000000);
    assert_int_equal(read.interrupted, 1);
    assert_int_equal(read.trace, CORDON_TRACE_LINE | CORDON_TRACE_CALL);
    assert_int_equal(read.figures.fuel, 1234);
    assert_int_equal(read.figures.output_bytes, 99);
    assert_int_equal(read.figures.resident_bytes_peak, 11);
    assert_int_equal(read.effects.count, 2);
    assert_int_equal(effect_id(read.effects.entries[1]), 30);
    assert_string_equal(cordon_value_get_text(cordon_value_at(effect_call(read.effects.entries[0]), 0), NULL), "http.get");
    assert_int_equal(read.mount_count, 2);
    assert_string_equal(read.mounts[0].path, "/data");
    assert_int_equal(read.mounts[0].mode, CORDON_MOUNT_READ_WRITE);
    assert_string_equal(read.mounts[1].path, "/over");
    assert_int_equal(read.mounts[1].mode, CORDON_MOUNT_OVERLAY);
    sandbox_state_release(&read);
    bytes_release(&packed);
}

static void resting_one_is_read(void **state)
{
    static const struct draft resting = {.state = "resting", .last_call = 9};
    bytes packed = {0};
    sandbox_state read;
    (void)state;
    put(&packed, &resting);
    assert_null(sandbox_state_unpack(packed.data, packed.size, &read));
    assert_int_equal(read.doing, FRAME_STATE_RESTING);
    assert_int_equal(read.last_call, 9);
    assert_int_equal(read.effects.count, 0);
    assert_int_equal(read.mount_count, 0);
    bytes_release(&packed);
}

static cordon_value *call_of(const char *name)
{
    cordon_value *call = cordon_value_list(), *positional = cordon_value_list(), *named = cordon_value_dict();
    assert_true(cordon_value_append(positional, cordon_value_int(5)));
    assert_true(cordon_value_append(positional, cordon_value_tuple()));
    assert_true(cordon_value_dict_set(named, "key", cordon_value_bytes("\0\1", 2)));
    assert_true(cordon_value_append(call, cordon_value_text(name)));
    assert_true(cordon_value_append(call, positional));
    assert_true(cordon_value_append(call, named));
    return call;
}

static void packed_one_comes_back(void **state)
{
    bytes packed = {0};
    sandbox_state read;
    cordon_value *call = call_of("a.b");
    cordon_sandbox *sandbox = calloc(1, sizeof *sandbox);
    (void)state;
    assert_non_null(sandbox);
    sandbox->state = FRAME_STATE_RUNNING;
    sandbox->execution = 3;
    sandbox->last_call = 5;
    sandbox->last_broker = 6;
    sandbox->request = 8;
    sandbox->run.wait_ns = UINT64_MAX;
    sandbox->run.timeout_ns = CORDON_LIMIT_NONE;
    sandbox->run.suspended_at_ns = 17;
    sandbox->run.interruption = (interruption){.soft_timeout_ns = 21, .soft_fuel = 22, .reasons = CORDON_INTERRUPT_FUEL};
    sandbox->run.figures = (cordon_figures){.wall_ns = 1, .effects = 2, .fuel = UINT64_MAX, .fs_files = 4};
    assert_non_null(sandbox_state_complaint(sandbox));
    assert_true(effect_list_add(&sandbox->run.effects, 4, call_of("a.b"), 100));
    assert_true(effect_list_add(&sandbox->run.effects, 5, call_of("c"), 100));
    sandbox->run.suspension = suspension_create(&sandbox->run.effects, UINT64_MAX);
    assert_null(sandbox_state_complaint(sandbox));

    sandbox_state_pack(sandbox, &packed);
    assert_false(packed.failed);
    assert_null(sandbox_state_unpack(packed.data, packed.size, &read));

    assert_int_equal(read.doing, FRAME_STATE_RUNNING);
    assert_int_equal(read.last_request, 8);
    assert_true(read.wait_ns == UINT64_MAX && read.timeout_ns == CORDON_LIMIT_NONE);
    assert_int_equal(read.suspended_at_ns, 17);
    assert_true(read.soft_timeout_ns == 21 && read.soft_fuel == 22 && read.interrupted == CORDON_INTERRUPT_FUEL);
    assert_int_equal(read.figures.wall_ns, 1);
    assert_int_equal(read.figures.effects, 2);
    assert_int_equal(read.figures.fs_files, 4);
    assert_true(read.figures.fuel >= 1ull << 62); /* a lie of the worker's, made bearable */
    assert_int_equal(read.effects.count, 2);
    assert_true(cordon_value_equal(effect_call(read.effects.entries[0]), call));
    cordon_value_destroy(call);
    sandbox_state_release(&read);
    bytes_release(&packed);
    execution_forget(sandbox);
    free(sandbox);
}

static void rest_comes_back(void **state)
{
    bytes packed = {0};
    sandbox_state read;
    cordon_sandbox *sandbox = calloc(1, sizeof *sandbox);
    (void)state;
    assert_non_null(sandbox);
    sandbox->state = FRAME_STATE_RESTING;
    sandbox->execution = UINT32_MAX;
    assert_null(sandbox_state_complaint(sandbox));
    sandbox_state_pack(sandbox, &packed);
    assert_null(sandbox_state_unpack(packed.data, packed.size, &read));
    assert_int_equal(read.doing, FRAME_STATE_RESTING);
    assert_int_equal(read.execution, UINT32_MAX);
    assert_int_equal(read.mount_count, 0);
    bytes_release(&packed);
    const cordon_mount mount = {.source = "/home/of/the/host", .path = "/mnt", .mode = CORDON_MOUNT_READ_ONLY};
    cordon_sandbox_config settings = {.mounts = &mount, .mount_count = 1};
    sandbox->settings = &settings;
    sandbox->has_mounts = true;
    packed = (bytes){0};
    sandbox_state_pack(sandbox, &packed);
    assert_null(memmem(packed.data, packed.size, "home", 4)); /* where it lies in the host is not told */
    assert_null(sandbox_state_unpack(packed.data, packed.size, &read));
    assert_int_equal(read.mount_count, 1);
    assert_string_equal(read.mounts[0].path, "/mnt");
    assert_int_equal(read.mounts[0].mode, CORDON_MOUNT_READ_ONLY);
    sandbox_state_release(&read);
    bytes_release(&packed);
    free(sandbox);
}

static void trace_comes_back(void **state)
{
    bytes packed = {0};
    sandbox_state read;
    cordon_sandbox *sandbox = calloc(1, sizeof *sandbox);
    (void)state;
    assert_non_null(sandbox);
    sandbox->state = FRAME_STATE_EXECUTING;
    assert_true(effect_list_add(&sandbox->run.effects, 4, call_of("a"), 100));
    sandbox->run.suspension = suspension_create(&sandbox->run.effects, UINT64_MAX);
    sandbox->last_call = 4;
    sandbox->execution = 1;
    sandbox->run.wait_ns = UINT64_MAX;
    for (int is_traced = 0; is_traced < 2; is_traced++) {
        if (is_traced)
            sandbox->run.trace = trace_create(CORDON_TRACE_LINE | CORDON_TRACE_ALL_CODE);
        assert_null(sandbox_state_complaint(sandbox));
        packed.size = 0;
        sandbox_state_pack(sandbox, &packed);
        assert_null(sandbox_state_unpack(packed.data, packed.size, &read));
        assert_int_equal(read.trace, is_traced ? CORDON_TRACE_LINE | CORDON_TRACE_ALL_CODE : 0);
        sandbox_state_release(&read);
    }
    bytes_release(&packed);
    execution_forget(sandbox);
    free(sandbox);
}

/* ---- What is not ---- */

/* X(name, what is spoilt of `draft`, part of the complaint) */
#define SPOILT_TABLE(X)                                                                                                \
    X(state_unknown, draft->state = "waiting", "in no state")                                                          \
    X(state_with_a_nul, draft->state_size = sizeof "executing\0x" - 1; draft->state = "executing\0x", "in no state")    \
    X(resting_and_suspended, draft->state = "resting", "more than its state has")                                      \
    X(executing_and_not_suspended, draft->has_suspended = false, "missing or out of bounds")                           \
    X(executing_without_an_execution, draft->execution = 0, "there was no execution")                                  \
    X(execution_too_large, draft->execution = 1ull << 32, "out of bounds")                                             \
    X(last_call_too_large, draft->last_call = UINT64_MAX, "out of bounds")                                             \
    X(last_broker_too_large, draft->last_broker = 1ull << 32, "out of bounds")                                         \
    X(last_request_too_large, draft->last_request = 1ull << 32, "out of bounds")                                       \
    X(more_keys, draft->has_more = true, "more than its state has")                                                    \
    X(more_keys_inside, draft->has_more_inside = true, "what it waits for is not told")                                \
    X(more_figures, draft->has_more_figures = true, "a figure is missing")                                             \
    X(short_wait, draft->wait_ns = 999999999, "waits for less")                                                        \
    X(no_wait, draft->wait_ns = 0, "waits for less")                                                                   \
    X(suspended_after_all_time, draft->suspended_at_ns = UINT64_MAX, "what it waits for is not told")                  \
    X(interrupted_for_no_reason, draft->interrupted = 8, "its soft limits are not told")                               \
    X(fuel_that_would_wrap, draft->fuel = UINT64_MAX, "out of bounds")                                                 \
    X(output_that_would_wrap, draft->output_bytes = UINT64_MAX - 1, "out of bounds")                                   \
    X(trace_of_nothing, draft->trace = 0; draft->has_no_trace = true, "nothing that there is")                        \
    X(trace_of_more_than_there_is, draft->trace = CORDON_TRACE_FLAGS + 1, "nothing that there is")                     \
    X(no_effects, draft->effect_count = 0, "waits for no effect")                                                      \
    X(effect_without_id, draft->effects[0].id = 0, "do not count up")                                                  \
    X(effects_twice, draft->effects[0].id = 30, "do not count up")                                                     \
    X(effects_backwards, draft->effects[1].id = 3, "do not count up")                                                  \
    X(effect_of_no_call, draft->effect_count = 3, "no call had them")                                                  \
    X(effect_id_too_large, draft->effects[1].id = 1ull << 32, "no call had them")                                      \
    X(name_empty, draft->effects[1].name = "", "an effect's call")                                                     \
    X(name_of_no_callback, draft->effects[1].name = "a b", "an effect's call")                                         \
    X(name_with_a_nul, draft->effects[1].name = "ask\0b"; draft->effects[1].name_size = 5, "an effect's call")         \
    X(arguments_in_a_tuple, draft->effects[0].arguments = TUPLE, "an effect's call")                                   \
    X(arguments_that_are_text, draft->effects[0].arguments = TEXT, "an effect's call")                                 \
    X(object_that_cannot_be_sent, draft->effects[0].arguments = OTHER_INSIDE, "an effect's call")                      \
    X(key_that_is_no_text, draft->effects[0].key = NULL, "an effect's call")                                           \
    X(list_of_no_mounts, draft->mount_count = 0; draft->has_empty_list = true, "none, or more than there can be")      \
    X(too_many_mounts, draft->mount_count = BROKER_MOUNTS_MAX + 1, "none, or more than there can be")                  \
    X(mount_without_mode, draft->mounts[1].mode = NULL, "a path and a mode")                                           \
    X(mount_of_no_mode, draft->mounts[1].mode = "wr", "a path and a mode")                                             \
    X(mount_at_no_absolute_path, draft->mounts[0].path = "data", "a path and a mode")                                  \
    X(mount_with_a_nul, draft->mounts[0].path = "/data\0x"; draft->mounts[0].path_size = 7, "a path and a mode")       \
    X(large_arguments, draft->effects[0].arguments = draft->effects[1].arguments = LARGE, "too large")

struct spoilt {
    const char *name, *complaint;
    void (*spoil)(struct draft *draft);
};
#define SPOIL_FUNCTION(name, change, complaint)                                                                        \
    static void spoil_##name(struct draft *draft)                                                                      \
    {                                                                                                                  \
        change;                                                                                                        \
    }
SPOILT_TABLE(SPOIL_FUNCTION)
#define SPOIL_ROW(name, change, complaint) {#name, complaint, spoil_##name},
static const struct spoilt spoilt[] = {SPOILT_TABLE(SPOIL_ROW)};
enum { SPOILT = sizeof spoilt / sizeof *spoilt };

static void spoilt_one_is_refused(void **state)
{
    const struct spoilt *row = *state;
    struct draft draft = right;
    bytes packed = {0};
    sandbox_state read;
    row->spoil(&draft);
    put(&packed, &draft);

    const char *complaint = sandbox_state_unpack(packed.data, packed.size, &read);

    assert_non_null(complaint);
    if (strstr(complaint, row->complaint) == NULL)
        fail_msg("%s", complaint);
    assert_int_equal(read.effects.count, 0); /* nothing is left to release */
    assert_null(read.mounts);
    bytes_release(&packed);
}

/* Whatever one byte is changed to: refused, or within all bounds. */
static void check_bounds(const sandbox_state *read)
{
    uint32_t before = 0;
    assert_true(read->doing == FRAME_STATE_RESTING || read->doing == FRAME_STATE_EXECUTING || read->doing == FRAME_STATE_RUNNING);
    assert_true((read->doing == FRAME_STATE_RESTING) == (read->effects.count == 0));
    for (size_t i = 0; i < read->effects.count; i++) {
        uint32_t id = effect_id(read->effects.entries[i]);
        assert_true(id > before && id <= read->last_call);
        assert_true(effect_is_call(effect_call(read->effects.entries[i])));
        before = id;
    }
    if (read->effects.count > 0)
        assert_true(read->wait_ns >= 1000000000);
    assert_true(read->figures.fuel <= 1ull << 62 && read->figures.wall_ns <= 1ull << 62);
    assert_true((read->trace & ~CORDON_TRACE_FLAGS) == 0 && (read->trace == 0 || read->effects.count > 0));
    assert_true(read->mount_count <= BROKER_MOUNTS_MAX);
    for (size_t i = 0; i < read->mount_count; i++)
        assert_true(read->mounts[i].path[0] == '/' && (unsigned)read->mounts[i].mode <= CORDON_MOUNT_OVERLAY);
}

static void every_byte_may_be_wrong(void **state)
{
    bytes packed = {0};
    size_t accepted = 0, refused = 0;
    (void)state;
    put(&packed, &right);
    for (size_t at = 0; at < packed.size; at++) {
        unsigned char kept = packed.data[at];
        for (int value = 0; value < 256; value++) {
            sandbox_state read;
            packed.data[at] = (unsigned char)value;
            bool is_read = sandbox_state_unpack(packed.data, packed.size, &read) == NULL;
            if (is_read)
                check_bounds(&read);
            sandbox_state_release(&read);
            ++*(is_read ? &accepted : &refused);
        }
        packed.data[at] = kept;
    }
    assert_true(accepted > 0 && refused > accepted);
    bytes_release(&packed);
}

static void every_end_may_be_missing(void **state)
{
    bytes packed = {0};
    sandbox_state read;
    (void)state;
    put(&packed, &right);
    for (size_t size = 0; size < packed.size; size++)
        assert_non_null(sandbox_state_unpack(packed.data, size, &read));
    bytes_add(&packed, "", 1);
    assert_non_null(sandbox_state_unpack(packed.data, packed.size, &read));
    bytes_release(&packed);
}

int main(void)
{
    struct CMUnitTest tests[SPOILT + 7] = {
        [SPOILT] = cmocka_unit_test(right_one_is_read), cmocka_unit_test(resting_one_is_read),     cmocka_unit_test(packed_one_comes_back),
        cmocka_unit_test(rest_comes_back),              cmocka_unit_test(trace_comes_back),         cmocka_unit_test(every_byte_may_be_wrong),
        cmocka_unit_test(every_end_may_be_missing),
    };
    for (size_t i = 0; i < SPOILT; i++)
        tests[i] = (struct CMUnitTest){.name = spoilt[i].name, .test_func = spoilt_one_is_refused, .initial_state = (void *)&spoilt[i]};
    return cmocka_run_group_tests_name("the host's part of a snapshot", tests, NULL, NULL);
}
