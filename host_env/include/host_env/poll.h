/* Waiting for descriptors. Event bits are the host's own (POLL*, EPOLL*). Every function may be called from any thread; none holds a
 * lock while it waits. INTERRUPTED means that a signal handler ran; the wait is not resumed here. */
#ifndef HOST_ENV_POLL_H
#define HOST_ENV_POLL_H

#include <stddef.h>
#include <stdint.h>

#include "host_env/host_env.h"

/* Waits until a descriptor of the sets is ready. The sets are the host's bit sets (fd_set), may be NULL, are changed in place and hold at
 * least `fd_count` bits. timeout_ns < 0 waits for ever. *ready_out: how many bits are set. Fails with BAD_DESCRIPTOR, INTERRUPTED. */
host_status host_poll_select(host_env *env, int fd_count, void *read_set, void *write_set, void *except_set, int64_t timeout_ns, int *ready_out,
                             host_error *error);

/* Laid out as struct pollfd, which the implementation checks. */
typedef struct host_poll_item {
    int fd;
    short events;
    short returned_events;
} host_poll_item;

/* timeout_ns < 0 waits for ever. *ready_out: how many items have returned_events, 0 when time ran out. */
host_status host_poll_wait(host_env *env, host_poll_item *items, size_t count, int64_t timeout_ns, int *ready_out, host_error *error);

typedef struct host_poll_epoll_event {
    uint32_t events;
    uint64_t data; /* given back as it was */
} host_poll_epoll_event;

/* `flags`: EPOLL_CLOEXEC. The caller owns *fd_out. */
host_status host_poll_epoll_create(host_env *env, int flags, int *fd_out, host_error *error);
/* `operation`: EPOLL_CTL_*. `event` may be NULL for removal. */
host_status host_poll_epoll_control(host_env *env, int epoll_fd, int operation, int target_fd, const host_poll_epoll_event *event,
                                    host_error *error);
/* timeout_ms < 0 waits for ever. `event_count` is at least 1. */
host_status host_poll_epoll_wait(host_env *env, int epoll_fd, host_poll_epoll_event *events_out, size_t event_count, int timeout_ms,
                                 size_t *ready_out, host_error *error);

#endif
