/* Hides the form in which the host's part of a snapshot is stored, and that nothing in it can be trusted. */
#include "sandbox_state.h"

#include <stdlib.h>
#include <string.h>

#include "moment.h"
#include "value_internal.h"
#include "value_pack.h"

enum { IDS = 4, WAIT_MEMBERS = 8, STATE_DEPTH = 6 /* of the containers around an effect's arguments */ };
#define FIGURE_MAX (1ull << 62) /* so that what is added to it later does not begin anew at 0 */
#define SUSPENDED_AFTER_NS SECOND_NS
#define REASONS_ALL (CORDON_INTERRUPT_ASKED | CORDON_INTERRUPT_TIME | CORDON_INTERRUPT_FUEL)

/* Every member of cordon_figures. */
#define STATE_FIGURE_TABLE(X)                                                                                          \
    X(wall_ns)                                                                                                         \
    X(cpu_ns)                                                                                                          \
    X(output_bytes)                                                                                                    \
    X(calls)                                                                                                           \
    X(effects)                                                                                                         \
    X(brokered_bytes)                                                                                                  \
    X(trace_events)                                                                                                    \
    X(start_ns)                                                                                                        \
    X(resident_bytes_peak)                                                                                             \
    X(fuel)                                                                                                            \
    X(memory_bytes)                                                                                                    \
    X(memory_peak_bytes)                                                                                               \
    X(fs_bytes)                                                                                                        \
    X(fs_files)
#define FIGURE_ONE(name) +1
enum { FIGURES = 0 STATE_FIGURE_TABLE(FIGURE_ONE) };
_Static_assert(sizeof(cordon_figures) == FIGURES * sizeof(uint64_t), "a figure is missing in STATE_FIGURE_TABLE");

static const struct doing {
    frame_state state;
    const char *name;
} doings[] = {
    {FRAME_STATE_RESTING, "resting"},
    {FRAME_STATE_EXECUTING, "executing"},
    {FRAME_STATE_RUNNING, "running"},
};
enum { DOINGS = sizeof doings / sizeof *doings };

static const char *const mount_modes[] = {[CORDON_MOUNT_READ_ONLY] = "ro", [CORDON_MOUNT_READ_WRITE] = "rw", [CORDON_MOUNT_OVERLAY] = "overlay"};
enum { MOUNT_MODES = sizeof mount_modes / sizeof *mount_modes };

const char *sandbox_state_mount_mode(cordon_mount_mode mode)
{
    return mount_modes[mode];
}

/* ---- Writing ---- */

static void pack_number(bytes *to, const char *key, uint64_t number)
{
    pack_text(to, key);
    pack_unsigned(to, number);
}

static void pack_figures(bytes *to, const cordon_figures *figures)
{
    pack_text(to, "figures");
    pack_map(to, FIGURES);
#define PACK_FIGURE(name) pack_number(to, #name, least(figures->name, FIGURE_MAX)); /* some are the worker's own words */
    STATE_FIGURE_TABLE(PACK_FIGURE)
#undef PACK_FIGURE
}

static void pack_effects(bytes *to, const effect_list *effects)
{
    pack_text(to, "effects");
    pack_array(to, effects->count);
    for (size_t i = 0; i < effects->count; i++) {
        pack_array(to, 2);
        pack_unsigned(to, effect_id(effects->entries[i]));
        to->failed |= !pack_value(to, effect_call(effects->entries[i])); /* which can be: effect_can_be_kept */
    }
}

static void pack_suspended(bytes *to, const execution *run)
{
    pack_text(to, "suspended");
    pack_map(to, WAIT_MEMBERS + (run->trace != NULL));
    pack_number(to, "wait_ns", run->wait_ns);
    pack_number(to, "suspended_at_ns", run->suspended_at_ns);
    pack_number(to, "timeout_ns", run->timeout_ns);
    pack_number(to, "soft_timeout_ns", run->interruption.soft_timeout_ns);
    pack_number(to, "soft_fuel", run->interruption.soft_fuel);
    pack_number(to, "interrupted", run->interruption.reasons);
    if (run->trace != NULL)
        pack_number(to, "trace", trace_wanted(run->trace));
    pack_effects(to, &run->effects);
    pack_figures(to, &run->figures);
}

