/* SQLite on Cordon's VFS: what programs rely on, alone, with a second connection, and beside a process that uses SQLite's own VFS.
 *
 * Built twice: with the mapped index of the write-ahead log (full) and with the one in the heap (sandbox), which WITH_MAPPED_INDEX tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sqlite_vfs.h"

#ifndef WITH_MAPPED_INDEX
#error "WITH_MAPPED_INDEX must be 0 or 1"
#endif

static char folder[] = "/tmp/cordon_sqlite_test_XXXXXX";

/* ---- helpers ---- */

static sqlite3 *open_database(const char *name)
{
    sqlite3 *database;
    int result = sqlite3_open_v2(name, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI, NULL);
    if (result != SQLITE_OK)
        fail_msg("open %s: %d %s", name, result, sqlite3_errmsg(database));
    return database;
}

static int try_sql(sqlite3 *database, const char *sql)
{
    return sqlite3_exec(database, sql, NULL, NULL, NULL);
}

static void run_sql(sqlite3 *database, const char *sql)
{
    int result = try_sql(database, sql);
    if (result != SQLITE_OK)
        fail_msg("%s: %d %s", sql, sqlite3_extended_errcode(database), sqlite3_errmsg(database));
}

static void assert_value(sqlite3 *database, const char *sql, const char *expected)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK || sqlite3_step(statement) != SQLITE_ROW)
        fail_msg("%s: %s", sql, sqlite3_errmsg(database));
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), expected);
    sqlite3_finalize(statement);
}

static const char *path_of(const char *name)
{
    static char path[4][512];
    static int turn;
    char *result = path[turn++ % 4];
    snprintf(result, sizeof path[0], "%s/%s", folder, name);
    return result;
}

static int descriptor_count(void)
{
    int count = 0;
    for (int descriptor = 0; descriptor < 1024; descriptor++)
        count += fcntl(descriptor, F_GETFD) >= 0;
    return count;
}

/* ---- one connection ---- */

static void registration_leaves_no_other_way_to_files(void **state)
{
    (void)state;
    assert_string_equal(sqlite3_vfs_find(NULL)->zName, "cordon");
    assert_ptr_equal(sqlite3_vfs_find("unix")->xOpen, sqlite3_vfs_find("cordon")->xOpen);
    assert_null(sqlite3_vfs_find("unix-none"));
    assert_null(sqlite3_vfs_find("unix-dotfile"));
    assert_null(sqlite3_vfs_find("unix-excl"));
    assert_non_null(sqlite3_vfs_find("memdb"));
    assert_ptr_equal(sqlite3_vfs_find("memdb")->pAppData, sqlite3_vfs_find("cordon"));
    assert_int_equal(bind_sqlite_vfs_register(), SQLITE_OK);
    assert_string_equal(sqlite3_vfs_find(NULL)->zName, "cordon");
}

static void name_of_vfs_in_a_uri_is_obeyed(void **state)
{
    char uri[600];
    sqlite3 *database;
    (void)state;
    snprintf(uri, sizeof uri, "file:%s?vfs=unix", path_of("uri.db"));
    database = open_database(uri);
    run_sql(database, "CREATE TABLE t(x)");
    sqlite3_close(database);
    snprintf(uri, sizeof uri, "file:%s?vfs=unix-none", path_of("uri.db"));
    assert_int_equal(sqlite3_open_v2(uri, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI, NULL), SQLITE_ERROR);
    sqlite3_close(database);
}

struct journal_case {
    const char *name, *mode;
};
static const struct journal_case journal_cases[] = {
    {"journal_delete_commits_and_rolls_back", "delete"},
    {"journal_truncate_commits_and_rolls_back", "truncate"},
    {"journal_persist_commits_and_rolls_back", "persist"},
    {"journal_memory_commits_and_rolls_back", "memory"},
    {"journal_wal_commits_and_rolls_back", "wal"},
};

