/* Hides how a configuration with all its texts is laid into one block. */
#include "sandbox_settings.h"

#include <stdlib.h>
#include <string.h>

/* Walked twice: first to count, with `next` NULL, then to fill. */
typedef struct block {
    size_t size;
    char *next;
} block;

static void *take(block *block, const void *from, size_t size)
{
    size_t whole = (size + 7) & ~(size_t)7; /* pointers lie among texts */
    void *taken = block->next;
    block->size += whole;
    if (taken == NULL)
        return NULL;
    memcpy(taken, from, size);
    block->next += whole;
    return taken;
}

static const char *take_text(block *block, const char *text)
{
    return text != NULL ? take(block, text, strlen(text) + 1) : NULL;
}

static const char *const *take_list(block *block, const char *const *list)
{
    size_t length = 0;
    if (list == NULL)
        return NULL;
    while (list[length] != NULL)
        length++;
    const char **taken = take(block, list, (length + 1) * sizeof *list);
    for (size_t i = 0; i < length; i++) {
        const char *text = take_text(block, list[i]);
        if (taken != NULL)
            taken[i] = text;
    }
    return (const char *const *)taken;
}

static const cordon_mount *take_mounts(block *block, const cordon_mount *mounts, size_t count)
{
    cordon_mount *taken = count > 0 ? take(block, mounts, count * sizeof *mounts) : NULL;
    for (size_t i = 0; i < count; i++) {
        const char *source = take_text(block, mounts[i].source), *path = take_text(block, mounts[i].path);
        if (taken != NULL) {
            taken[i].source = source;
            taken[i].path = path;
        }
    }
    return taken;
}

/* Every pointer of the configuration has its line here, but the callers' own contexts. */
static void take_all(block *block, const cordon_sandbox_config *from, cordon_sandbox_config *to)
{
    to->seed = from->seed != NULL ? take(block, from->seed, CORDON_SEED_BYTES) : NULL;
    to->environment = take_list(block, from->environment);
    to->arguments = take_list(block, from->arguments);
    to->directory = take_text(block, from->directory);
    to->mounts = take_mounts(block, from->mounts, from->mount_count);
    to->overlay_folder = take_text(block, from->overlay_folder);
}

cordon_sandbox_config *sandbox_settings_keep(const cordon_sandbox_config *config)
{
    cordon_sandbox_config nothing;
    block count = {0};
    take_all(&count, config, &nothing);
    cordon_sandbox_config *kept = malloc(sizeof *kept + count.size);
    if (kept == NULL)
        return NULL;
    *kept = *config;
    take_all(&(block){.next = (char *)(kept + 1)}, config, kept);
    return kept;
}