static void pack_mounts(bytes *to, const cordon_sandbox_config *settings)
{
    pack_text(to, "mounts");
    pack_array(to, settings->mount_count);
    for (size_t i = 0; i < settings->mount_count; i++) {
        pack_array(to, 2);
        pack_text(to, settings->mounts[i].path);
        pack_text(to, mount_modes[settings->mounts[i].mode]);
    }
}

const char *sandbox_state_complaint(const cordon_sandbox *sandbox)
{
    if (sandbox->state == FRAME_STATE_RESTING)
        return NULL;
    return sandbox->run.suspension == NULL ? "it is neither at rest nor suspended" : NULL;
}

void sandbox_state_pack(const cordon_sandbox *sandbox, bytes *to)
{
    bool is_suspended = sandbox->run.suspension != NULL;
    size_t at = 0;
    while (at < DOINGS - 1 && doings[at].state != sandbox->state)
        at++;
    pack_map(to, 1u + IDS + is_suspended + sandbox->has_mounts);
    pack_text(to, "state");
    pack_text(to, doings[at].name);
    pack_number(to, "execution", sandbox->execution);
    pack_number(to, "last_call", sandbox->last_call);
    pack_number(to, "last_broker", sandbox->last_broker);
    pack_number(to, "last_request", sandbox->request);
    if (is_suspended)
        pack_suspended(to, &sandbox->run);
    if (sandbox->has_mounts)
        pack_mounts(to, sandbox->settings);
}

/* ---- Reading ---- */

static bool read_number(const cordon_value *map, const char *key, uint64_t most, uint64_t *number_out)
{
    return cordon_value_get_unsigned(cordon_value_get(map, key), number_out) && *number_out <= most;
}

static bool read_id(const cordon_value *map, const char *key, uint32_t *id_out)
{
    uint64_t number;
    bool is_there = read_number(map, key, UINT32_MAX, &number);
    *id_out = is_there ? (uint32_t)number : 0;
    return is_there;
}

static bool is_map(const cordon_value *value, size_t members)
{
    return cordon_value_get_kind(value) == CORDON_VALUE_DICT && cordon_value_count(value) == members;
}

static bool read_figures(const cordon_value *map, cordon_figures *figures)
{
    bool is_there = is_map(map, FIGURES);
#define READ_FIGURE(name) is_there = is_there && read_number(map, #name, FIGURE_MAX, &figures->name);
    STATE_FIGURE_TABLE(READ_FIGURE)
#undef READ_FIGURE
    return is_there;
}

/* NULL if it is no text, or has a NUL in it. */
static const char *whole_text(const cordon_value *value)
{
    size_t size = 0;
    const char *text = cordon_value_get_kind(value) == CORDON_VALUE_TEXT ? cordon_value_get_text(value, &size) : NULL;
    return text != NULL && strlen(text) == size ? text : NULL;
}

static const char *read_effect(sandbox_state *state, const cordon_value *pair, uint64_t *before)
{
    const cordon_value *call = cordon_value_at(pair, 1);
    uint64_t id;
    if (cordon_value_get_kind(pair) != CORDON_VALUE_LIST || cordon_value_count(pair) != 2 || !cordon_value_get_unsigned(cordon_value_at(pair, 0), &id))
        return "an effect is an id and a call";
    if (id <= *before || id > state->last_call)
        return "the ids of effects do not count up, or no call had them";
    *before = id;
    if (!effect_is_call(call) || !callback_is_name(whole_text(cordon_value_at(call, 0)), true) || !effect_can_be_kept(call))
        return "an effect's call is a name, a list and a dict, of what can be sent";
    cordon_value *copy = cordon_value_copy(call);
    size_t cost = copy != NULL ? value_cost(copy) : 0;
    if (copy == NULL)
        return "there is no memory for an effect";
    if (cost > EXECUTION_PENDING_BYTES_MAX - state->effects.cost) {
        cordon_value_destroy(copy);
        return "what its effects are called with is too large";
    }
    return effect_list_add(&state->effects, (uint32_t)id, copy, cost) ? NULL : "there is no memory for an effect";
}

