/* Hides how granted roots are opened and held: a descriptor each, so that a later rename does not move the grant. */
#include <stdlib.h>
#include <string.h>

#include "roots.h"

int host_root_open_path(const struct host_operations *operations, const host_root *root, struct host_root_open *root_out)
{
    *root_out = (struct host_root_open){ .path = strdup(root->path), .fd = -1, .rights = root->rights };
    if (root_out->path == NULL) {
        return ENOMEM;
    }
    root_out->fd = operations->openat_mode(AT_FDCWD, root->path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
    return root_out->fd < 0 ? errno : 0;
}

void host_root_close(const struct host_operations *operations, struct host_root_open *root)
{
    if (root->fd >= 0) {
        operations->close(root->fd);
    }
    free(root->path);
    *root = (struct host_root_open){ .fd = -1 };
}
