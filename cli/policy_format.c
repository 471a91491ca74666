/* `cordon policy format`: lays a policy file out in the one way. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/exit_code.h"
#include "host_env/fd.h"
#include "host_env/fs.h"
#include "policy.h"

static const char help[] = "usage: cordon policy format [--write | --check] FILE\n"
                           "\n"
                           "Prints the file laid out in the one way, comments kept. --write puts it back into the file; --check prints nothing and ends with 1 if the file\n"
                           "is laid out otherwise. Ends with 120 if it is no policy.\n";

enum { OTHERWISE = 1 };

/* Beside the file first, then in its place: a policy that is half written is none. */
static bool put_back(const command_context *context, const char *file, const char *text)
{
    char beside[4096];
    host_error error = {.status = HOST_TOO_LARGE, .message = "the name is too long"};
    int fd = -1;
    size_t length = strlen(file);
    if (length + sizeof ".formatted" <= sizeof beside) {
        memcpy(beside, file, length);
        memcpy(beside + length, ".formatted", sizeof ".formatted");
        error.status = host_fs_open(context->env, HOST_AT_CWD, beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644, &fd, &error);
    }
    if (error.status == HOST_OK && command_write(context, fd, text) != 0)
        error = (host_error){.status = HOST_FAILURE, .message = "it could not be written"};
    if (fd >= 0)
        (void)host_fd_close(context->env, fd, NULL);
    if (error.status == HOST_OK)
        error.status = host_fs_rename(context->env, HOST_AT_CWD, beside, HOST_AT_CWD, file, 0, &error);
    if (error.status != HOST_OK && fd >= 0)
        (void)host_fs_unlink(context->env, HOST_AT_CWD, beside, 0, NULL);
    if (error.status != HOST_OK)
        command_complain(context, "%s: %s", file, error.message);
    return error.status == HOST_OK;
}

static int format(const command_context *context, const char *file, const char *how)
{
    policy_message message;
    size_t size;
    char *text = NULL, *bytes = policy_input_bytes(context, file, &size);
    int code = CORDON_EXIT_USAGE;
    if (bytes != NULL && !policy_format(bytes, size, file, &text, &message))
        command_complain(context, "%s", message.text);
    bool is_same = text != NULL && strcmp(text, bytes) == 0;
    if (text != NULL && strcmp(how, "--check") == 0)
        code = is_same ? 0 : OTHERWISE;
    else if (text != NULL && strcmp(how, "--write") == 0)
        code = is_same || put_back(context, file, text) ? 0 : CORDON_EXIT_USAGE;
    else if (text != NULL)
        code = command_write(context, 1, text) == 0 ? 0 : CORDON_EXIT_USAGE;
    free(text);
    free(bytes);
    return code;
}

int policy_command_format(const command_context *context, int argument_count, char **arguments)
{
    if (argument_count == 1 && (strcmp(arguments[0], "--help") == 0 || strcmp(arguments[0], "-h") == 0))
        return command_write(context, 1, help) == 0 ? 0 : CORDON_EXIT_USAGE;
    bool has_option = argument_count == 2 && (strcmp(arguments[0], "--write") == 0 || strcmp(arguments[0], "--check") == 0);
    if (argument_count != 1 + has_option || arguments[argument_count - 1][0] == '-') {
        command_complain(context, "cordon policy format needs one FILE; 'cordon policy format --help' tells more");
        return CORDON_EXIT_USAGE;
    }
    return format(context, arguments[argument_count - 1], has_option ? arguments[0] : "");
}
