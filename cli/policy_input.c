/* Hides where the bytes of a policy come from. */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>

#include "host_env/fd.h"
#include "host_env/fs.h"
#include "policy.h"

enum { BYTES_MAX = 1 << 20 }; /* of a policy */

static host_status read_all(host_env *env, int fd, char *bytes, size_t *size_out, host_error *error)
{
    host_status status = HOST_OK;
    size_t count = 1;
    for (*size_out = 0; status == HOST_OK && count != 0 && *size_out < BYTES_MAX; *size_out += count) {
        count = 0;
        status = host_fd_read(env, fd, bytes + *size_out, BYTES_MAX - *size_out, &count, error);
    }
    return status;
}

char *policy_input_bytes(const command_context *context, const char *file, size_t *size_out)
{
    host_error error = {.status = HOST_NO_MEMORY, .message = "out of memory"};
    int fd = -1;
    char *bytes = malloc(BYTES_MAX + 1);
    host_status status = bytes == NULL ? HOST_NO_MEMORY : host_fs_open(context->env, HOST_AT_CWD, file, O_RDONLY | O_CLOEXEC, 0, &fd, &error);
    if (status == HOST_OK)
        status = read_all(context->env, fd, bytes, size_out, &error);
    if (fd >= 0)
        (void)host_fd_close(context->env, fd, NULL);
    if (status == HOST_OK) {
        bytes[*size_out] = '\0';
        return bytes;
    }
    command_complain(context, "cannot read the policy: %s", error.message);
    free(bytes);
    return NULL;
}

policy *policy_input_read(const command_context *context, const char *choice)
{
    char file[PATH_MAX];
    const char *profile;
    policy *result = NULL;
    policy_message message;
    size_t size;
    if (!policy_split_choice(choice, file, sizeof file, &profile)) {
        command_complain(context, "'%s' names no policy: needs FILE or FILE:PROFILE", choice);
        return NULL;
    }
    char *bytes = policy_input_bytes(context, file, &size);
    if (bytes != NULL && !policy_read(bytes, size, file, profile, &result, &message))
        command_complain(context, "%s", message.text);
    free(bytes);
    return result;
}
