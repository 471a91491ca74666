#!/usr/bin/env bash
# Builds SQLite for the sandbox: the amalgamation, made from the source tree with tclsh, without any of SQLite's own ways to an OS.
# Files, time and randomness come from stdlib_bindings/source/common/sqlite_vfs.c, which supplies sqlite3_os_init and sqlite3_os_end.
set -euo pipefail
. "$(dirname "$0")/sandbox_library.sh"
command -v tclsh >/dev/null || {
    echo 'cordon: tclsh is missing, SQLite is generated with it: apt-get install tcl' >&2
    exit 1
}

# Features as in Debian's library, so that a database and a program mean the same in both variants; loading of extensions is not there.
features='-DSQLITE_ENABLE_COLUMN_METADATA -DSQLITE_ENABLE_DBPAGE_VTAB -DSQLITE_ENABLE_DBSTAT_VTAB -DSQLITE_ENABLE_FTS3
    -DSQLITE_ENABLE_FTS3_PARENTHESIS -DSQLITE_ENABLE_FTS3_TOKENIZER=1 -DSQLITE_ENABLE_FTS4 -DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_GEOPOLY
    -DSQLITE_ENABLE_MATH_FUNCTIONS -DSQLITE_ENABLE_PREUPDATE_HOOK -DSQLITE_ENABLE_RTREE=1 -DSQLITE_ENABLE_SESSION -DSQLITE_ENABLE_STMTVTAB
    -DSQLITE_ENABLE_UNLOCK_NOTIFY -DSQLITE_ENABLE_UPDATE_DELETE_LIMIT=1 -DSQLITE_ALLOW_ROWID_IN_VIEW -DSQLITE_LIKE_DOESNT_MATCH_BLOBS
    -DSQLITE_MAX_SCHEMA_RETRY=25 -DSQLITE_MAX_VARIABLE_NUMBER=250000 -DSQLITE_SECURE_DELETE -DSQLITE_SOUNDEX=1 -DSQLITE_STRICT_SUBTYPE=1
    -DSQLITE_USE_URI=1 -DSQLITE_OMIT_LOAD_EXTENSION'
# Temporary tables in memory unless a program asks for a file; localtime_r is the virtual clock's.
sandbox='-DSQLITE_OS_OTHER=1 -DSQLITE_THREADSAFE=1 -DSQLITE_TEMP_STORE=2 -DHAVE_LOCALTIME_R=1 -DHAVE_GMTIME_R=1 -DHAVE_STRCHRNUL=1
    -DHAVE_ISNAN=1 -DHAVE_INTTYPES_H=1 -DHAVE_STDINT_H=1 -DNDEBUG -w'

# The generator's own tools (lemon, mkkeywordhash) run here, so they are built with the machine's compiler and C library.
cd "$work_dir"
CC=$CC CFLAGS=-O1 "$SOURCE_DIR/configure" --quiet --disable-tcl --disable-readline --disable-load-extension
make sqlite3.c "OPTS=-DSQLITE_ENABLE_UPDATE_DELETE_LIMIT=1"

# The mutexes on pthreads are offered to Unix only, though they need nothing else of it. Without them two threads of the guest that share a
# connection could meet inside SQLite, in a busy handler or in a callback into Python, where the scheduler may switch.
sed -i 's/^#  if SQLITE_OS_UNIX$/#  if SQLITE_OS_UNIX || SQLITE_OS_OTHER/' sqlite3.c
[ "$(grep -c '^#  if SQLITE_OS_UNIX || SQLITE_OS_OTHER$' sqlite3.c)" = 1 ] || {
    echo 'cordon: build_sqlite.sh: this SQLite chooses its mutexes in another place; look at mutex.h' >&2
    exit 1
}

make_library libsqlite3.a "${features//$'\n'/ } ${sandbox//$'\n'/ } -I$work_dir" "$work_dir/sqlite3.c"
install_headers sqlite3.h sqlite3ext.h sqlite3session.h
