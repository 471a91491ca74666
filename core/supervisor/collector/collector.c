/* Hides how rings become a record: whose turn it is, when to seal, when to sleep, and what happens when the record
 * cannot be written. */
#include "collector.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector_internal.h"
#include "host_env/fd.h"
#include "host_env/poll.h"
#include "host_env/time.h"

enum {
    SEAL_NS = 500 * 1000 * 1000, /* at least every second, whatever else there is to do */
    LOOK_NS = 2 * 1000 * 1000,
    PATHS_BYTES = 256 * 1024, /* where paths lead */
    TURNS_AWAKE = 200,        /* so many turns without anything before the sleep gets longer */
    SHORT_SLEEP_NS = 500 * 1000,
    LONG_SLEEP_NS = 4 * 1000 * 1000,
    WRITABLE = 4 /* POLLOUT */
};

uint64_t collector_now_ns(host_env *env)
{
    host_time now = {0};
    (void)host_time_clock(env, CLOCK_MONOTONIC, &now,
                          NULL); /* it cannot fail: the number is one that every Linux has */
    return (uint64_t)now.seconds * 1000000000u + (uint64_t)now.nanoseconds;
}

/* ---- Telling
 * ----------------------------------------------------------------------------------------------------------------------
 */

static void notice(collector *collector, const char *format, va_list arguments)
{
    char text[512];
    vsnprintf(text, sizeof text, format, arguments);
    if (collector->config.notice != NULL)
        collector->config.notice(collector->config.notice_context, text);
}

void collector_notice(collector *collector, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    notice(collector, format, arguments);
    va_end(arguments);
}

void collector_fail(collector *collector, const char *format, ...)
{
    char what[400];
    va_list arguments;
    if (collector->has_failed)
        return;
    collector->has_failed = true;
    atomic_store(&collector->memory.channel->state, AUDIT_CHANNEL_FAILED);
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    collector_notice(collector, "the record is incomplete, so the program is ended: %s", what);
}

void collector_write(collector *collector, const audit_line *line)
{
    if (!collector->has_failed && !audit_writer_line(collector->writer, line))
        collector_fail(collector, "%s cannot be written", collector->config.record_name);
}

/* For the writer. A pipe that somebody made non-blocking is waited for. */
static bool write_bytes(void *context, const char *bytes, size_t size)
{
    collector *collector = context;
    host_env *env = collector->config.env;
    host_error error;
    for (size_t done = 0; done < size;) {
        size_t count = 0;
        host_status status = host_fd_write(env, collector->config.record_fd, bytes + done, size - done, &count, &error);
        done += status == HOST_OK ? count : 0;
        if (status == HOST_WOULD_BLOCK) {
            host_poll_item item = {.fd = collector->config.record_fd, .events = WRITABLE};
            int ready;
            (void)host_poll_wait(env, &item, 1, -1, &ready, NULL);
        } else if (status != HOST_OK && status != HOST_INTERRUPTED) {
            collector_fail(collector, "%s: %s", collector->config.record_name, error.message);
            return false;
        }
    }
    return true;
}

/* ---- First and last lines
 * --------------------------------------------------------------------------------------------------------- */

static void format_moment(host_env *env, char out[40])
{
    host_time now = {0};
    host_time_calendar date = {0};
    (void)host_time_clock(env, CLOCK_REALTIME, &now, NULL);
    (void)host_time_calendar_utc(env, now.seconds, &date, NULL);
    snprintf(out, 40, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", (date.year + 1900) % 10000, (date.month + 1) % 100,
             date.day % 100, date.hour % 100, date.minute % 100, date.second % 100,
             (int)(now.nanoseconds / 1000 % 1000000));
}

void collector_begin(collector *collector, const char *python)
{
    char moment[40];
    audit_line line = {.type = AUDIT_START, .as.start = collector->config.start};
    if (collector->has_started)
        return;
    collector->has_started = true;
    format_moment(collector->config.env, moment);
    line.as.start.time = moment;
    line.as.start.python = python;
    collector_write(collector, &line);
}

void collector_finish(collector *collector, const char *outcome, int64_t code, collector_result *result_out)
{
    collector_begin(collector, "");
    if (!collector->is_expected_known && collector->expected_pid != 0)
        collector->lost++; /* the program itself never said who it was: nothing is known about what it did */
    audit_end end = {collector->accesses,
                     collector->events,
                     collector->modules,
                     collector->lost,
                     collector->lost == 0 ? outcome : "incomplete",
                     code};
    collector_write(collector, &(audit_line){.type = AUDIT_END, .as.end = end});
    if (!collector->has_failed && !audit_writer_seal(collector->writer))
        collector_fail(collector, "%s cannot be written", collector->config.record_name);
    *result_out = (collector_result){collector->accesses, collector->events, collector->modules, collector->lost,
                                     !collector->has_failed && collector->lost == 0};
}

/* ---- Turns
 * ------------------------------------------------------------------------------------------------------------------------
 */

/* Rings that have got an owner since the last turn. */
static bool meet_new(collector *collector)
{
    bool has_met = false;
    uint32_t used = atomic_load(&collector->memory.channel->slots_used);
    used = used < collector->memory.slot_count ? used : collector->memory.slot_count;
    for (uint32_t slot = 0; slot < used && !collector->has_failed; slot++) {
        audit_ring *ring = AUDIT_CHANNEL_RING(collector->memory.channel, slot);
        uint64_t turn = atomic_load_explicit(&ring->turn, memory_order_acquire);
        int64_t owner = atomic_load_explicit(&ring->owner, memory_order_acquire);
        if (collector->slots[slot] == NULL && owner != 0 && turn != 0)
            has_met |= collector_meet(collector, slot, owner, turn);
    }
    return has_met;
}

