/* Another process with SQLite's own Unix VFS, which the tests put beside Cordon's; hides from them how it is told what to do.
 *
 * sqlite_peer DATABASE reads one SQL statement a line and answers one line: "ok", "ok VALUE" (the last value of the last row) or
 * "error NUMBER TEXT". The line "die" ends it as a power failure would: SIGKILL, nothing flushed, nothing rolled back. */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static int keep_value(void *context, int columns, char **values, char **names)
{
    (void)names;
    snprintf(context, 256, " %s", columns && values[columns - 1] ? values[columns - 1] : "NULL");
    return 0;
}

int main(int argument_count, char **arguments)
{
    char line[4096];
    sqlite3 *database;
    if (argument_count != 2 || sqlite3_open(arguments[1], &database) != SQLITE_OK)
        return 2;
    while (fgets(line, sizeof line, stdin)) {
        char value[256] = "";
        int result;
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, "die") == 0)
            raise(SIGKILL);
        result = sqlite3_exec(database, line, keep_value, value, NULL);
        if (result == SQLITE_OK)
            printf("ok%s\n", value);
        else
            printf("error %d %s\n", result, sqlite3_errmsg(database));
        fflush(stdout);
    }
    sqlite3_close(database);
    return 0;
}
