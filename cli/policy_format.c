/* `cordon policy format`: lays a policy file out in the one way. */
#include <stdlib.h>
#include <string.h>

#include "cordon/exit_code.h"
#include "host_env/fs.h"
#include "policy.h"
#include "replace_file.h"

static const char help[] = "usage: cordon policy format [--write | --check] FILE\n"
                           "\n"
                           "Prints the file laid out in the one way, comments kept. --write puts it back into the file; --check prints nothing and ends with 1 if the file\n"
                           "is laid out otherwise. Ends with 120 if it is no policy.\n";

enum { OTHERWISE = 1 };

/* A policy that is half written is none, and one that only its owner reads stays so. */
static bool put_back(const command_context *context, const char *file, const char *text)
{
    host_error error;
    host_file_status status = {.mode = 0};
    if (host_fs_stat(context->env, HOST_AT_CWD, file, 0, &status, &error) == HOST_OK &&
        replace_file(context, file, status.mode & 0777, text, strlen(text), REPLACE_WHEN_THE_SYSTEM_LIKES, &error) == HOST_OK)
        return true;
    command_complain(context, "%s: %s", file, error.message);
    return false;
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
