/* Hides from `cordon run` which of a journal's modes two file names ask for, and what is said about one. */
#include "run_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/exit_code.h"
#include "host_env/fd.h"
#include "host_env/fs.h"
#include "key_file.h"
#include "run_files.h"

/* A file that another journal goes on in; nothing is overwritten. */
static int copy_journal(const command_context *context, const char *from, const char *to)
{
    host_error error;
    unsigned char *content = NULL;
    size_t size = 0, done = 0, count = 0;
    int fd = -1;
    host_status status = run_read_file(context, from, &content, &size, &error);
    if (status == HOST_OK)
        status = host_fs_open(context->env, HOST_AT_CWD, to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600, &fd, &error);
    for (; status == HOST_OK && done < size; done += count) {
        status = host_fd_write(context->env, fd, content + done, size - done, &count, &error);
        if (status == HOST_INTERRUPTED) {
            status = HOST_OK;
            count = 0;
        }
    }
    if (status == HOST_OK)
        status = host_fd_fsync(context->env, fd, &error);
    if (fd >= 0)
        (void)host_fd_close(context->env, fd, NULL); /* it was synchronised */
    if (fd >= 0 && status != HOST_OK)
        (void)host_fs_unlink(context->env, HOST_AT_CWD, to, 0, NULL);
    free(content);
    if (status == HOST_OK)
        return 0;
    command_complain(context, "the journal %s cannot be copied to %s: %s", from, to, error.message);
    return fd >= 0 ? CORDON_EXIT_AUDIT_INCOMPLETE : CORDON_EXIT_USAGE;
}

/* A name that is no journal's is the user's mistake; a file that takes nothing is not. */
static int code_of(const cordon_error *error)
{
    if (error->status == CORDON_NO_MEMORY)
        return CORDON_EXIT_SETUP_FAILED;
    bool is_unwritable = error->status == CORDON_HOST_FAILURE && (error->host_code == ENOSPC || error->host_code == EDQUOT || error->host_code == EFBIG || error->host_code == EIO);
    return is_unwritable ? CORDON_EXIT_AUDIT_INCOMPLETE : CORDON_EXIT_USAGE;
}

int run_journal_open(const command_context *context, const run_options *options, cordon_journal **journal_out)
{
    cordon_journal_config config = CORDON_JOURNAL_CONFIG_INIT;
    cordon_journal_figures figures;
    cordon_error error;
    unsigned char *key = NULL;
    *journal_out = NULL;
    config.path = options->journal != NULL ? options->journal : options->replay;
    if (config.path == NULL)
        return 0;
    config.mode = options->replay == NULL ? CORDON_JOURNAL_RECORD : options->journal == NULL ? CORDON_JOURNAL_REPLAY : CORDON_JOURNAL_CONTINUE;
    config.on_divergence = options->goes_live ? CORDON_JOURNAL_GO_LIVE : CORDON_JOURNAL_STOP;
    int code = key_file_read(context, "--journal-key-file", options->journal_key, &key, &config.key_size);
    config.key = key;
    if (code == 0 && config.mode == CORDON_JOURNAL_CONTINUE && strcmp(options->journal, options->replay) != 0)
        code = copy_journal(context, options->replay, options->journal);
    if (code == 0) {
        cordon_status status = cordon_journal_open(&config, journal_out, &error);
        if (status != CORDON_OK) {
            command_complain(context, "%s", error.message);
            code = code_of(&error);
        }
    }
    key_file_release(key, config.key_size);
    cordon_journal_get_figures(*journal_out, &figures);
    if (figures.cut_bytes > 0)
        command_complain(context, "warning: the last entry of the journal %s is cut off, %llu bytes are left out", config.path, (unsigned long long)figures.cut_bytes);
    return code;
}

int run_journal_conclude(const command_context *context, const run_options *options, const cordon_journal *journal, const cordon_result *result, int code)
{
    cordon_journal_figures figures;
    cordon_journal_get_figures(journal, &figures);
    if (figures.is_incomplete)
        return CORDON_EXIT_AUDIT_INCOMPLETE;
    if (journal == NULL || result->journal_divergence[0] == '\0')
        return code;
    if (result->outcome != CORDON_OUTCOME_CANCELLED) /* which is told already */
        command_complain(context, "it differs from its journal, at entry %llu: %s", (unsigned long long)result->journal_entry, result->journal_divergence);
    bool is_stopped = result->outcome == CORDON_OUTCOME_CANCELLED;
    return !options->goes_live && (is_stopped || code == 0) ? CORDON_EXIT_DENIED : code;
}
