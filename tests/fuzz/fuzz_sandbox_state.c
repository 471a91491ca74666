/* The host's part of a snapshot, as it may come from a forged file: refused, or within its bounds, and then the same when it is packed and read again. */
#include <stdlib.h>
#include <string.h>

#include "sandbox_state.h"

static void check(const sandbox_state *state)
{
    uint32_t before = 0;
    if ((state->doing == FRAME_STATE_RESTING) != (state->effects.count == 0) || state->effects.cost > EXECUTION_PENDING_BYTES_MAX)
        abort();
    for (size_t i = 0; i < state->effects.count; i++) {
        uint32_t id = effect_id(state->effects.entries[i]);
        if (id <= before || id > state->last_call || !effect_is_call(effect_call(state->effects.entries[i])) ||
            effect_list_find(&state->effects, id) != i)
            abort();
        before = id;
    }
}

/* As a sandbox that was suspended so. */
static void pack_again(sandbox_state *state)
{
    static cordon_sandbox sandbox;
    bytes packed = {0};
    sandbox_state again;
    sandbox = (cordon_sandbox){.state = state->doing, .execution = state->execution, .last_call = state->last_call, .last_broker = state->last_broker, .request = state->last_request};
    if (state->doing != FRAME_STATE_RESTING) {
        sandbox.run = (execution){.effects = state->effects, .wait_ns = state->wait_ns, .suspended_at_ns = state->suspended_at_ns, .timeout_ns = state->timeout_ns,
                                  .interruption = {.soft_timeout_ns = state->soft_timeout_ns, .soft_fuel = state->soft_fuel, .reasons = state->interrupted}, .figures = state->figures};
        sandbox.run.suspension = suspension_create(&state->effects, state->wait_ns);
    }
    sandbox_state_pack(&sandbox, &packed);
    if (packed.failed || sandbox_state_unpack(packed.data, packed.size, &again) != NULL)
        abort();
    if (again.doing != state->doing || again.effects.count != state->effects.count || again.wait_ns != state->wait_ns ||
        memcmp(&again.figures, &state->figures, sizeof again.figures) != 0)
        abort();
    sandbox_state_release(&again);
    bytes_release(&packed);
    suspension_release(sandbox.run.suspension);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sandbox_state state;
    if (sandbox_state_unpack(data, size, &state) != NULL)
        return 0;
    check(&state);
    pack_again(&state);
    sandbox_state_release(&state);
    return 0;
}