static const char *read_suspended(sandbox_state *state, const cordon_value *map)
{
    const cordon_value *effects = cordon_value_get(map, "effects");
    const bool is_traced = cordon_value_get(map, "trace") != NULL;
    uint64_t before = 0, interrupted, trace = 0;
    if (!is_map(map, WAIT_MEMBERS + is_traced) || !read_number(map, "wait_ns", UINT64_MAX, &state->wait_ns) ||
        !read_number(map, "suspended_at_ns", FIGURE_MAX, &state->suspended_at_ns) || !read_number(map, "timeout_ns", UINT64_MAX, &state->timeout_ns))
        return "what it waits for is not told";
    if (!read_number(map, "soft_timeout_ns", UINT64_MAX, &state->soft_timeout_ns) || !read_number(map, "soft_fuel", UINT64_MAX, &state->soft_fuel) ||
        !read_number(map, "interrupted", REASONS_ALL, &interrupted))
        return "its soft limits are not told";
    if (is_traced && (!read_number(map, "trace", CORDON_TRACE_FLAGS, &trace) || trace == 0 || (trace & ~(uint64_t)CORDON_TRACE_FLAGS) != 0))
        return "what is told of its steps is nothing that there is";
    state->trace = (uint32_t)trace;
    state->interrupted = (unsigned)interrupted;
    if (state->wait_ns < SUSPENDED_AFTER_NS)
        return "it waits for less than what suspends an execution";
    if (!read_figures(cordon_value_get(map, "figures"), &state->figures))
        return "a figure is missing or out of bounds";
    if (cordon_value_get_kind(effects) != CORDON_VALUE_LIST || cordon_value_count(effects) == 0)
        return "it is suspended and waits for no effect";
    for (size_t i = 0; i < cordon_value_count(effects); i++) {
        const char *complaint = read_effect(state, cordon_value_at(effects, i), &before);
        if (complaint != NULL)
            return complaint;
    }
    return NULL;
}

static const char *read_mount(sandbox_state *state, const cordon_value *pair)
{
    const char *path = whole_text(cordon_value_at(pair, 0)), *name = whole_text(cordon_value_at(pair, 1));
    int mode = 0;
    while (mode < MOUNT_MODES && (name == NULL || strcmp(mount_modes[mode], name) != 0))
        mode++;
    if (cordon_value_get_kind(pair) != CORDON_VALUE_LIST || cordon_value_count(pair) != 2 || path == NULL || path[0] != '/' || mode == MOUNT_MODES)
        return "a mounted folder is a path and a mode";
    char *copy = strdup(path);
    if (copy == NULL)
        return "there is no memory for a mounted folder";
    state->mounts[state->mount_count++] = (sandbox_state_mount){copy, (cordon_mount_mode)mode};
    return NULL;
}

static const char *read_mounts(sandbox_state *state, const cordon_value *list)
{
    size_t count = cordon_value_count(list);
    const char *complaint = NULL;
    if (cordon_value_get_kind(list) != CORDON_VALUE_LIST || count == 0 || count > BROKER_MOUNTS_MAX)
        return "its mounted folders are none, or more than there can be";
    state->mounts = calloc(count, sizeof *state->mounts);
    if (state->mounts == NULL)
        return "there is no memory for mounted folders";
    for (size_t i = 0; i < count && complaint == NULL; i++)
        complaint = read_mount(state, cordon_value_at(list, i));
    return complaint;
}

