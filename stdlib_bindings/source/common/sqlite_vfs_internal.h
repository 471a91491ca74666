/* What the files of Cordon's SQLite VFS share; hidden from everybody else.
 *
 * One mutex of SQLite's own guards all nodes, their locks and their shared memory. A connection's own fields need none: SQLite never enters
 * one connection from two threads at once. */
#ifndef BIND_SQLITE_VFS_INTERNAL_H
#define BIND_SQLITE_VFS_INTERNAL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <sys/types.h>

/* A descriptor that its connection no longer needs but that must stay open, because closing it would drop the process's locks on the file. */
struct vfs_parked {
    int descriptor;
    int open_flags;
    struct vfs_parked *next;
};

/* One file of this process, however many connections have it open. POSIX locks belong to process and file, so they are counted here. */
struct vfs_node {
    dev_t device;
    ino_t inode;
    unsigned references;
    int level;             /* SQLITE_LOCK_*: the strongest lock that any connection of this process holds */
    unsigned shared_count; /* connections that hold SHARED or more */
    unsigned lock_count;   /* connections that hold any lock: while there is one, descriptors are parked, not closed */
    struct vfs_parked *parked;
    struct vfs_shm *shm; /* NULL until the first connection uses a write-ahead log */
    struct vfs_node *next;
};

struct vfs_shm_connection; /* one connection's locks in shared memory */

struct vfs_file {
    sqlite3_file base; /* first, as SQLite wants it */
    int descriptor;
    int open_flags;
    int level; /* SQLITE_LOCK_*: this connection's lock */
    int last_errno;
    int chunk_size_bytes; /* grow the file in steps of this size; 0: as needed */
    bool is_read_only;
    bool must_synchronise_directory; /* a new journal's name must reach the disk too, once */
    bool keeps_wal;
    bool power_safe_overwrite;
    const char *path;        /* SQLite's, valid until close; NULL for temporary files */
    struct vfs_node *node;   /* NULL for files that nobody locks (journals, temporary files) */
    struct vfs_parked *spare; /* room to park the descriptor, allocated at open so that close cannot fail */
    struct vfs_shm_connection *shm;
};

enum { VFS_PATH_MAX = 4096, VFS_SYMLINK_MAX = 200 };

/* sqlite_vfs.c */
void vfs_lock_nodes(void);
void vfs_unlock_nodes(void);
/* SQLITE_BUSY, SQLITE_PERM or `otherwise`, for an errno that a lock call gave. */
int vfs_error_of_lock(int error_number, int otherwise);
/* open() that survives signals, never answers 0, 1 or 2 and is closed on exec; negative with errno. */
int vfs_open_descriptor(const char *path, int flags, mode_t mode);
void vfs_close_descriptor(int descriptor);
/* Makes the name of `path` durable in its directory. SQLITE_OK or SQLITE_IOERR_DIR_FSYNC. */
int vfs_synchronise_directory(const char *path);

/* sqlite_vfs_path.c */
int vfs_full_path(sqlite3_vfs *vfs, const char *path, int size_bytes, char *full_out);
/* Fills `name_out` with an unused name in the first usable temporary folder, and two NUL characters behind it. */
int vfs_temporary_name(char *name_out, int size_bytes);

/* sqlite_vfs_file.c: the methods of an open file. `methods` with shared memory for databases, `plain` for all else. */
extern const sqlite3_io_methods vfs_database_methods;
extern const sqlite3_io_methods vfs_plain_methods;

/* sqlite_vfs_lock.c: SQLite's locking protocol on byte ranges. All but the three methods need the mutex held. */
int vfs_file_lock(sqlite3_file *base, int level);
int vfs_file_unlock(sqlite3_file *base, int level);
int vfs_file_check_reserved(sqlite3_file *base, int *is_reserved_out);
int vfs_node_acquire(int descriptor, struct vfs_node **node_out);
void vfs_node_release(struct vfs_node *node);
/* Gives up the file's descriptor: closes it, or parks it while other connections hold locks. Takes `spare` with it. */
void vfs_node_let_go_of_descriptor(struct vfs_file *file);
/* A parked descriptor of the file at `path` opened with `open_flags`, or -1; the record it had is then yours too. */
int vfs_node_reuse_parked(const char *path, int open_flags, struct vfs_parked **spare_out);

/* sqlite_vfs_shm.c: the write-ahead log's index, common part */
int vfs_shm_map(sqlite3_file *base, int region, int region_size_bytes, int extend, void volatile **memory_out);
int vfs_shm_lock(sqlite3_file *base, int offset, int count, int flags);
void vfs_shm_barrier(sqlite3_file *base);
int vfs_shm_unmap(sqlite3_file *base, int delete_file);

/* sqlite_vfs_shm_mapped.c or sqlite_vfs_shm_heap.c: where the index's memory is and who else can see its locks. The mutex is held. */
struct vfs_shm_memory; /* one node's memory */
int vfs_shm_memory_open(struct vfs_file *file, struct vfs_shm_memory **memory_out);
/* Region number `region`; NULL and SQLITE_OK if it is not there yet and `extend` is 0. SQLITE_READONLY: there, but not for writing. */
int vfs_shm_memory_region(struct vfs_shm_memory *memory, struct vfs_file *file, int region, int region_size_bytes, int extend, void volatile **memory_out);
/* `type` is F_RDLCK, F_WRLCK or F_UNLCK; the other connections of this process are already dealt with. */
int vfs_shm_memory_lock(struct vfs_shm_memory *memory, struct vfs_file *file, int type, int offset, int count);
void vfs_shm_memory_close(struct vfs_shm_memory *memory, int delete_file);

/* sqlite_vfs_load_host.c or sqlite_vfs_load_none.c: fills in the xDl members. */
void vfs_add_loading(sqlite3_vfs *vfs);

#endif