static void journal_case_run(void **state)
{
    const struct journal_case *row = *state;
    char file[64], sql[96];
    sqlite3 *database;

    snprintf(file, sizeof file, "journal_%s.db", row->mode);
    database = open_database(path_of(file));
    snprintf(sql, sizeof sql, "PRAGMA journal_mode=%s", row->mode);
    assert_value(database, sql, row->mode);
    run_sql(database, "CREATE TABLE t(x); INSERT INTO t VALUES(1)");
    run_sql(database, "BEGIN; INSERT INTO t VALUES(2); ROLLBACK");
    run_sql(database, "BEGIN; INSERT INTO t VALUES(3); COMMIT");
    sqlite3_close(database);

    database = open_database(path_of(file));
    assert_value(database, "SELECT group_concat(x) FROM t", "1,3");
    assert_value(database, "PRAGMA integrity_check", "ok");
    sqlite3_close(database);
}

static void large_transaction_spills_and_survives(void **state)
{
    sqlite3 *database = open_database(path_of("large.db"));
    (void)state;
    run_sql(database, "PRAGMA cache_size=10; CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
    run_sql(database, "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i<5000) "
                      "INSERT INTO t SELECT i, randomblob(700) FROM c");
    run_sql(database, "BEGIN; DELETE FROM t WHERE id % 2; ROLLBACK");
    assert_value(database, "SELECT count(*) FROM t", "5000");
    run_sql(database, "DELETE FROM t WHERE id > 10; VACUUM");
    assert_value(database, "SELECT count(*) FROM t", "10");
    assert_value(database, "PRAGMA integrity_check", "ok");
    sqlite3_close(database);
}

static void attached_databases_commit_together(void **state)
{
    char sql[600];
    sqlite3 *database = open_database(path_of("main.db"));
    (void)state;
    snprintf(sql, sizeof sql, "ATTACH '%s' AS other", path_of("other.db"));
    run_sql(database, sql);
    run_sql(database, "CREATE TABLE main.a(x); CREATE TABLE other.b(x); BEGIN; INSERT INTO a VALUES(1); INSERT INTO b VALUES(2); COMMIT");
    run_sql(database, "DETACH other");
    sqlite3_close(database);
    database = open_database(path_of("other.db"));
    assert_value(database, "SELECT x FROM b", "2");
    sqlite3_close(database);
    assert_int_equal(access(path_of("main.db-journal"), F_OK), -1);
}

static void temporary_tables_use_files_that_are_gone(void **state)
{
    char temporary[512];
    sqlite3 *database;
    (void)state;
    snprintf(temporary, sizeof temporary, "%s", path_of("temporary"));
    assert_int_equal(mkdir(temporary, 0700), 0);
    setenv("SQLITE_TMPDIR", temporary, 1);
    database = open_database(":memory:");
    run_sql(database, "PRAGMA temp_store=FILE; PRAGMA cache_size=5; PRAGMA temp.cache_size=5; CREATE TEMP TABLE t(b)");
    run_sql(database, "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i<3000) INSERT INTO t SELECT randomblob(500) FROM c");
    assert_value(database, "SELECT count(*) FROM t", "3000");
    assert_value(database, "SELECT count(*) FROM (SELECT b FROM t ORDER BY b)", "3000");
    assert_int_equal(rmdir(temporary), 0); /* empty: every name was taken away at once */
    sqlite3_close(database);
    unsetenv("SQLITE_TMPDIR");
}

static void memory_databases_need_no_file(void **state)
{
    int before = descriptor_count();
    sqlite3 *first = open_database(":memory:"), *second = open_database("file:/shared?vfs=memdb"), *third = open_database("file:/shared?vfs=memdb");
    (void)state;
    run_sql(first, "CREATE TABLE t(x); INSERT INTO t VALUES(5)");
    assert_value(first, "SELECT x FROM t", "5");
    run_sql(second, "CREATE TABLE t(x); INSERT INTO t VALUES(6)");
    assert_value(third, "SELECT x FROM t", "6");
    assert_int_equal(descriptor_count(), before);
    sqlite3_close(first);
    sqlite3_close(second);
    sqlite3_close(third);
}

static void relative_names_and_links_lead_to_one_file(void **state)
{
    sqlite3 *direct = open_database(path_of("target.db")), *linked;
    char link_target[512], working_directory[512];
    (void)state;
    run_sql(direct, "CREATE TABLE t(x); INSERT INTO t VALUES(7)");
    snprintf(link_target, sizeof link_target, "./target.db");
    assert_int_equal(symlink(link_target, path_of("link.db")), 0);
    linked = open_database(path_of("link.db"));
    assert_value(linked, "SELECT x FROM t", "7");
    assert_string_equal(sqlite3_db_filename(linked, "main"), path_of("target.db"));
    sqlite3_close(linked);

    assert_non_null(getcwd(working_directory, sizeof working_directory));
    assert_int_equal(chdir(folder), 0);
    linked = open_database("../../tmp/./../tmp/nothing/../link.db"); /* the same folder only if it lies in /tmp, as it does here */
    assert_string_equal(sqlite3_db_filename(linked, "main"), "/tmp/link.db");
    sqlite3_close(linked);
    unlink("/tmp/link.db");
    linked = open_database("target.db");
    assert_value(linked, "SELECT x FROM t", "7");
    sqlite3_close(linked);
    assert_int_equal(chdir(working_directory), 0);
    sqlite3_close(direct);

    assert_int_equal(symlink("loop.db", path_of("loop.db")), 0);
    assert_int_equal(sqlite3_open(path_of("loop.db"), &linked), SQLITE_CANTOPEN);
    sqlite3_close(linked);
}

static void files_that_may_not_be_written_are_read(void **state)
{
    sqlite3 *database = open_database(path_of("readonly.db"));
    char uri[600];
    (void)state;
    run_sql(database, "CREATE TABLE t(x); INSERT INTO t VALUES(8)");
    sqlite3_close(database);
    snprintf(uri, sizeof uri, "file:%s?mode=ro", path_of("readonly.db"));
    database = open_database(uri);
    assert_value(database, "SELECT x FROM t", "8");
    assert_int_equal(try_sql(database, "INSERT INTO t VALUES(9)"), SQLITE_READONLY);
    sqlite3_close(database);
    snprintf(uri, sizeof uri, "file:%s?mode=rw", path_of("absent.db"));
    assert_int_equal(sqlite3_open_v2(uri, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI, NULL), SQLITE_CANTOPEN);
    sqlite3_close(database);
    assert_int_equal(sqlite3_open(folder, &database), SQLITE_CANTOPEN);
    sqlite3_close(database);
}

static void journal_has_the_permissions_of_its_database(void **state)
{
    struct stat status;
    sqlite3 *database = open_database(path_of("private.db"));
    mode_t mask = umask(022);
    (void)state;
    run_sql(database, "CREATE TABLE t(x)");
    assert_int_equal(chmod(path_of("private.db"), 0666), 0);
    run_sql(database, "PRAGMA journal_mode=PERSIST; INSERT INTO t VALUES(1)");
    assert_int_equal(stat(path_of("private.db-journal"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0666);
    umask(mask);
    sqlite3_close(database);
}

static void file_controls_answer(void **state)
{
    sqlite3 *database = open_database(path_of("control.db"));
    int number = -1;
    char *text = NULL;
    struct stat status;
    (void)state;
    run_sql(database, "CREATE TABLE t(x)");
    assert_int_equal(sqlite3_file_control(database, "main", SQLITE_FCNTL_VFSNAME, &text), SQLITE_OK);
    assert_string_equal(text, "cordon");
    sqlite3_free(text);
    assert_int_equal(sqlite3_file_control(database, "main", SQLITE_FCNTL_HAS_MOVED, &number), SQLITE_OK);
    assert_int_equal(number, 0);
    number = 1 << 20;
    assert_int_equal(sqlite3_file_control(database, "main", SQLITE_FCNTL_CHUNK_SIZE, &number), SQLITE_OK);
    run_sql(database, "INSERT INTO t VALUES(zeroblob(100000))");
    assert_int_equal(stat(path_of("control.db"), &status), 0);
    assert_int_equal(status.st_size % (1 << 20), 0);
    assert_int_equal(rename(path_of("control.db"), path_of("moved.db")), 0);
    assert_int_equal(sqlite3_file_control(database, "main", SQLITE_FCNTL_HAS_MOVED, &number), SQLITE_OK);
    assert_int_equal(number, 1);
    sqlite3_close(database);
}

/* ---- two connections of one process ---- */

static void second_connection_waits_for_the_first(void **state)
{
    sqlite3 *first = open_database(path_of("two.db")), *second = open_database(path_of("two.db"));
    (void)state;
    run_sql(first, "CREATE TABLE t(x); INSERT INTO t VALUES(1)");

    run_sql(first, "BEGIN IMMEDIATE; INSERT INTO t VALUES(2)");
    assert_value(second, "SELECT count(*) FROM t", "1"); /* readers go on beside RESERVED */
    assert_int_equal(try_sql(second, "BEGIN IMMEDIATE"), SQLITE_BUSY);
    run_sql(first, "COMMIT");
    run_sql(second, "BEGIN IMMEDIATE; INSERT INTO t VALUES(3); COMMIT");

    run_sql(first, "BEGIN EXCLUSIVE");
    assert_int_equal(try_sql(second, "SELECT * FROM t"), SQLITE_BUSY);
    run_sql(first, "COMMIT");
    assert_value(second, "SELECT count(*) FROM t", "3");
    sqlite3_close(first);
    sqlite3_close(second);
}

static void reader_holds_up_a_commit_and_new_readers_wait(void **state)
{
    sqlite3 *writer = open_database(path_of("pending.db")), *reader = open_database(path_of("pending.db")), *late = open_database(path_of("pending.db"));
    sqlite3_stmt *reading;
    (void)state;
    run_sql(writer, "CREATE TABLE t(x); INSERT INTO t VALUES(1),(2)");
    assert_int_equal(sqlite3_prepare_v2(reader, "SELECT x FROM t", -1, &reading, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(reading), SQLITE_ROW);
    run_sql(writer, "BEGIN; INSERT INTO t VALUES(3)");
    assert_int_equal(try_sql(writer, "COMMIT"), SQLITE_BUSY);
    assert_int_equal(try_sql(late, "SELECT * FROM t"), SQLITE_BUSY); /* PENDING */
    sqlite3_finalize(reading);
    run_sql(writer, "COMMIT");
    assert_value(late, "SELECT count(*) FROM t", "3");
    sqlite3_close(writer);
    sqlite3_close(reader);
    sqlite3_close(late);
}

static void wal_readers_keep_their_view_beside_a_writer(void **state)
{
    sqlite3 *writer = open_database(path_of("view.db")), *reader = open_database(path_of("view.db"));
    (void)state;
    assert_value(writer, "PRAGMA journal_mode=WAL", "wal");
    run_sql(writer, "CREATE TABLE t(x); INSERT INTO t VALUES(1)");
    run_sql(reader, "BEGIN");
    assert_value(reader, "SELECT count(*) FROM t", "1");
    run_sql(writer, "INSERT INTO t VALUES(2)");
    assert_value(reader, "SELECT count(*) FROM t", "1");
    assert_int_equal(try_sql(reader, "INSERT INTO t VALUES(3)"), SQLITE_BUSY); /* its view is old */
    run_sql(reader, "COMMIT");
    assert_value(reader, "SELECT count(*) FROM t", "2");
    run_sql(writer, "BEGIN IMMEDIATE");
    assert_int_equal(try_sql(reader, "BEGIN IMMEDIATE"), SQLITE_BUSY);
    run_sql(writer, "COMMIT");
    assert_value(writer, "PRAGMA wal_checkpoint(TRUNCATE)", "0");
    assert_int_equal(access(path_of("view.db-shm"), F_OK), WITH_MAPPED_INDEX ? 0 : -1);
    sqlite3_close(writer);
    sqlite3_close(reader);
    assert_int_equal(access(path_of("view.db-wal"), F_OK), -1); /* the last one out cleans up */
    assert_int_equal(access(path_of("view.db-shm"), F_OK), -1);
}

static void closing_leaves_no_descriptor(void **state)
{
    int before = descriptor_count();
    sqlite3 *holder = open_database(path_of("descriptors.db"));
    (void)state;
    run_sql(holder, "CREATE TABLE t(x); INSERT INTO t VALUES(1); BEGIN; SELECT * FROM t");
    for (int i = 0; i < 20; i++) { /* each close parks a descriptor, each open takes it again */
        sqlite3 *passing = open_database(path_of("descriptors.db"));
        assert_value(passing, "SELECT x FROM t", "1");
        sqlite3_close(passing);
    }
    assert_true(descriptor_count() <= before + 2);
    run_sql(holder, "COMMIT");
    sqlite3_close(holder);
    assert_int_equal(descriptor_count(), before);
}

#if WITH_MAPPED_INDEX

/* ---- beside a process with SQLite's own VFS ---- */

struct peer {
    pid_t process;
    FILE *requests, *answers;
};

static struct peer start_peer(const char *database)
{
    int down[2], up[2];
    struct peer peer;
    assert_int_equal(pipe2(down, O_CLOEXEC), 0);
    assert_int_equal(pipe2(up, O_CLOEXEC), 0);
    peer.process = fork();
    if (peer.process == 0) {
        dup2(down[0], 0);
        dup2(up[1], 1);
        execl(SQLITE_PEER, SQLITE_PEER, database, NULL);
        _exit(127);
    }
    close(down[0]);
    close(up[1]);
    peer.requests = fdopen(down[1], "w");
    peer.answers = fdopen(up[0], "r");
    return peer;
}

static void assert_peer(struct peer *peer, const char *sql, const char *expected)
{
    char answer[512] = "";
    fprintf(peer->requests, "%s\n", sql);
    fflush(peer->requests);
    assert_non_null(fgets(answer, sizeof answer, peer->answers));
    answer[strcspn(answer, "\n")] = '\0';
    if (strncmp(answer, expected, strlen(expected)) != 0 || (strncmp(expected, "ok", 2) == 0 && strcmp(answer, expected) != 0))
        fail_msg("peer: %s: expected '%s', got '%s'", sql, expected, answer);
}

static int stop_peer(struct peer *peer, const char *last_words)
{
    int status;
    if (last_words)
        fprintf(peer->requests, "%s\n", last_words);
    fclose(peer->requests);
    fclose(peer->answers);
    assert_int_equal(waitpid(peer->process, &status, 0), peer->process);
    return status;
}

static void processes_exclude_each_other(void **state)
{
    sqlite3 *database = open_database(path_of("processes.db"));
    struct peer peer;
    (void)state;
    run_sql(database, "CREATE TABLE t(x); INSERT INTO t VALUES(1)");
    peer = start_peer(path_of("processes.db"));

    run_sql(database, "BEGIN IMMEDIATE; INSERT INTO t VALUES(2)");
    assert_peer(&peer, "SELECT count(*) FROM t", "ok 1");
    assert_peer(&peer, "BEGIN IMMEDIATE", "error 5 ");
    run_sql(database, "COMMIT");
    assert_peer(&peer, "BEGIN EXCLUSIVE", "ok");
    assert_int_equal(try_sql(database, "SELECT * FROM t"), SQLITE_BUSY);
    assert_peer(&peer, "INSERT INTO t VALUES(3)", "ok");
    assert_peer(&peer, "COMMIT", "ok");
    assert_value(database, "SELECT group_concat(x) FROM t", "1,2,3");
    stop_peer(&peer, NULL);
    sqlite3_close(database);
}

static void closing_a_second_connection_keeps_the_locks_of_the_first(void **state)
{
    sqlite3 *first = open_database(path_of("kept.db")), *second;
    struct peer peer;
    (void)state;
    run_sql(first, "CREATE TABLE t(x)");
    peer = start_peer(path_of("kept.db"));
    run_sql(first, "BEGIN IMMEDIATE; INSERT INTO t VALUES(1)");
    second = open_database(path_of("kept.db"));
    assert_value(second, "SELECT count(*) FROM t", "0");
    sqlite3_close(second); /* close() of any descriptor would drop this process's locks */
    assert_peer(&peer, "BEGIN IMMEDIATE", "error 5 ");
    run_sql(first, "COMMIT");
    assert_peer(&peer, "BEGIN IMMEDIATE", "ok");
    assert_peer(&peer, "ROLLBACK", "ok");
    stop_peer(&peer, NULL);
    sqlite3_close(first);
}

static void wal_is_shared_between_processes(void **state)
{
    sqlite3 *database = open_database(path_of("shared.db"));
    struct peer peer;
    (void)state;
    assert_value(database, "PRAGMA journal_mode=WAL", "wal");
    run_sql(database, "CREATE TABLE t(x); INSERT INTO t VALUES(1)");
    peer = start_peer(path_of("shared.db"));
    assert_peer(&peer, "INSERT INTO t VALUES(2)", "ok");
    assert_value(database, "SELECT group_concat(x) FROM t", "1,2");
    run_sql(database, "BEGIN IMMEDIATE; INSERT INTO t VALUES(3)");
    assert_peer(&peer, "INSERT INTO t VALUES(9)", "error 5 ");
    assert_peer(&peer, "SELECT count(*) FROM t", "ok 2");
    run_sql(database, "COMMIT");
    assert_peer(&peer, "SELECT count(*) FROM t", "ok 3");
    assert_peer(&peer, "PRAGMA wal_checkpoint(TRUNCATE)", "ok 0");
    assert_value(database, "SELECT count(*) FROM t", "3");
    stop_peer(&peer, NULL);
    sqlite3_close(database);
    assert_int_equal(access(path_of("shared.db-shm"), F_OK), -1);
}

struct crash_case {
    const char *name, *mode;
};
static const struct crash_case crash_cases[] = {
    {"hot_journal_of_a_killed_process_is_rolled_back", "delete"},
    {"log_of_a_killed_process_is_recovered", "wal"},
};

static void crash_case_run(void **state)
{
    static const char *const steps[] = {
        "PRAGMA cache_size=2",
        "CREATE TABLE t(id INTEGER PRIMARY KEY, b)",
        "INSERT INTO t SELECT value, randomblob(900) FROM json_each('[1,2,3,4,5,6,7,8,9]')",
        "BEGIN",
        "UPDATE t SET b = zeroblob(900)",
        "DELETE FROM t WHERE id > 5",
    };
    const struct crash_case *row = *state;
    char file[64], sql[96], answer[64];
    sqlite3 *database;
    struct peer peer;
    int status;

    snprintf(file, sizeof file, "crash_%s.db", row->mode);
    peer = start_peer(path_of(file));
    snprintf(sql, sizeof sql, "PRAGMA journal_mode=%s", row->mode);
    snprintf(answer, sizeof answer, "ok %s", row->mode);
    assert_peer(&peer, sql, answer);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        assert_peer(&peer, steps[i], "ok");
    status = stop_peer(&peer, "die");
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

    snprintf(sql, sizeof sql, "%s-%s", file, strcmp(row->mode, "wal") == 0 ? "wal" : "journal");
    assert_int_equal(access(path_of(sql), F_OK), 0); /* there is something to recover from */
    database = open_database(path_of(file));
    assert_value(database, "SELECT count(*) FROM t", "9");
    assert_value(database, "SELECT count(*) FROM t WHERE b = zeroblob(900)", "0");
    assert_value(database, "PRAGMA integrity_check", "ok");
    sqlite3_close(database);
}

static void work_of_a_killed_cordon_process_is_rolled_back(void **state)
{
    sqlite3 *database = open_database(path_of("killed.db"));
    struct peer peer;
    pid_t process;
    int status;
    (void)state;
    run_sql(database, "CREATE TABLE t(b); INSERT INTO t SELECT randomblob(900) FROM json_each('[1,2,3,4,5,6,7,8,9]')");
    sqlite3_close(database);
    process = fork();
    if (process == 0) {
        database = NULL;
        if (sqlite3_open(path_of("killed.db"), &database) == SQLITE_OK &&
            try_sql(database, "PRAGMA cache_size=2; BEGIN; UPDATE t SET b = zeroblob(900)") == SQLITE_OK &&
            access(path_of("killed.db-journal"), F_OK) == 0)
            raise(SIGKILL);
        _exit(1);
    }
    assert_int_equal(waitpid(process, &status, 0), process);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    peer = start_peer(path_of("killed.db"));
    assert_peer(&peer, "SELECT count(*) FROM t WHERE b = zeroblob(900)", "ok 0");
    assert_peer(&peer, "PRAGMA integrity_check", "ok ok");
    stop_peer(&peer, NULL);
}

#endif

/* ---- the list ---- */

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? bind_sqlite_vfs_register() : -1;
}

static int remove_folder(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    struct CMUnitTest tests[64] = {
        cmocka_unit_test(registration_leaves_no_other_way_to_files),
        cmocka_unit_test(name_of_vfs_in_a_uri_is_obeyed),
        cmocka_unit_test(large_transaction_spills_and_survives),
        cmocka_unit_test(attached_databases_commit_together),
        cmocka_unit_test(temporary_tables_use_files_that_are_gone),
        cmocka_unit_test(memory_databases_need_no_file),
        cmocka_unit_test(relative_names_and_links_lead_to_one_file),
        cmocka_unit_test(files_that_may_not_be_written_are_read),
        cmocka_unit_test(journal_has_the_permissions_of_its_database),
        cmocka_unit_test(file_controls_answer),
        cmocka_unit_test(second_connection_waits_for_the_first),
        cmocka_unit_test(reader_holds_up_a_commit_and_new_readers_wait),
        cmocka_unit_test(wal_readers_keep_their_view_beside_a_writer),
        cmocka_unit_test(closing_leaves_no_descriptor),
#if WITH_MAPPED_INDEX
        cmocka_unit_test(processes_exclude_each_other),
        cmocka_unit_test(closing_a_second_connection_keeps_the_locks_of_the_first),
        cmocka_unit_test(wal_is_shared_between_processes),
        cmocka_unit_test(work_of_a_killed_cordon_process_is_rolled_back),
#endif
    };
    size_t count = 0;
    while (tests[count].name)
        count++;
    for (size_t i = 0; i < sizeof journal_cases / sizeof *journal_cases; i++)
        tests[count++] = (struct CMUnitTest){
            .name = journal_cases[i].name, .test_func = journal_case_run, .initial_state = (void *)&journal_cases[i]};
#if WITH_MAPPED_INDEX
    for (size_t i = 0; i < sizeof crash_cases / sizeof *crash_cases; i++)
        tests[count++] =
            (struct CMUnitTest){.name = crash_cases[i].name, .test_func = crash_case_run, .initial_state = (void *)&crash_cases[i]};
#endif
    /* Unused places of the array have no name; cmocka skips what has no function. */
    return cmocka_run_group_tests_name(WITH_MAPPED_INDEX ? "sqlite_vfs_full" : "sqlite_vfs_sandbox", tests, make_folder, remove_folder);
}
