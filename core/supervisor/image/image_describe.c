/* Hides the form of the text that an image carries. */
#include "image_describe.h"

#include "bytes.h"
#include "cordon/protocol.h"

#include <stdio.h>
#include <string.h>

static void add(bytes *text, const char *part)
{
    bytes_add(text, part, strlen(part));
}

static void add_list(bytes *text, const char *key, const char *const *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add(text, key);
        add(text, ": ");
        add(text, values[i]);
        add(text, "\n");
    }
}

char *image_describe(const image_description *description)
{
    bytes text = {0};
    char line[64];

    snprintf(line, sizeof line, "protocol: %u\n", CORDON_FRAME_VERSION);
    add(&text, line);
    add_list(&text, "folder", description->folders, description->folder_count);
    add_list(&text, "module", description->modules, description->module_count);
    bytes_add(&text, "", 1);
    if (text.failed) {
        bytes_release(&text);
        return NULL;
    }
    return (char *)text.data;
}
