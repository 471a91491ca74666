/* What SQLite built for "another OS" calls at its start and end; hides from it that Cordon's VFS is the only one. */
#include "sqlite_vfs.h"

#include <sqlite3.h>

int sqlite3_os_init(void)
{
    return bind_sqlite_vfs_register();
}

int sqlite3_os_end(void)
{
    return SQLITE_OK;
}
