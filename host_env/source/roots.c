/* Hides how granted roots are opened and held: a descriptor each, so that a later rename does not move the grant. */
#include "roots.h"

#include <stdlib.h>
#include <string.h>

int host_directory_identify(const struct host_operations *operations, int fd, host_directory_identity *identity_out)
{
    struct statx status;
    if (operations->statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &status) < 0) {
        return errno;
    }
    if (!(status.stx_mask & STATX_MNT_ID)) {
        return ENOSYS; /* before Linux 5.8; guessing would tell a bind mount from its source by nothing */
    }
    *identity_out = (host_directory_identity){
        .device = (uint64_t)status.stx_dev_major << 32 | status.stx_dev_minor,
        .inode = status.stx_ino,
        .mount = status.stx_mnt_id,
    };
    return 0;
}

int host_root_open_path(const struct host_operations *operations, const host_root *root, struct host_root_open *root_out)
{
    *root_out = (struct host_root_open){ .path = strdup(root->path), .fd = -1, .rights = root->rights };
    if (root_out->path == NULL) {
        return ENOMEM;
    }
    root_out->fd = operations->openat_mode(AT_FDCWD, root->path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
    if (root_out->fd < 0) {
        return errno;
    }
    return host_directory_identify(operations, root_out->fd, &root_out->identity);
}

void host_root_close(const struct host_operations *operations, struct host_root_open *root)
{
    if (root->fd >= 0) {
        operations->close(root->fd);
    }
    free(root->path);
    *root = (struct host_root_open){ .fd = -1 };
}
