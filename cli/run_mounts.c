/* Hides the syntax of --mount. */
#include "run_mounts.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/exit_code.h"
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

/* `text` is cut up in place and holds the source; the destination is a copy of its own. */
static const char *parse(char *text, const char *directory, char **destination_out, cordon_mount *mount)
{
    char path[PATH_MAX];
    mount->mode = take_mode(text);
    char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text || colon[1] == '\0')
        return "needs SOURCE:DESTINATION, and :ro or :overlay behind it if the folder shall not be written";
    *colon = '\0';
    if (run_path_absolute(directory, colon + 1, path, sizeof path) != 0)
        return "the destination is too long";
    if (strcmp(path, "/") == 0)
        return "the destination cannot be the root: the sandbox has its own files there";
    *destination_out = strdup(path);
    if (*destination_out == NULL)
        return "no memory left";
    mount->source = text;
    mount->path = *destination_out;
    return NULL;
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
        texts[0] = strdup(options[i]);
        if (texts[0] != NULL)
            complaint = parse(texts[0], directory, &texts[1], &mounts_out->mounts[i]);
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