/* Again until there is none: who claimed before another one must not be met after it. */
static void meet_all(collector *collector)
{
    while (meet_new(collector)) {
    }
}

/* The program's own end is told with its exit code, so the ring is kept until that is known. */
static bool may_release(const collector *collector, const tracked *tracked)
{
    return tracked->is_ending &&
           (tracked->pid != collector->expected_pid || tracked->is_superseded || collector->is_expected_reaped);
}

static unsigned int take_all(collector *collector)
{
    unsigned int count = 0;
    for (uint32_t i = 0; i < collector->order_count;) {
        uint32_t slot = collector->order[i];
        bool may_end = may_release(
            collector, collector->slots[slot]); /* asked before: what it pushed before it ended is then there */
        unsigned int taken = collector_take(collector, slot);
        if (taken == 0 && may_end)
            collector_release(collector, slot); /* the next one is then at this place */
        else
            i++;
        count += taken;
    }
    return count;
}

bool collector_turn(collector *collector)
{
    collector->now_ns = collector_now_ns(collector->config.env);
    meet_all(collector);
    unsigned int count = take_all(collector);
    if (count == 0 || collector->now_ns - collector->looked_ns > LOOK_NS) {
        collector_look_at_ends(collector);
        collector->looked_ns = collector->now_ns;
    }
    if (collector->now_ns - collector->sealed_ns > SEAL_NS && !collector->has_failed) {
        collector->sealed_ns = collector->now_ns;
        if (!audit_writer_seal(collector->writer))
            collector_fail(collector, "%s cannot be written", collector->config.record_name);
    }
    collector->idle_turns = count > 0 ? 0 : collector->idle_turns + 1;
    return count > 0;
}

void collector_rest(collector *collector)
{
    host_time_sleep_for(
        collector->config.env,
        &(host_time){.nanoseconds = collector->idle_turns < TURNS_AWAKE ? SHORT_SLEEP_NS : LONG_SLEEP_NS}, NULL, NULL);
}

/* ---- Life
 * -------------------------------------------------------------------------------------------------------------------------
 */

static bool make_parts(collector *collector)
{
    size_t entry_bytes = collector->memory.ring_bytes / AUDIT_ENTRY_PARTS;
    collector->scratch_size = 12 * entry_bytes + PATHS_BYTES; /* a list of empty texts has a pointer for each byte */
    collector->scratch = malloc(collector->scratch_size);
    collector->entry = malloc(entry_bytes);
    collector->slots = calloc(collector->memory.slot_count, sizeof *collector->slots);
    collector->order = calloc(collector->memory.slot_count, sizeof *collector->order);
    collector->paths = collector_paths_create(collector->config.env);
    collector->sites = collector_sites_create();
    collector->distributions = collector_distributions_create(collector->config.env);
    collector->writer = audit_writer_create(write_bytes, collector);
    return collector->scratch && collector->entry && collector->slots && collector->order && collector->paths && collector->sites && collector->distributions &&
           collector->writer;
}

bool collector_create(const collector_config *config, collector **collector_out, char problem_out[256])
{
    host_error error;
    collector *collector = *collector_out = calloc(1, sizeof *collector);
    snprintf(problem_out, 256, "there is no memory left");
    if (collector == NULL)
        return false;
    collector->config = *config;
    uint32_t slots = config->slot_count > 0 ? config->slot_count : SLOTS_DEFAULT;
    uint64_t ring_bytes = config->ring_bytes > 0 ? config->ring_bytes : RING_BYTES_DEFAULT;
    collector->sealed_ns = collector->now_ns = collector_now_ns(config->env);
    if (collector_memory_create(config->env, slots, ring_bytes, collector->now_ns, &collector->memory, &error) !=
        HOST_OK)
        snprintf(problem_out, 256, "%.255s", error.message);
    else if (make_parts(collector))
        return true;
    collector_destroy(collector);
    *collector_out = NULL;
    return false;
}

const char *collector_channel(const collector *collector)
{
    return collector->memory.path;
}

void collector_expect(collector *collector, int64_t pid)
{
    collector->expected_pid = pid;
}

void collector_reaped(collector *collector, int64_t pid, int wait_status)
{
    if (pid != collector->expected_pid)
        return;
    collector->is_expected_reaped = true;
    collector->expected_status = wait_status;
}

bool collector_is_followed(const collector *collector, int64_t *pid_out)
{
    for (uint32_t slot = 0; slot < collector->memory.slot_count; slot++)
        if (collector->slots[slot] != NULL) {
            *pid_out = collector->slots[slot]->pid;
            return true;
        }
    return false;
}

bool collector_has_failed(const collector *collector)
{
    return collector->has_failed;
}

void collector_destroy(collector *collector)
{
    if (collector == NULL)
        return;
    for (uint32_t slot = 0; collector->slots != NULL && slot < collector->memory.slot_count; slot++)
        if (collector->slots[slot] != NULL) {
            collector->has_failed = true; /* whoever is still there is not told of any more */
            collector_release(collector, slot);
        }
    audit_writer_destroy(collector->writer);
    collector_sites_destroy(collector->sites);
    collector_distributions_destroy(collector->distributions);
    collector_paths_destroy(collector->paths);
    collector_memory_release(collector->config.env, &collector->memory);
    free(collector->processes);
    free(collector->slots);
    free(collector->order);
    free(collector->entry);
    free(collector->scratch);
    free(collector);
}