static const char *read_state(sandbox_state *state, const cordon_value *map)
{
    const cordon_value *mounts = cordon_value_get(map, "mounts");
    const char *name = whole_text(cordon_value_get(map, "state"));
    size_t at = 0;
    while (at < DOINGS && (name == NULL || strcmp(doings[at].name, name) != 0))
        at++;
    if (at == DOINGS)
        return "it is in no state that there is";
    state->doing = doings[at].state;
    bool is_suspended = state->doing != FRAME_STATE_RESTING;
    if (!is_map(map, 1u + IDS + is_suspended + (mounts != NULL)) || !read_id(map, "execution", &state->execution) || !read_id(map, "last_call", &state->last_call) ||
        !read_id(map, "last_broker", &state->last_broker) || !read_id(map, "last_request", &state->last_request))
        return "an id is missing or out of bounds, or there is more than its state has";
    if (state->doing == FRAME_STATE_EXECUTING && state->execution == 0)
        return "it executes, and there was no execution";
    const char *complaint = mounts != NULL ? read_mounts(state, mounts) : NULL;
    if (complaint == NULL && is_suspended)
        complaint = read_suspended(state, cordon_value_get(map, "suspended"));
    return complaint;
}

const char *sandbox_state_unpack(const void *data, size_t size, sandbox_state *state_out)
{
    cordon_value *map;
    cordon_error error;
    *state_out = (sandbox_state){.doing = FRAME_STATE_RESTING};
    if (value_decode(data, size, CORDON_VALUE_DEPTH_MAX + STATE_DEPTH, &map, &error) != CORDON_OK)
        return "the host's part is no value in MessagePack";
    const char *complaint = read_state(state_out, map);
    cordon_value_destroy(map);
    if (complaint != NULL)
        sandbox_state_release(state_out);
    return complaint;
}

void sandbox_state_release(sandbox_state *state)
{
    effect_list_release(&state->effects);
    for (size_t i = 0; i < state->mount_count; i++)
        free(state->mounts[i].path);
    free(state->mounts);
    state->mounts = NULL;
    state->mount_count = 0;
}

/* ---- Into a sandbox ---- */

/* The wait goes on where it was, in the clock of this process. */
static void install_wait(execution *run, const sandbox_state *state)
{
    host_env *env = run->sandbox->env;
    uint64_t wall_ns = clock_ns(env, CLOCK_REALTIME), now = now_ns(env);
    run->is_waiting = true;
    run->wait_ns = state->wait_ns;
    run->waited_elsewhere_ns = left_until(wall_ns, state->suspended_at_ns); /* 0 if this host's clock is behind */
    run->waiting_since = now;
    run->waiting_until = after(now, left_until(run->wait_ns, run->waited_elsewhere_ns));
    run->suspended_at_ns = state->suspended_at_ns;
}

bool sandbox_state_install(sandbox_state *state, cordon_sandbox *sandbox)
{
    execution *run = &sandbox->run;
    sandbox->state = state->doing;
    sandbox->execution = state->execution;
    sandbox->last_call = state->last_call;
    sandbox->last_broker = state->last_broker;
    sandbox->request = state->last_request;
    sandbox->must_send_callbacks = true; /* it has those of another host, or none */
    if (state->doing == FRAME_STATE_RESTING)
        return true;
    *run = (execution){.sandbox = sandbox, .figures = state->figures, .effects = state->effects, .cpu_elsewhere_ns = state->figures.cpu_ns};
    state->effects = (effect_list){0};
    run->timeout_ns = least(state->timeout_ns, sandbox->limits.value[CORDON_LIMIT_WALL]);
    run->interruption = (interruption){.soft_timeout_ns = state->soft_timeout_ns, .soft_fuel = state->soft_fuel, .reasons = state->interrupted};
    if (state->trace != 0 && (run->trace = trace_create(state->trace)) == NULL) /* the worker numbers what it tells anew: RENEW */
        return false;
    (void)process_cpu_ns(sandbox->env, &sandbox->worker->process, &run->cpu_began);
    install_wait(run, state);
    run->suspension = suspension_create(&run->effects, run->wait_ns);
    mailbox_begin(sandbox->mailbox, sandbox->execution);
    return run->suspension != NULL;
}
