/* The inside of the descriptors, shared by the descriptor_*.c files only: open files, and what each kind of them can
 * do. */
#ifndef SEALED_DESCRIPTOR_INTERNAL_H
#define SEALED_DESCRIPTOR_INTERNAL_H

#include "fs_internal.h"
#include "pipe_internal.h"
#include "sealed/descriptor.h"

struct open_file;
struct mount_list;

/* What one kind of open file can do. NULL: it can't, and the error beside the name is answered. */
struct open_file_kind {
    int64_t (*read)(struct open_file *file, void *buffer, size_t size_bytes);                         /* EINVAL */
    int64_t (*write)(struct open_file *file, const void *data, size_t size_bytes);                    /* EINVAL */
    int64_t (*read_at)(struct open_file *file, void *buffer, size_t size_bytes, int64_t offset);      /* ESPIPE */
    int64_t (*write_at)(struct open_file *file, const void *data, size_t size_bytes, int64_t offset); /* ESPIPE */
    int64_t (*seek)(struct open_file *file, int64_t offset, int whence);                              /* ESPIPE */
    int (*ready)(struct open_file *file);         /* always READ | WRITE */
    int64_t (*available)(struct open_file *file); /* ENOTTY */
    void (*close)(struct open_file *file);        /* nothing to do */
    /* NULL: the inode is asked and changed. */
    int (*refresh)(struct open_file *file); /* before the inode's status counts */
    int (*resize)(struct open_file *file, int64_t size_bytes);
    int (*reserve)(struct open_file *file, int64_t offset, int64_t size_bytes, bool keep_size);
    int (*change_mode)(struct open_file *file, uint32_t mode);
    int (*change_times)(struct open_file *file, struct sealed_time accessed, struct sealed_time modified);
    int (*synchronise)(struct open_file *file); /* nothing to do, if it can be done at all */
    bool can_synchronise;
};

/* An open file description: what several descriptors share after a dup. */
struct open_file {
    const struct open_file_kind *kind;
    struct fs_inode *inode; /* held */
    uint32_t flags;         /* SEALED_OPEN_* */
    uint32_t holds;
    int64_t offset;
    uint64_t position;         /* in a directory */
    struct sealed_pipe *input; /* read from; borrowed from the inode (fifo) or held (pipe, pair) */
    struct sealed_pipe *output;
    uint64_t counter;  /* of an event */
    bool is_semaphore; /* an event whose reads take one at a time */
    int stream;        /* 0, 1, 2 */
    int64_t handle;    /* of a file in a mount: the host's number for it */
    struct mount_list *list; /* of a directory in a mount: fetched entries, or NULL */
};

extern const struct open_file_kind open_file_kind_file;
extern const struct open_file_kind open_file_kind_directory;
extern const struct open_file_kind open_file_kind_device;
extern const struct open_file_kind open_file_kind_path; /* O_PATH: names a file, can do nothing with it */
extern const struct open_file_kind open_file_kind_stream;
extern const struct open_file_kind open_file_kind_pipe;
extern const struct open_file_kind open_file_kind_fifo;
extern const struct open_file_kind open_file_kind_event;

/* ---- the table (descriptor_table.c) ---- */

/* Borrowed; NULL: not open. Somebody who waits meanwhile must hold it: another thread may close the number. */
struct open_file *descriptor_file(int descriptor);
/* The lowest free number from `lowest`, taking over one hold of `file`; -EMFILE (the hold is then still the caller's).
 */
int descriptor_install(struct open_file *file, int lowest, bool close_on_exec);
/* One hold. `inode` is held for it. NULL: no memory. */
struct open_file *open_file_create(const struct open_file_kind *kind, struct fs_inode *inode, uint32_t flags);
void open_file_release(struct open_file *file);

static inline bool open_file_may_read(const struct open_file *file)
{
    return (file->flags & SEALED_OPEN_ACCESS_MASK) != SEALED_OPEN_WRITE && !(file->flags & SEALED_OPEN_PATH);
}

static inline bool open_file_may_write(const struct open_file *file)
{
    return (file->flags & SEALED_OPEN_ACCESS_MASK) != SEALED_OPEN_READ && !(file->flags & SEALED_OPEN_PATH);
}

/* Waits for the fifo's other side as open(2) does; sets input, output. */
int fifo_open(struct open_file *file);

#endif
