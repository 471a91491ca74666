/* Hides how the limits that the host holds are looked at, and how reaching one ends an execution. */
#include "limit_names.h"
#include "moment.h"
#include "sandbox_internal.h"

#define WATCH_NS (SECOND_NS / 20) /* processor time and memory are looked at so often */

uint64_t execution_limit(const execution *run, int limit)
{
    return run->sandbox->limits.value[limit];
}

bool execution_reach_limit(execution *run, int limit, uint64_t figure, uint64_t value)
{
    if (run->sandbox->has_ended)
        return false;
    result_set_limit(run->result, limit, figure, value, "");
    sandbox_end_with(run->sandbox, PROCESS_KILL, limit_outcome(limit), "limit of %s reached: %llu of %llu %s", limit_name(limit),
                     (unsigned long long)figure, (unsigned long long)value, limit_unit(limit));
    return false;
}

/* Processor time since the execution began, if the worker has used so much since its process started. */
static uint64_t cpu_used(const execution *run, uint64_t process_ns)
{
    return after(run->cpu_elsewhere_ns, process_ns - least(run->cpu_began, process_ns));
}

static void fence_cpu(execution *run, uint64_t limit)
{
    cordon_sandbox *sandbox = run->sandbox;
    uint64_t left = limit - least(run->cpu_elsewhere_ns, limit);
    uint64_t fence = (run->cpu_began + least(left, MOMENT_NEVER / 2)) / SECOND_NS + 2;
    if (sandbox->cpu_fence_seconds >= fence)
        return;
    process_limit_cpu(sandbox->env, &sandbox->worker->process, fence);
    sandbox->cpu_fence_seconds = fence;
}

void execution_watch_begin(execution *run)
{
    uint64_t used = run->figures.cpu_ns, cpu_limit = execution_limit(run, CORDON_LIMIT_CPU), wall_left = run->timeout_ns - least(run->figures.wall_ns, run->timeout_ns);
    run->began = now_ns(run->sandbox->env);
    run->deadline = run->timeout_ns == CORDON_LIMIT_NONE ? MOMENT_NEVER : after(run->began, wall_left);
    run->next_watch = run->began + WATCH_NS;
    if (cpu_limit == CORDON_LIMIT_NONE)
        return;
    run->next_watch = least(run->next_watch, after(run->began, cpu_limit - least(used, cpu_limit))); /* it cannot be reached before */
    fence_cpu(run, cpu_limit);
}

void execution_watch(execution *run, uint64_t now)
{
    uint64_t used, cpu_limit = execution_limit(run, CORDON_LIMIT_CPU), memory_limit = execution_limit(run, CORDON_LIMIT_MEMORY);
    const process *process = &run->sandbox->worker->process;
    if (now >= run->deadline) {
        execution_reach_limit(run, CORDON_LIMIT_WALL, after(run->figures.wall_ns, now - run->began), run->timeout_ns);
        return;
    }
    if (now < run->next_watch)
        return;
    run->next_watch = now + WATCH_NS;
    if (cpu_limit != CORDON_LIMIT_NONE && process_cpu_ns(run->sandbox->env, process, &used)) {
        used = cpu_used(run, used);
        if (used >= cpu_limit) {
            execution_reach_limit(run, CORDON_LIMIT_CPU, used, cpu_limit);
            return;
        }
        run->next_watch = least(run->next_watch, now + (cpu_limit - used));
    }
    if (memory_limit == CORDON_LIMIT_NONE)
        return;
    uint64_t resident = process_resident_bytes(run->sandbox->env, process), *peak = &run->result->public.figures.resident_bytes_peak;
    *peak = resident > *peak ? resident : *peak;
    if (resident > after(memory_limit, EXECUTION_RESIDENT_ALLOWANCE)) /* the worker's own word on its memory is not to be believed any more */
        execution_reach_limit(run, CORDON_LIMIT_MEMORY, resident, memory_limit);
}
