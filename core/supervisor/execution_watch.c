/* Hides how the limits that the host holds are looked at, and how reaching one ends an execution. */
#include "execution.h"
#include "limit_names.h"
#include "moment.h"

#define WATCH_NS (SECOND_NS / 20) /* processor time and memory are looked at so often */
#define RESIDENT_ALLOWANCE (128ull << 20) /* the image's own pages, and what the worker needs besides the guest's heap */

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

void execution_watch_begin(execution *run, uint64_t timeout_ns)
{
    cordon_sandbox *sandbox = run->sandbox;
    uint64_t cpu_limit = execution_limit(run, CORDON_LIMIT_CPU), wall_limit = execution_limit(run, CORDON_LIMIT_WALL);
    run->began = now_ns(sandbox->env);
    run->timeout_ns = timeout_ns != 0 ? least(timeout_ns, wall_limit) : wall_limit;
    run->deadline = run->timeout_ns == CORDON_LIMIT_NONE ? MOMENT_NEVER : after(run->began, run->timeout_ns);
    run->next_watch = run->began + WATCH_NS;
    (void)process_cpu_ns(sandbox->env, &sandbox->worker->process, &run->cpu_began);
    if (cpu_limit == CORDON_LIMIT_NONE)
        return;
    run->next_watch = least(run->next_watch, after(run->began, cpu_limit));
    uint64_t fence = (run->cpu_began + least(cpu_limit, MOMENT_NEVER / 2)) / SECOND_NS + 2;
    if (sandbox->cpu_fence_seconds < fence) {
        process_limit_cpu(sandbox->env, &sandbox->worker->process, fence);
        sandbox->cpu_fence_seconds = fence;
    }
}

void execution_watch(execution *run, uint64_t now)
{
    uint64_t used, cpu_limit = execution_limit(run, CORDON_LIMIT_CPU), memory_limit = execution_limit(run, CORDON_LIMIT_MEMORY);
    const process *process = &run->sandbox->worker->process;
    if (now >= run->deadline) {
        execution_reach_limit(run, CORDON_LIMIT_WALL, now - run->began, run->timeout_ns);
        return;
    }
    if (now < run->next_watch)
        return;
    run->next_watch = now + WATCH_NS;
    if (cpu_limit != CORDON_LIMIT_NONE && process_cpu_ns(run->sandbox->env, process, &used)) {
        used -= run->cpu_began;
        if (used >= cpu_limit) {
            execution_reach_limit(run, CORDON_LIMIT_CPU, used, cpu_limit);
            return;
        }
        run->next_watch = least(run->next_watch, now + (cpu_limit - used)); /* it cannot be reached before */
    }
    if (memory_limit == CORDON_LIMIT_NONE)
        return;
    uint64_t resident = process_resident_bytes(run->sandbox->env, process), *peak = &run->result->public.figures.resident_bytes_peak;
    *peak = resident > *peak ? resident : *peak;
    if (resident > after(memory_limit, RESIDENT_ALLOWANCE)) /* the worker's own word on its memory is not to be believed any more */
        execution_reach_limit(run, CORDON_LIMIT_MEMORY, resident, memory_limit);
}
