/* Puts Cordon's VFS in place of those that the system's SQLite brings, before CPython can open a connection.
 * Compiled without the redirect header: the call below is SQLite's own. */
#include "sqlite_vfs.h"

#include <sqlite3.h>

int cordon_bind_sqlite3_initialize(void);

int cordon_bind_sqlite3_initialize(void)
{
    int result = sqlite3_initialize();
    return result == SQLITE_OK ? bind_sqlite_vfs_register() : result;
}
