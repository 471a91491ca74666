/* Shared by the adapters of the full variant only. */
#ifndef BINDINGS_BIND_INTERNAL_H
#define BINDINGS_BIND_INTERNAL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

#include "host_env/file_status.h"
#include "host_env/process.h"
#include "host_env/signal.h"
#include "host_env/time.h"

/* Fills the variables cordon_bind_stdin and its like. */
void bind_streams_start(void);
/* Makes cordon_bind_environ show the environment as it is now. */
void bind_environment_refresh(void);

/* Variables that are hidden from CPython and given to every program that it starts. Is `name`, of `length` bytes, one? */
bool bind_is_hidden(const char *name, size_t length);
/* How many entries an environment for a started program takes, its NULL included; 0: it can be given as it is. */
size_t bind_started_count(char *const *environment);
enum { BIND_STARTED_MAX = 32768 };
/* `environment` as the program shall get it, in `room` for as many entries as bind_started_count says. Neither allocates nor asks anybody: this may be a
 * child that borrows its parent's memory. */
char *const *bind_started(char *const *environment, char **room);
/* Runs what bind_set_child_function was given, in a child. */
void bind_became_child(void);

void bind_stat_fill(struct stat *stat_out, const host_file_status *status);

/* Where host_env shall write: to the caller's struct itself if both are laid out alike, else to `own`. */
static inline host_file_status *bind_stat_room(struct stat *stat_out, host_file_status *own)
{
    return HOST_FILE_STATUS_IS_THE_HOSTS ? (host_file_status *)stat_out : own;
}

/* After a success, what is written there is the caller's. */
static inline void bind_stat_take(struct stat *stat_out, const host_file_status *status)
{
    if (!HOST_FILE_STATUS_IS_THE_HOSTS) bind_stat_fill(stat_out, status);
}

void bind_statvfs_fill(struct statvfs *status_out, const host_file_system_status *status);
/* Fills `pair` and returns it; NULL for NULL. */
const host_file_time *bind_file_times(const struct timespec times[2], host_file_time pair[2]);
/* libc's struct for resources used. */
struct rusage bind_rusage(const host_process_usage *usage);

/* The kernel's 64 signals are the first word of libc's larger set. */
static inline host_signal_set bind_signal_set(const sigset_t *set)
{
    host_signal_set result;
    memcpy(&result, set, sizeof result);
    return result;
}

static inline void bind_sigset_fill(sigset_t *set_out, host_signal_set set)
{
    memset(set_out, 0, sizeof *set_out);
    memcpy(set_out, &set, sizeof set);
}

static inline host_time bind_time(const struct timespec *time)
{
    return (host_time){ .seconds = time->tv_sec, .nanoseconds = time->tv_nsec };
}

static inline struct timespec bind_timespec(const host_time *time)
{
    return (struct timespec){ .tv_sec = (time_t)time->seconds, .tv_nsec = (long)time->nanoseconds };
}

#endif
