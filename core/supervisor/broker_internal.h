/* The inside of the broker, shared by the broker_*.c files only. Functions answer 0 or a negative errno, unless they say otherwise. */
#ifndef CORDON_SUPERVISOR_BROKER_INTERNAL_H
#define CORDON_SUPERVISOR_BROKER_INTERNAL_H

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "broker.h"
#include "host_env/file_status.h"
#include "host_env/fs.h"

enum { BROKER_TARGET_MAX = 4096, BROKER_DEPTH_MAX = 1000 };

/* ---- A folder of the host ---- */

typedef struct broker_layer {
    host_env *env;     /* with this folder as its only root; owned by whoever made the layer */
    char path[PATH_MAX];
} broker_layer;

/* The absolute path of `path` in the layer. -ENAMETOOLONG. */
int broker_join(const broker_layer *layer, const char *path, char text_out[PATH_MAX]);
/* Why a call of host_env failed, as an errno for the guest. */
int broker_errno(const host_error *error);
int broker_layer_status(const broker_layer *layer, const char *path, host_file_status *status_out);
bool broker_is_type(const host_file_status *status, uint32_t type);
/* "a/b" -> "a"; "a" -> "". `parent_out` has CORDON_BROKER_PATH_MAX bytes. */
void broker_parent(const char *path, char *parent_out);
/* Is it "" or names joined by single slashes, none of them "." or "..", none longer than a name can be, no NUL, short enough? */
bool broker_path_is_canonical(const unsigned char *bytes, size_t size);

/* ---- Mounts (broker_mount.c) ---- */

/* Paths whose lower files are out of sight, with all that is below them. */
typedef struct broker_hidden {
    char **paths; /* sorted; owned */
    size_t count, capacity;
} broker_hidden;

/* What a file was called by inode below before it was copied up: numbers stay the guest's. */
typedef struct broker_twin {
    uint64_t upper, lower;
} broker_twin;

typedef struct broker_mount {
    broker_mount_mode mode;
    broker_layer lower;
    bool has_upper; /* made at the first change */
    broker_layer upper;
    broker_hidden hidden;
    broker_twin *twins; /* owned */
    size_t twin_count, twin_capacity;
} broker_mount;

typedef struct broker_handle {
    enum { BROKER_HANDLE_FREE, BROKER_HANDLE_FILE, BROKER_HANDLE_LIST } kind;
    uint16_t mount;
    bool may_read, may_write;
    bool is_orphan;   /* last name of a private file is gone: its bytes are given back at the last close */
    bool is_lower;    /* lies in an overlay's lower folder, and moves up when the file does */
    int fd;
    const broker_layer *layer; /* that fd belongs to */
    uint64_t device, inode;
    host_directory *directory; /* of a LIST: what is read now */
    bool in_lower;             /* the upper folder has been told */
    char *path;                /* of a LIST; owned */
} broker_handle;

struct broker {
    broker_config config;
    broker_mount *mounts;
    broker_handle *handles;
    uint32_t handle_limit, handles_open;
    broker_figures figures;
    host_env *clock;         /* no paths: clocks and random bytes */
    host_env *private_env;   /* root: the overlay folder; only if there is an overlay */
    char *overlay_folder;        /* owned */
    char private_path[PATH_MAX]; /* "" until made */
    char message[160];
};

/* Where a path of a mount is, and the status that the guest is told (inode numbers included). A link is told of itself. -ENOENT. */
int broker_status(broker *broker, broker_mount *mount, const char *path, host_file_status *status_out, const broker_layer **layer_out);
/* Makes an existing path changeable: -EROFS, or a copy above. */
int broker_prepare_change(broker *broker, broker_mount *mount, const char *path, const broker_layer **layer_out);
/* Makes the folder above an absent (or to be replaced) path changeable, and counts what will be made: -EROFS, -ENOSPC, -EEXIST unless
 * `may_exist`. */
int broker_prepare_creation(broker *broker, broker_mount *mount, const char *path, bool may_exist, const broker_layer **layer_out);
/* A name is gone from the layer that changes go to. */
int broker_removed(broker *broker, broker_mount *mount, const char *path);
/* 0 if the folder has no entry, -ENOTEMPTY. */
int broker_check_empty(broker *broker, broker_mount *mount, const char *path);
/* Starts telling a folder's entries through `handle` (made for it), and goes on: 1 and an entry whose name is borrowed until the next call, 0 at the
 * end. */
