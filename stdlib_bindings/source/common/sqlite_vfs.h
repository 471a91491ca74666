/* SQLite's way to files, time and randomness; hides from SQLite which variant it runs in.
 *
 * The sources of this folder call POSIX by its plain names and are compiled with the variant's redirect header force-included, so that each
 * call is a cordon_bind_ one. Compiled without that header they are an ordinary SQLite VFS, which is how they are tested. */
#ifndef BIND_SQLITE_VFS_H
#define BIND_SQLITE_VFS_H

/* Makes Cordon's VFS the default one (also under the name "unix", which programs write into URIs) and takes away every other that reaches
 * files by itself; the in-memory "memdb" stays. Answers SQLITE_OK or SQLite's error. Call after sqlite3_initialize() and before any
 * connection is opened; calling it again does no harm. Not to be called by two threads at once. */
int bind_sqlite_vfs_register(void);

#endif
