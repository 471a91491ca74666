/* Answers what a sandbox asks of the host: files of granted folders, clocks, random bytes. Hides from the engine how a grant is held.
 *
 * The worker is an attacker. A request is counted before it is believed; a path leads nowhere but beneath its mount's folder (openat2, one root a
 * mount); a handle is one that was given out; nothing waits for another program (a fifo is never opened). What breaks the form of a message is
 * BROKER_VIOLATION, and the worker is to be killed; what merely cannot be done is an errno in the reply.
 *
 * A broker serves one sandbox. One thread at a time may use it. Texts are borrowed for the call unless it says otherwise. */
#ifndef CORDON_SUPERVISOR_BROKER_H
#define CORDON_SUPERVISOR_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cordon/broker_message.h"
#include "host_env/host_env.h"

enum { BROKER_MOUNTS_MAX = 64 };

typedef enum broker_mount_mode {
    BROKER_MOUNT_READ_ONLY = 0,
    BROKER_MOUNT_READ_WRITE,
    BROKER_MOUNT_OVERLAY /* changes go to a private folder of the broker; the host's folder is only read */
} broker_mount_mode;

/* A mount's number in frames is its index. */
typedef struct broker_mount_config {
    const char *host_path; /* absolute path of a folder; opened once: a later rename does not move the grant */
    broker_mount_mode mode;
} broker_mount_config;

typedef struct broker_config {
    const broker_mount_config *mounts;
    size_t mount_count;
    /* Asked before each access to a mounted folder, a clock or random bytes, told after each access; see host_env/access.h. NULL `decide`: what stands
     * here is the whole grant. A policy is asked through policy/broker_policy.h. Contexts are borrowed for the life of the broker. */
    host_decide_function decide;
    void *decide_context;
    host_record_function record;
    void *record_context;
    const char *overlay_folder; /* absolute; where the private folder is made; NULL: /tmp */
    bool may_read_clock;        /* the worker's clock mode is "real" */
    bool may_have_random;       /* its random bytes are the host's */
    /* 0 means the default. */
    uint64_t bytes_max;         /* of requests and replies together: 1 GiB; beyond: BROKER_LIMIT */
    uint64_t file_offset_max;   /* highest offset in a file: 1 TiB; beyond: EFBIG */
    uint64_t overlay_bytes_max; /* held by private folders: 64 MiB; beyond: ENOSPC */
    uint64_t made_max;          /* files, folders, links made and not removed again: 20,000; beyond: ENOSPC */
    uint32_t handles_max;       /* open at once: 1,024; beyond: EMFILE */
} broker_config;

typedef struct broker broker;

typedef enum broker_verdict {
    BROKER_ANSWERED = 0,
    BROKER_VIOLATION, /* the request breaks the protocol; broker_message() says how */
    BROKER_LIMIT      /* bytes_max is used up */
} broker_verdict;

typedef struct broker_figures {
    uint64_t requests, bytes;
    uint64_t overlay_bytes; /* held now */
    uint64_t made;
    uint32_t handles;       /* open now */
} broker_figures;

/* On HOST_OK the caller owns *broker_out. INVALID_ARGUMENT: a path that is not absolute, too many mounts. Else why a folder could not be opened or made. */
host_status broker_create(const broker_config *config, broker **broker_out, host_error *error);
/* Closes all handles and removes private folders. Accepts NULL. */
void broker_destroy(broker *broker);

/* Answers one BROKER payload. `reply` has CORDON_BROKER_MESSAGE_MAX bytes; *reply_size_out is 0 unless ANSWERED. May block as long as a read or
 * write of a regular file does. */
broker_verdict broker_answer(broker *broker, const void *request, size_t request_size, void *reply, size_t *reply_size_out);
/* From now on `bytes` more may be moved: instead of config.bytes_max. */
void broker_allow_bytes(broker *broker, uint64_t bytes);
size_t broker_mount_count(const broker *broker);

/* What of a sandbox lies here and in no memory of its own, so that it could not go on with another broker. */
typedef enum broker_holding { BROKER_HOLDS_NOTHING = 0, BROKER_HOLDS_OPEN_FILE, BROKER_HOLDS_CHANGES /* of an overlay */ } broker_holding;
/* The first that is found; *mount_out is where. */
broker_holding broker_holds(const broker *broker, size_t *mount_out);
/* What was wrong with the last request; "" if nothing. Valid until the next. */
const char *broker_message(const broker *broker);
void broker_figures_get(const broker *broker, broker_figures *figures_out);

/* ---- What an overlay changed ---- */

typedef enum broker_change_kind { BROKER_ADDED, BROKER_CHANGED, BROKER_REMOVED } broker_change_kind;

typedef struct broker_change {
    broker_change_kind kind;
    uint32_t mode;    /* of what is there now, else of what was: type bits and permissions */
    int64_t size;     /* bytes now; 0 when removed */
    const char *path; /* below the mount; borrowed for the callback */
} broker_change;

/* Tells each change of overlay mount `mount`, folders before what is in them; a removed folder is told without its content. A file that was
 * opened for writing and has the bytes, permissions and times that it had is no change. Stops when `tell` answers false. Any time before
 * broker_destroy, also after the worker has died. */
host_status broker_changes(broker *broker, size_t mount, bool (*tell)(void *context, const broker_change *change), void *context,
                           host_error *error);
/* Reads from a file of an overlay mount as the sandbox would see it. `path` as in broker_change. Links are not followed. */
host_status broker_read_file(broker *broker, size_t mount, const char *path, int64_t offset, void *buffer, size_t size, size_t *count_out,
                             host_error *error);
/* The target of a link of an overlay mount, cut at `size` with a NUL. */
host_status broker_read_link(broker *broker, size_t mount, const char *path, char *target_out, size_t size, host_error *error);

#endif