int broker_list_start(broker *broker, broker_mount *mount, const char *path, broker_handle *handle);
int broker_list_next(broker *broker, broker_handle *handle, host_directory_entry *entry_out);

/* ---- Overlays (broker_overlay.c) ---- */

int broker_upper_make(broker *broker, broker_mount *mount);
void broker_upper_remove(broker *broker);
/* Copies what `path` names, and the folders above it, to the upper folder unless they are there. */
int broker_copy_up(broker *broker, broker_mount *mount, const char *path);
/* As above with all that is below a folder. */
int broker_copy_up_tree(broker *broker, broker_mount *mount, const char *path);
bool broker_is_hidden(const broker_mount *mount, const char *path);
int broker_hide(broker *broker, broker_mount *mount, const char *path);
uint64_t broker_guest_inode(const broker_mount *mount, const broker_layer *layer, uint64_t inode);
void broker_forget_twin(broker_mount *mount, uint64_t upper);
void broker_mount_release(broker_mount *mount);
/* Counts bytes that a change of an upper file takes or gives back. */
bool broker_has_room(const broker *broker, uint64_t bytes);
void broker_count_change(broker *broker, uint64_t before, uint64_t after);

/* ---- Handles (broker_handles.c) ---- */

/* NULL: all are in use (-EMFILE). The slot's number is its handle. */
broker_handle *broker_handle_take(broker *broker);
int64_t broker_handle_number(const broker *broker, const broker_handle *handle);
broker_handle *broker_handle_find(broker *broker, int64_t number, int kind);
void broker_handle_close(broker *broker, broker_handle *handle);
/* The file behind these descriptors has been copied: open them again above. */
int broker_handles_move_up(broker *broker, broker_mount *mount, const char *path, const host_file_status *lower);
/* An upper file lost its last name: true if a handle still holds it. */
bool broker_handles_orphan(broker *broker, uint64_t device, uint64_t inode);

/* ---- Operations (broker_files.c, broker_open.c, broker_list.c, broker_clock.c) ---- */

typedef struct broker_request {
    broker *broker;
    broker_mount *mount;   /* of an "m" */
    char paths[2][CORDON_BROKER_PATH_MAX];
    size_t path_count;
    int64_t numbers[5];    /* of "i" and "h", in order */
    size_t number_count;
    const unsigned char *bytes; /* of a "b" */
    size_t bytes_size;
    cordon_broker_writer *reply; /* results go here when the answer is 0 */
} broker_request;

/* X(function) is the operation's name in lower case. */
typedef int (*broker_operation)(broker_request *request);
int broker_clock_read(broker_request *request);
int broker_random_bytes(broker_request *request);
int broker_fs_close(broker_request *request);
int broker_fs_link(broker_request *request);
int broker_fs_list(broker_request *request);
int broker_fs_list_open(broker_request *request);
int broker_fs_make_folder(broker_request *request);
int broker_fs_mode(broker_request *request);
int broker_fs_open(broker_request *request);
int broker_fs_open_mode(broker_request *request);
int broker_fs_open_status(broker_request *request);
int broker_fs_open_times(broker_request *request);
int broker_fs_read(broker_request *request);
int broker_fs_remove(broker_request *request);
int broker_fs_remove_folder(broker_request *request);
int broker_fs_rename(broker_request *request);
int broker_fs_reserve(broker_request *request);
int broker_fs_resize(broker_request *request);
int broker_fs_status(broker_request *request);
int broker_fs_symlink(broker_request *request);
int broker_fs_sync(broker_request *request);
int broker_fs_times(broker_request *request);
int broker_fs_truncate(broker_request *request);
int broker_fs_volume(broker_request *request);
int broker_fs_write(broker_request *request);

void broker_put_status(broker_request *request, const host_file_status *status);
/* Two pairs of how and nanoseconds, as the host takes them. -EINVAL. */
int broker_times(const int64_t numbers[4], host_file_time times_out[2]);

#endif
