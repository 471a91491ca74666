/* Hides the syntax of --mount. */
#include "run_mounts.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/exit_code.h"
#include "host_env/fs.h"
#include "run_paths.h"

static const struct {
    const char *name;
    cordon_mount_mode mode;
} modes[] = {{"rw", CORDON_MOUNT_READ_WRITE}, {"ro", CORDON_MOUNT_READ_ONLY}, {"overlay", CORDON_MOUNT_OVERLAY}};

/* Cuts a mode off the end of `text`. Without one the folder may be written, as people know it from other tools. */
static cordon_mount_mode take_mode(char *text)
{
    char *colon = strrchr(text, ':');
    for (size_t i = 0; colon != NULL && i < sizeof modes / sizeof *modes; i++)
        if (strcmp(colon + 1, modes[i].name) == 0) {
            *colon = '\0';
            return modes[i].mode;
        }
    return CORDON_MOUNT_READ_WRITE;
}

/* `text` is cut up in place; source and destination are copies of their own. A complaint may lie in `error`. */
static const char *parse(const command_context *context, char *text, const char *directory, char *texts_out[2], cordon_mount *mount,
                         host_error *error)
{
    char path[PATH_MAX], source[PATH_MAX];
    mount->mode = take_mode(text);
    char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text || colon[1] == '\0')
        return "needs SOURCE:DESTINATION, and :ro or :overlay behind it if the folder shall not be written";
    *colon = '\0';
    if (run_path_absolute(directory, colon + 1, path, sizeof path) != 0)
        return "the destination is too long";
    if (strcmp(path, "/") == 0)
        return "the destination cannot be the root: the sandbox has its own files there";
    if (host_fs_realpath(context->env, text, source, sizeof source, error) != HOST_OK)
        return error->message;
    texts_out[0] = strdup(source);
    texts_out[1] = strdup(path);
    mount->source = texts_out[0];
    mount->path = texts_out[1];
    return texts_out[0] == NULL || texts_out[1] == NULL ? "no memory left" : NULL;
}

int run_mounts_parse(const command_context *context, char **options, const char *directory, run_mounts *mounts_out)
{
    size_t count = 0;
    while (options[count] != NULL)
        count++;
    mounts_out->mounts = calloc(count + 1, sizeof *mounts_out->mounts);
    mounts_out->texts = calloc(2 * count + 1, sizeof *mounts_out->texts);
    mounts_out->count = count;
    if (mounts_out->mounts == NULL || mounts_out->texts == NULL)
        return CORDON_EXIT_SETUP_FAILED;
    for (size_t i = 0; i < count; i++) {
        char **texts = mounts_out->texts + 2 * i;
        const char *complaint = "no memory left";
        host_error error;
        char *text = strdup(options[i]);
        if (text != NULL)
            complaint = parse(context, text, directory, texts, &mounts_out->mounts[i], &error);
        free(text);
        if (complaint != NULL) {
            command_complain(context, "--mount %s: %s", options[i], complaint);
            return CORDON_EXIT_USAGE;
        }
    }
    return 0;
}

void run_mounts_release(run_mounts *mounts)
{
    for (size_t i = 0; mounts->texts != NULL && i < 2 * mounts->count; i++)
        free(mounts->texts[i]);
    free(mounts->texts);
    free(mounts->mounts);
    *mounts = (run_mounts){0};
}
