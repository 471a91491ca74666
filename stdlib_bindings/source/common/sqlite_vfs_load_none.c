/* Extensions of SQLite, for the sandbox: there are none; SQLite is built without the interface that would ask for one. */
#include "sqlite_vfs_internal.h"

void vfs_add_loading(sqlite3_vfs *vfs)
{
    (void)vfs;
}
