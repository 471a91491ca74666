/* Hides from `cordon run` how a sandbox's accesses become a record.
 *
 * Nobody in this process knows who asked: a worker may say what it likes about the code that it runs, so no site is taken from it. */
#include "run_audit.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/writer.h"
#include "collector_errno.h"
#include "cordon/exit_code.h"
#include "host_env/env.h"
#include "host_env/fd.h"
#include "host_env/fs.h"
#include "host_env/time.h"

#define SEAL_NS UINT64_C(500000000)

struct run_audit {
    const command_context *context;
    const char *name;
    audit_writer *writer;
    int fd;
    uint64_t start_ns, sealed_ns, accesses;
    bool has_failed;
    char directory[PATH_MAX];
};

static uint64_t now_ns(const run_audit *audit)
{
    host_time now = {0};
    (void)host_time_clock(audit->context->env, CLOCK_MONOTONIC, &now, NULL);
    return (uint64_t)now.seconds * 1000000000u + (uint64_t)now.nanoseconds;
}

/* ---- Writing ---------------------------------------------------------------------------------------------------------------------- */

static bool write_bytes(void *context, const char *bytes, size_t size)
{
    run_audit *audit = context;
    host_error error;
    for (size_t done = 0; done < size;) {
        size_t count = 0;
        host_status status = host_fd_write(audit->context->env, audit->fd, bytes + done, size - done, &count, &error);
        done += count;
        if (status == HOST_OK || status == HOST_INTERRUPTED)
            continue;
        if (!audit->has_failed)
            command_complain(audit->context, "the record is incomplete: %s: %s", audit->name, error.message);
        audit->has_failed = true;
        return false;
    }
    return true;
}

static void write_line(run_audit *audit, const audit_line *line)
{
    uint64_t now = now_ns(audit);
    bool is_written = audit_writer_line(audit->writer, line);
    if (is_written && now - audit->sealed_ns > SEAL_NS) {
        is_written = audit_writer_seal(audit->writer);
        audit->sealed_ns = now;
    }
    audit->has_failed = audit->has_failed || !is_written;
}

static void write_access(run_audit *audit, audit_access *access)
{
    access->sequence = ++audit->accesses;
    access->time_us = (now_ns(audit) - audit->start_ns) / 1000;
    access->process = access->thread = 1;
    write_line(audit, &(audit_line){.type = AUDIT_ACCESS, .as.access = *access});
}

bool run_audit_permit(void *context, const cordon_access *access)
{
    const run_audit *audit = context;
    (void)access;
    return !audit->has_failed;
}

void run_audit_record(void *context, const cordon_access *access)
{
    const char *operation = strncmp(access->operation, "host_", 5) == 0 ? access->operation + 5 : access->operation;
    const audit_argument path = {.name = "path", .text = access->path};
    audit_access told = {.capability = access->capability, .operation = operation, .arguments = &path, .argument_count = access->path != NULL};
    told.decision = access->is_refused ? AUDIT_DENIED : AUDIT_ALLOWED;
    told.error = access->host_code != 0 ? collector_errno_name(access->host_code) : NULL;
    told.result = access->host_code != 0 ? -1 : 0;
    write_access(context, &told);
}

/* ---- First and last lines --------------------------------------------------------------------------------------------------------- */

static void write_start(run_audit *audit, const run_options *options)
{
    static const char *const temporary[] = {"/tmp", NULL};
    host_time now = {0};
    host_time_calendar date = {0};
    char moment[40];
    const char *home = NULL;
    const char *command[] = {options->text != NULL ? options->text : "-", NULL};
    host_env *env = audit->context->env;
    (void)host_time_clock(env, CLOCK_REALTIME, &now, NULL);
    (void)host_time_calendar_utc(env, now.seconds, &date, NULL);
    snprintf(moment, sizeof moment, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", (date.year + 1900) % 10000, (date.month + 1) % 100, date.day % 100,
             date.hour % 100, date.minute % 100, date.second % 100, (int)(now.nanoseconds / 1000 % 1000000));
    if (host_fs_getcwd(env, audit->directory, sizeof audit->directory, NULL) != HOST_OK)
        audit->directory[0] = '\0';
    if (host_env_get(env, "HOME", &home, NULL) != HOST_OK || home == NULL)
        home = "";
    write_line(audit, &(audit_line){.type = AUDIT_START,
                                    .as.start = {.cordon = CORDON_VERSION, .python = "sandbox", .time = moment, .command = command,
                                                 .directory = audit->directory, .home = home, .temporary = temporary}});
    const audit_process process = {.id = 1, .arguments = (const char *const *)options->arguments};
    write_line(audit, &(audit_line){.type = AUDIT_PROCESS, .as.process = &process});
}

