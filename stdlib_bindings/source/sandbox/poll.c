/* Hides from CPython that readiness is a question to the sealed descriptors, and that waiting for it is a turn of the
 * scheduler. */
#include "clock_convert.h"
#include "result.h"

#include "sealed/descriptor.h"
#include "sealed/thread.h"

#include <poll.h>
#include <string.h>
#include <sys/select.h>

_Static_assert(POLLIN == SEALED_READY_READ && POLLOUT == SEALED_READY_WRITE && POLLERR == SEALED_READY_ERROR &&
                   POLLHUP == SEALED_READY_END && POLLNVAL == SEALED_READY_INVALID,
               "readiness has poll's numbers");

enum { NS_PER_MS = 1000000, READ_ALIASES = POLLIN | POLLRDNORM, WRITE_ALIASES = POLLOUT | POLLWRNORM };

/* --- poll --- */

struct poll_request {
    struct pollfd *entries;
    nfds_t count;
};

static short ready_of(const struct pollfd *entry)
{
    int asked = (entry->events & READ_ALIASES ? SEALED_READY_READ : 0) |
                (entry->events & WRITE_ALIASES ? SEALED_READY_WRITE : 0);
    int ready;

    if (entry->fd < 0)
        return 0;
    ready = sealed_descriptor_ready(entry->fd, asked);
    return (short)((ready & ~(POLLIN | POLLOUT)) | (ready & POLLIN ? entry->events & READ_ALIASES : 0) |
                   (ready & POLLOUT ? entry->events & WRITE_ALIASES : 0));
}

static bool any_polled_is_ready(void *context)
{
    const struct poll_request *request = context;

    for (nfds_t i = 0; i < request->count; i++)
        if (ready_of(&request->entries[i]) != 0)
            return true;
    return false;
}

static int count_ready(struct poll_request *request)
{
    int count = 0;

    for (nfds_t i = 0; i < request->count; i++) {
        request->entries[i].revents = ready_of(&request->entries[i]);
        count += request->entries[i].revents != 0;
    }
    return count;
}

static int poll_until(struct pollfd *entries, nfds_t count, uint64_t deadline_ns)
{
    struct poll_request request = {entries, count};
    int result = sealed_wait_until(any_polled_is_ready, &request, deadline_ns);

    if (result < 0 && result != -ETIMEDOUT)
        return (int)sandbox_result(result);
    return count_ready(&request);
}

int cordon_bind_poll(struct pollfd *entries, nfds_t count, int timeout_ms)
{
    return poll_until(entries, count,
                      timeout_ms < 0 ? SEALED_CLOCK_NEVER : deadline_in((uint64_t)timeout_ms * NS_PER_MS));
}

int cordon_bind_ppoll(struct pollfd *entries, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    uint64_t timeout_ns = 0;

    (void)mask; /* no signal arrives while waiting */
    if (timeout && !ns_of_timespec(timeout, &timeout_ns))
        return sandbox_refuse(EINVAL);
    return poll_until(entries, count, timeout ? deadline_in(timeout_ns) : SEALED_CLOCK_NEVER);
}

/* --- select: the same question with three sets --- */

struct select_request {
    int limit;
    const fd_set *wanted[3];
};

enum { SELECT_READ, SELECT_WRITE, SELECT_EXCEPT, SELECT_SETS };

static const int select_asks[SELECT_SETS] = {SEALED_READY_READ, SEALED_READY_WRITE, 0};
/* As Linux maps them: an end is readable, an error is both, and only urgent data, which nothing here has, is
 * exceptional. */
static const int select_counts[SELECT_SETS] = {SEALED_READY_READ | SEALED_READY_END | SEALED_READY_ERROR,
                                               SEALED_READY_WRITE | SEALED_READY_ERROR, 0};

static bool is_selected_ready(int set, int descriptor)
{
    return (sealed_descriptor_ready(descriptor, select_asks[set]) & select_counts[set]) != 0;
}

static bool any_selected_is_ready(void *context)
{
    const struct select_request *request = context;

    for (int set = 0; set < SELECT_SETS; set++)
        for (int descriptor = 0; request->wanted[set] && descriptor < request->limit; descriptor++)
            if (FD_ISSET(descriptor, request->wanted[set]) && is_selected_ready(set, descriptor))
                return true;
    return false;
}

static bool all_selected_are_open(const struct select_request *request)
{
    for (int set = 0; set < SELECT_SETS; set++)
        for (int descriptor = 0; request->wanted[set] && descriptor < request->limit; descriptor++)
            if (FD_ISSET(descriptor, request->wanted[set]) &&
                (sealed_descriptor_ready(descriptor, 0) & SEALED_READY_INVALID))
                return false;
    return true;
}

static int keep_ready(const struct select_request *request, fd_set *sets[SELECT_SETS])
{
    int count = 0;

    for (int set = 0; set < SELECT_SETS; set++) {
        for (int descriptor = 0; sets[set] && descriptor < request->limit; descriptor++) {
            if (!FD_ISSET(descriptor, sets[set]))
                continue;
            if (is_selected_ready(set, descriptor))
                count++;
            else
                FD_CLR(descriptor, sets[set]);
        }
    }
    return count;
}

static int select_until(int limit, fd_set *readable, fd_set *writable, fd_set *exceptional, uint64_t deadline_ns)
{
    fd_set *sets[SELECT_SETS] = {readable, writable, exceptional};
    struct select_request request = {limit, {readable, writable, exceptional}};
    int result;

    if (limit < 0 || limit > FD_SETSIZE)
        return sandbox_refuse(EINVAL);
    if (!all_selected_are_open(&request))
        return sandbox_refuse(EBADF);
    result = sealed_wait_until(any_selected_is_ready, &request, deadline_ns);
    if (result < 0 && result != -ETIMEDOUT)
        return (int)sandbox_result(result);
    return keep_ready(&request, sets);
}

int cordon_bind_select(int limit, fd_set *readable, fd_set *writable, fd_set *exceptional, struct timeval *timeout)
{
    struct timespec wait = {0};
    uint64_t wait_ns;

    if (!timeout)
        return select_until(limit, readable, writable, exceptional, SEALED_CLOCK_NEVER);
    wait.tv_sec = timeout->tv_sec;
    wait.tv_nsec = timeout->tv_usec * NS_PER_US;
    if (timeout->tv_sec < 0 || !ns_of_timespec(&wait, &wait_ns))
        return sandbox_refuse(EINVAL);
    return select_until(limit, readable, writable, exceptional, deadline_in(wait_ns));
}
