/* Hides from everyone how Linux waits for descriptors: select, poll and epoll. */
#include "host_env/poll.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "host_call.h"

static_assert(sizeof(host_poll_item) == sizeof(struct pollfd), "host_poll_item is struct pollfd");
static_assert(offsetof(host_poll_item, events) == offsetof(struct pollfd, events), "host_poll_item is struct pollfd");
static_assert(offsetof(host_poll_item, returned_events) == offsetof(struct pollfd, revents), "host_poll_item is struct pollfd");
static_assert(sizeof(host_poll_epoll_event) >= sizeof(struct epoll_event), "the kernel's events fit into the room for ours");

/* NULL (for ever) for a negative timeout. */
static const struct timespec *timeout_of(int64_t timeout_ns, struct timespec *storage)
{
    if (timeout_ns < 0) return NULL;
    *storage = (struct timespec){ .tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000 };
    return storage;
}

host_status host_poll_select(host_env *env, int fd_count, void *read_set, void *write_set, void *except_set, int64_t timeout_ns, int *ready_out,
                             host_error *error)
{
    HOST_CALL(call, env, POLL_SELECT, error);
    struct timespec storage;
    host_call_number(&call, "count", fd_count);
    host_call_number(&call, "timeout_ns", timeout_ns);
    if (ready_out == NULL) return host_call_invalid(&call, "ready_out is NULL");
    *ready_out = 0;
    if (!host_call_permitted(&call)) return call.access.status;
    int ready = env->operations.pselect(fd_count, read_set, write_set, except_set, timeout_of(timeout_ns, &storage), NULL);
    int code = ready < 0 ? errno : 0;
    *ready_out = ready < 0 ? 0 : ready;
    return host_call_finish(&call, code, ready);
}

host_status host_poll_wait(host_env *env, host_poll_item *items, size_t count, int64_t timeout_ns, int *ready_out, host_error *error)
{
    HOST_CALL(call, env, POLL_WAIT, error);
    struct timespec storage;
    host_call_number(&call, "count", (int64_t)count);
    host_call_number(&call, "timeout_ns", timeout_ns);
    if (ready_out == NULL || (items == NULL && count > 0)) return host_call_invalid(&call, "items or ready_out is NULL");
    *ready_out = 0;
    if (!host_call_permitted(&call)) return call.access.status;
    int ready = env->operations.ppoll((struct pollfd *)items, count, timeout_of(timeout_ns, &storage), NULL);
    int code = ready < 0 ? errno : 0;
    *ready_out = ready < 0 ? 0 : ready;
    return host_call_finish(&call, code, ready);
}

host_status host_poll_epoll_create(host_env *env, int flags, int *fd_out, host_error *error)
{
    HOST_CALL(call, env, POLL_EPOLL_CREATE, error);
    host_call_number(&call, "flags", flags);
    if (fd_out == NULL) return host_call_invalid(&call, "fd_out is NULL");
    *fd_out = -1;
    if (!host_call_permitted(&call)) return call.access.status;
    int fd = env->operations.epoll_create1(flags);
    int code = fd < 0 ? errno : 0;
    *fd_out = fd;
    return host_call_finish(&call, code, fd);
}

host_status host_poll_epoll_control(host_env *env, int epoll_fd, int operation, int target_fd, const host_poll_epoll_event *event,
                                    host_error *error)
{
    HOST_CALL(call, env, POLL_EPOLL_CONTROL, error);
    host_call_fd(&call, "fd", epoll_fd);
    host_call_number(&call, "operation", operation);
    host_call_fd(&call, "target", target_fd);
    if (event == NULL && operation != EPOLL_CTL_DEL) return host_call_invalid(&call, "event is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    struct epoll_event host_event = { 0 };
    if (event != NULL) {
        host_event.events = event->events;
        host_event.data.u64 = event->data;
    }
    int code = env->operations.epoll_ctl(epoll_fd, operation, target_fd, &host_event) < 0 ? errno : 0;
    return host_call_finish(&call, code, 0);
}

/* The kernel's events are packed, hence shorter than ours: spread them over the same room, from the last to the first. */
static void spread_events(host_poll_epoll_event *events, size_t count)
{
    for (size_t i = count; i-- > 0;) {
        struct epoll_event host_event;
        memcpy(&host_event, (const char *)events + i * sizeof host_event, sizeof host_event);
        events[i] = (host_poll_epoll_event){ .events = host_event.events, .data = host_event.data.u64 };
    }
}

host_status host_poll_epoll_wait(host_env *env, int epoll_fd, host_poll_epoll_event *events_out, size_t event_count, int timeout_ms,
                                 size_t *ready_out, host_error *error)
{
    HOST_CALL(call, env, POLL_EPOLL_WAIT, error);
    host_call_fd(&call, "fd", epoll_fd);
    host_call_number(&call, "count", (int64_t)event_count);
    host_call_number(&call, "timeout_ms", timeout_ms);
    if (ready_out == NULL || events_out == NULL) return host_call_invalid(&call, "an output is NULL");
    *ready_out = 0;
    if (event_count == 0 || event_count > INT_MAX) return host_call_invalid(&call, "event_count is not positive, or too large");
    if (!host_call_permitted(&call)) return call.access.status;
    int ready = env->operations.epoll_wait(epoll_fd, (struct epoll_event *)(void *)events_out, (int)event_count, timeout_ms);
    int code = ready < 0 ? errno : 0;
    if (ready > 0) {
        spread_events(events_out, (size_t)ready);
        *ready_out = (size_t)ready;
    }
    return host_call_finish(&call, code, ready);
}