/* A variable is given before the program begins: its name is told, its value never. */
static void write_variables(run_audit *audit, const char *const *variables)
{
    for (size_t i = 0; variables[i] != NULL; i++) {
        char *name = strndup(variables[i], strcspn(variables[i], "="));
        const audit_argument argument = {.name = "name", .text = name != NULL ? name : ""};
        audit_access access = {.capability = "env.read", .operation = "env_get", .arguments = &argument, .argument_count = 1, .decision = AUDIT_ALLOWED};
        audit->has_failed = audit->has_failed || name == NULL;
        write_access(audit, &access);
        free(name);
    }
}

static void release(run_audit *audit)
{
    audit_writer_destroy(audit->writer);
    if (audit->fd >= 0)
        (void)host_fd_close(audit->context->env, audit->fd, NULL);
    free(audit);
}

int run_audit_open(const command_context *context, const run_options *options, const char *const *variables, run_audit **audit_out)
{
    host_error error = {.message = "there is no memory left"};
    run_audit *audit = *audit_out = NULL;
    audit = calloc(1, sizeof *audit);
    if (audit != NULL) {
        *audit = (run_audit){.context = context, .name = options->audit, .fd = -1};
        audit->writer = audit_writer_create(write_bytes, audit);
    }
    if (audit == NULL || audit->writer == NULL ||
        host_fs_open(context->env, HOST_AT_CWD, options->audit, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600, &audit->fd, &error) != HOST_OK) {
        command_complain(context, "cannot write the record %s: %s", options->audit, error.message);
        if (audit != NULL)
            release(audit);
        return CORDON_EXIT_AUDIT_INCOMPLETE;
    }
    audit->start_ns = audit->sealed_ns = now_ns(audit);
    write_start(audit, options);
    write_variables(audit, variables);
    *audit_out = audit;
    /* A record that cannot even begin: nothing is run. */
    if (!audit->has_failed && audit_writer_seal(audit->writer))
        return 0;
    *audit_out = NULL;
    release(audit);
    return CORDON_EXIT_AUDIT_INCOMPLETE;
}

/* Some file systems tell only now that they had no room. */
static bool close_record(run_audit *audit)
{
    host_error error;
    host_status status = host_fd_close(audit->context->env, audit->fd, &error);
    audit->fd = -1;
    if (status != HOST_OK && !audit->has_failed)
        command_complain(audit->context, "the record is incomplete: %s: %s", audit->name, error.message);
    return status == HOST_OK;
}

bool run_audit_close(run_audit *audit, int code, int signal)
{
    if (audit == NULL)
        return true;
    const audit_exit last = {.process = 1, .code = signal == 0 ? code : -1, .signal = signal == 0 ? NULL : collector_signal_name(signal)};
    write_line(audit, &(audit_line){.type = AUDIT_EXIT, .as.exit = last});
    const audit_end end = {.accesses = audit->accesses, .outcome = signal == 0 ? "ended" : "killed", .code = signal == 0 ? code : 128 + signal};
    write_line(audit, &(audit_line){.type = AUDIT_END, .as.end = end});
    audit->has_failed = !audit_writer_seal(audit->writer) || audit->has_failed;
    bool is_whole = close_record(audit) && !audit->has_failed;
    release(audit);
    return is_whole;
}
