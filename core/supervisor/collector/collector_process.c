/* Hides how the collector knows which processes there are, who started whom, and when one has ended. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "collector_internal.h"
#include "host_env/fd.h"
#include "host_env/poll.h"
#include "host_env/process.h"

enum { READABLE = 1 /* POLLIN */ };

/* ---- Beginning
 * --------------------------------------------------------------------------------------------------------------------
 */

/* A ring has an owner. From now on it is known when that ends, however it does. */
static void put_in_order(collector *collector, uint32_t slot, uint64_t turn)
{
    uint32_t i = collector->order_count++;
    for (; i > 0 && collector->slots[collector->order[i - 1]]->turn > turn; i--)
        collector->order[i] = collector->order[i - 1];
    collector->order[i] = slot;
}

static void take_out_of_order(collector *collector, uint32_t slot)
{
    uint32_t i = 0;
    while (collector->order[i] != slot)
        i++;
    collector->order_count--;
    for (; i < collector->order_count; i++)
        collector->order[i] = collector->order[i + 1];
}

bool collector_meet(collector *collector, uint32_t slot, int64_t pid, uint64_t turn)
{
    tracked *tracked = calloc(1, sizeof *tracked);
    if (tracked == NULL) {
        collector_fail(collector, "there is no memory left");
        return false;
    }
    tracked->pid = pid;
    tracked->turn = turn;
    tracked->taken = atomic_load(&AUDIT_CHANNEL_RING(collector->memory.channel, slot)->drained);
    tracked->handle = -1;
    if (pid <= 0 || host_process_pidfd_open(collector->config.env, pid, 0, &tracked->handle, NULL) != HOST_OK)
        tracked->handle = -1;
    put_in_order(collector, slot, turn);
    collector->slots[slot] = tracked;
    return true;
}

static bool remember_process(collector *collector, int64_t pid)
{
    if (collector->process_count == collector->process_max) {
        size_t max = collector->process_max == 0 ? 64 : collector->process_max * 2;
        known_process *processes = realloc(collector->processes, max * sizeof *processes);
        if (processes == NULL)
            return false;
        collector->processes = processes;
        collector->process_max = max;
    }
    collector->processes[collector->process_count++] = (known_process){.pid = pid};
    return true;
}

/* The number of the process with this pid that was told last; 0: none. */
static uint64_t process_number(const collector *collector, int64_t pid)
{
    for (size_t i = collector->process_count; i > 0; i--)
        if (collector->processes[i - 1].pid == pid)
            return i;
    return 0;
}

/* The same process with another program: what the first one pushed comes first, and it pushes no more. */
static void supersede(collector *collector, uint32_t slot)
{
    for (uint32_t other = 0; other < collector->memory.slot_count; other++) {
        tracked *earlier = collector->slots[other];
        if (other == slot || earlier == NULL || earlier->pid != collector->slots[slot]->pid || earlier->is_ending ||
            earlier->turn > collector->slots[slot]->turn)
            continue;
        earlier->is_superseded = earlier->is_ending = true;
    }
}

bool collector_told(collector *collector, uint32_t slot, const audit_entry_process *entry, const char *const *arguments)
{
    tracked *tracked = collector->slots[slot];
    int64_t pid =
        tracked->pid; /* what it says itself counts only in another namespace, where nothing can be known about it */
    uint64_t parent = process_number(collector, pid);
    if (parent == 0 || collector->processes[parent - 1].has_ended)
        parent = process_number(collector, entry->parent);
    if (entry->pid != pid || !remember_process(collector, pid))
        return false;
    supersede(collector, slot);
    tracked->id = collector->process_count;
    if (pid == collector->expected_pid)
        collector->is_expected_known = true;
    audit_process process = {.id = tracked->id, .parent = parent, .pid = pid, .arguments = arguments};
    collector_write(collector, &(audit_line){.type = AUDIT_PROCESS, .as.process = &process});
    return true;
}

