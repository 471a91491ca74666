/* Hides from exec and dlopen how a path of a program or shared object is held beneath the granted roots. */
#include "program_paths.h"

#include <string.h>

#include "host_env/fs.h"
#include "path_place.h"

static void number_append(char *text, int number)
{
    char digits[12];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    text += strlen(text);
    while (count > 0) {
        *text++ = digits[--count];
    }
    *text = '\0';
}

host_status program_path_open(host_call *call, const char *path, program_path_use use, program_path *found_out)
{
    *found_out = (program_path){.path = path, .fd = -1};
    if (call->env->path_mode == HOST_PATHS_ANY) {
        return HOST_OK;
    }
    if (use == PROGRAM_PATH_SEARCHED && strchr(path, '/') == NULL) {
        return host_call_finish_status(call, HOST_OUTSIDE_ROOT, EACCES, 0,
                                       "a name without slash would be searched for beneath no root");
    }
    int code = host_place_open(call->env, HOST_AT_CWD, path, O_PATH | O_CLOEXEC, 0, HOST_ROOT_READ, &found_out->fd);
    if (code != 0) {
        return host_place_refuse(call, code);
    }
    strcpy(found_out->held, "/proc/self/fd/");
    number_append(found_out->held, found_out->fd);
    found_out->path = found_out->held;
    return HOST_OK;
}

const char *program_path_for_child(host_call *call, const program_path *found, char text_out[PROGRAM_PATH_BYTES])
{
    if (found->fd < 0) {
        return found->path;
    }
    strcpy(text_out, "/proc/");
    number_append(text_out, (int)call->env->operations.getpid());
    strcat(text_out, "/fd/");
    number_append(text_out, found->fd);
    return text_out;
}

void program_path_close(host_call *call, program_path *found)
{
    if (found->fd >= 0) {
        call->env->operations.close(found->fd);
    }
}
