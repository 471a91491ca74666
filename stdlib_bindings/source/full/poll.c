/* Waiting for descriptors: libc's signatures on host_env/poll.h. */
#include "bindings/bind.h"
#include "host_env/poll.h"
#include "prototypes.h"

enum { NS_PER_MS = 1000000, NS_PER_US = 1000, NS_PER_SECOND = 1000000000 };

int cordon_bind_poll(struct pollfd *items, nfds_t count, int timeout_ms)
{
    int ready;
    /* host_poll_item is laid out as struct pollfd; host_env checks that. */
    return BIND(poll_wait, (host_poll_item *)items, count, timeout_ms < 0 ? -1 : (int64_t)timeout_ms * NS_PER_MS, &ready) == 0 ? ready : -1;
}

int cordon_bind_select(int count, fd_set *restrict read_set, fd_set *restrict write_set, fd_set *restrict except_set,
                       struct timeval *restrict timeout)
{
    int64_t timeout_ns = -1;
    if (timeout != NULL) {
        if (timeout->tv_sec < 0 || timeout->tv_usec < 0) {
            errno = EINVAL;
            return -1;
        }
        timeout_ns = timeout->tv_sec >= INT64_MAX / NS_PER_SECOND - 1 ? -1
                                                                       : (int64_t)timeout->tv_sec * NS_PER_SECOND + timeout->tv_usec * NS_PER_US;
    }
    int ready;
    return BIND(poll_select, count, read_set, write_set, except_set, timeout_ns, &ready) == 0 ? ready : -1;
}

int cordon_bind_epoll_create1(int flags)
{
    int fd;
    return BIND(poll_epoll_create, flags, &fd) == 0 ? fd : -1;
}

int cordon_bind_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event)
{
    if (event == NULL) return BIND(poll_epoll_control, epoll_fd, operation, fd, NULL);
    host_poll_epoll_event watched = { .events = event->events, .data = event->data.u64 };
    return BIND(poll_epoll_control, epoll_fd, operation, fd, &watched);
}

/* struct epoll_event is packed and host_env's is not, so events pass through a small array; a caller that can take more gets the rest on
 * its next wait, as epoll_wait(2) allows. */
enum { EVENTS_AT_ONCE = 256 };

int cordon_bind_epoll_wait(int epoll_fd, struct epoll_event *events, int count, int timeout_ms)
{
    host_poll_epoll_event happened[EVENTS_AT_ONCE];
    if (count <= 0) {
        errno = EINVAL;
        return -1;
    }
    size_t ready;
    if (BIND(poll_epoll_wait, epoll_fd, happened, count < EVENTS_AT_ONCE ? (size_t)count : EVENTS_AT_ONCE, timeout_ms, &ready) != 0) return -1;
    for (size_t i = 0; i < ready; i++) {
        events[i].events = happened[i].events;
        events[i].data.u64 = happened[i].data;
    }
    return (int)ready;
}