uint64_t collector_thread(tracked *tracked, uint64_t thread)
{
    if (tracked->thread_count > 0 && tracked->threads[tracked->thread_last] == thread)
        return tracked->thread_last + 1;
    for (uint32_t i = 0; i < tracked->thread_count; i++)
        if (tracked->threads[i] == thread)
            return (tracked->thread_last = i) + 1;
    if (tracked->thread_count % 64 == 0) {
        uint64_t *threads = realloc(tracked->threads, (tracked->thread_count + 64) * sizeof *threads);
        if (threads == NULL || tracked->thread_count >= THREADS_MAX) {
            tracked->threads = threads == NULL ? tracked->threads : threads;
            return tracked->thread_count;
        }
        tracked->threads = threads;
    }
    tracked->threads[tracked->thread_count] = thread;
    return (tracked->thread_last = tracked->thread_count++) + 1;
}

/* ---- Ending
 * -----------------------------------------------------------------------------------------------------------------------
 */

void collector_look_at_ends(collector *collector)
{
    for (uint32_t slot = 0; slot < collector->memory.slot_count; slot++) {
        tracked *tracked = collector->slots[slot];
        if (tracked == NULL || tracked->is_ending)
            continue;
        host_poll_item item = {.fd = tracked->handle, .events = READABLE};
        int ready = 0;
        if (tracked->handle < 0 ||
            (host_poll_wait(collector->config.env, &item, 1, 0, &ready, NULL) == HOST_OK && ready > 0))
            tracked->is_ending = true;
    }
}

static void write_exit(collector *collector, const tracked *tracked)
{
    audit_exit end = {.process = tracked->id, .code = tracked->has_code ? tracked->code : -1};
    int status = collector->expected_status;
    if (tracked->pid == collector->expected_pid && collector->is_expected_reaped) {
        int number = status & 0x7f;
        end.code = number == 0 ? status >> 8 & 0xff : -1;
        if (number != 0)
            end.signal = collector_signal_name(number);
    }
    collector_write(collector, &(audit_line){.type = AUDIT_EXIT, .as.exit = end});
}

/* Its last entry was taken. What it reserved and never wrote is lost; unless that was how it introduces itself, before which it makes no access: killed there, it has done nothing. */
void collector_release(collector *collector, uint32_t slot)
{
    tracked *tracked = collector->slots[slot];
    audit_ring *ring = AUDIT_CHANNEL_RING(collector->memory.channel, slot);
    uint64_t reserved = atomic_load(&ring->reserved);
    bool was_introduced = tracked->id != 0 || tracked->is_corrupt;
    if (reserved != tracked->taken && was_introduced)
        collector->lost++;
    if (tracked->id != 0 && !tracked->is_corrupt && !collector->has_failed)
        collector_tell_repeats(collector, slot);
    if (tracked->id != 0 && !tracked->is_superseded) {
        collector->processes[tracked->id - 1].has_ended = true;
        write_exit(collector, tracked);
    }
    atomic_store(&ring->drained, reserved);
    atomic_store(&ring->turn, 0);
    atomic_store(&ring->owner, 0);
    take_out_of_order(collector, slot);
    if (tracked->handle >= 0)
        (void)host_fd_close(collector->config.env, tracked->handle, NULL);
    for (uint32_t i = 0; i < tracked->text_count; i++)
        free(tracked->texts[i]);
    free(tracked->texts);
    free(tracked->sites);
    for (uint32_t i = 0; tracked->repeats != NULL && i < AUDIT_REPEATS; i++)
        free(tracked->repeats[i]);
    free(tracked->repeats);
    free(tracked->threads);
    free(tracked);
    collector->slots[slot] = NULL;
}

void collector_kill(collector *collector)
{
    for (uint32_t slot = 0; slot < collector->memory.slot_count; slot++)
        if (collector->slots[slot] != NULL && collector->slots[slot]->handle >= 0)
            (void)host_process_pidfd_send_signal(collector->config.env, collector->slots[slot]->handle, SIGKILL, NULL,
                                                 0, NULL);
}
