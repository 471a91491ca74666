/* Hides from `cordon run` how a sandbox's state becomes a file, and what a run in such a state is. */
#include "run_snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "cordon/exit_code.h"
#include "key_file.h"
#include "replace_file.h"
#include "run_files.h"

/* ---- Files ---- */

int run_snapshot_read(const command_context *context, const char *path, const char *key_path, cordon_snapshot **snapshot_out)
{
    host_error host;
    cordon_error error;
    unsigned char *key = NULL, *content = NULL;
    size_t key_size = 0, size = 0;
    *snapshot_out = NULL;
    int code = key_file_read(context, "--key-file", key_path, &key, &key_size);
    if (code == 0 && run_read_file(context, path, &content, &size, &host) != HOST_OK) {
        command_complain(context, "%s: %s", path, host.message);
        code = CORDON_EXIT_USAGE;
    }
    if (code == 0 && cordon_snapshot_decode(content, size, key, key_size, snapshot_out, &error) != CORDON_OK) {
        command_complain(context, "%s: %s", path, error.message);
        code = error.status == CORDON_NO_MEMORY || error.status == CORDON_HOST_FAILURE ? CORDON_EXIT_SETUP_FAILED : CORDON_EXIT_USAGE;
    }
    key_file_release(key, key_size);
    free(content);
    return code;
}

static int cannot_store(const command_context *context, const char *path, const char *why)
{
    command_complain(context, "the snapshot %s cannot be stored: %s", path, why);
    return CORDON_EXIT_AUDIT_INCOMPLETE;
}

int run_snapshot_write(const command_context *context, const run_options *options, cordon_sandbox *sandbox)
{
    cordon_error error;
    host_error host;
    cordon_snapshot *snapshot = NULL;
    void *content = NULL;
    unsigned char *key = NULL;
    size_t key_size = 0, size = 0;
    int code = key_file_read(context, "--key-file", options->snapshot_key, &key, &key_size);
    if (code == 0 && (cordon_sandbox_snapshot(sandbox, NULL, &snapshot, &error) != CORDON_OK || cordon_snapshot_encode(snapshot, key, key_size, &content, &size, &error) != CORDON_OK))
        code = cannot_store(context, options->save, error.message);
    if (code == 0 && replace_file(context, options->save, 0600, content, size, REPLACE_ON_DISK, &host) != HOST_OK)
        code = cannot_store(context, options->save, host.message);
    cordon_snapshot_bytes_release(content);
    cordon_snapshot_destroy(snapshot);
    key_file_release(key, key_size);
    return code;
}

/* ---- Runs ---- */

bool run_snapshot_is_session(const run_options *options)
{
    return options->save != NULL || options->restore != NULL;
}

/* Before anything runs: what a run did cannot be done again because its state could not be sealed. */
static int check_key(const command_context *context, const run_options *options)
{
    unsigned char *key;
    size_t size;
    int code = key_file_read(context, "--key-file", options->snapshot_key, &key, &size);
    key_file_release(key, size);
    return code;
}

int run_snapshot_check(const command_context *context, const run_options *options, const cordon_snapshot *restored)
{
    cordon_snapshot_description description = CORDON_SNAPSHOT_DESCRIPTION_INIT;
    const char *complaint = NULL;
    bool is_waiting = restored != NULL && cordon_snapshot_describe(restored, &description, NULL) == CORDON_OK && description.state == CORDON_SNAPSHOT_WAITING;
    if (options->target == RUN_NOTHING && restored == NULL)
        complaint = "there is nothing to run, so no state to store: say a FILE, -c TEXT or -";
    else if (options->target == RUN_MODULE || options->target == RUN_INTERACTIVE)
        complaint = "a state that can be stored comes from a script, -c TEXT or -";
    else if (restored != NULL && (options->variables[0] != NULL || options->files[0] != NULL || options->arguments[0] != NULL))
        complaint = "--env, --file and arguments of the program: the snapshot has its own";
    else if (is_waiting && (options->journal != NULL || options->replay != NULL))
        complaint = "--journal and --replay: a journal begins with an execution, and this one is in the midst of one";
    else if (is_waiting && options->trace != NULL && !description.is_traced)
        complaint = "--trace: steps are told from an execution's beginning, and this one is in the midst of one that nobody traced";
    else if (is_waiting && options->target != RUN_NOTHING)
        complaint = "it waits for effects: answer them, and it goes on; there is nothing else to run";
    else if (!is_waiting && options->target == RUN_NOTHING)
        complaint = "nothing is left half-way in it: say what to run, a FILE, -c TEXT or -";
    if (complaint == NULL)
        return options->save != NULL ? check_key(context, options) : 0;
    command_complain(context, "%s%s%s", options->restore != NULL ? options->restore : "", options->restore != NULL ? ": " : "", complaint);
    return CORDON_EXIT_USAGE;
}

cordon_status run_snapshot_execute(cordon_sandbox *sandbox, const cordon_program *program, const char *name, cordon_result **result_out, cordon_error *error)
{
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = program->text;
    request.source_size = program->text_size;
    request.name = name;
    request.streams = program->streams;
    request.timeout_ns = program->timeout_ns;
    request.trace = program->trace;
    request.on_trace = program->on_trace;
    request.trace_context = program->trace_context;
    return cordon_sandbox_execute(sandbox, &request, result_out, error);
}

int run_snapshot_exit_code(const command_context *context, const cordon_result *result)
{
    if (result->exception == NULL)
        return result->has_exit_code ? result->exit_code : 0;
    (void)command_write(context, 2, result->exception->traceback);
    return 1;
}
