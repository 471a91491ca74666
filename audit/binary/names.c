/* Hides what libraries put around the names of functions that reach an operating system. */
#include <stdlib.h>
#include <string.h>

#include "binary_names.h"
#include "findings.h"

enum { NAME_BYTES_MAX = 128 };

typedef struct known_name {
    const char *name, *capability, *operation;
} known_name;

static const known_name known_names[] = {
#define KNOWN_NAME(name, capability, operation) {name, capability, operation},
    BINARY_NAME_TABLE(KNOWN_NAME)
#undef KNOWN_NAME
};

/* What glibc and its headers put in front of a name, and behind it: aliases, large files, checked calls, C99's scanf.
 */
static const char *const beginnings[] = {"__isoc99_", "__isoc23_", "__libc_", "__GI_", "__", "_"};
static const char *const endings[] = {"64_2", "_2", "64_chk", "_chk", "64", "_time64"};

static int compare(const void *key, const void *row)
{
    return strcmp(key, ((const known_name *)row)->name);
}

static const known_name *find(const char *name)
{
    return bsearch(name, known_names, sizeof known_names / sizeof *known_names, sizeof *known_names, compare);
}

static const known_name *find_without_ending(const char *name)
{
    char shorter[NAME_BYTES_MAX];
    const known_name *known = find(name);
    size_t length = strlen(name);
    for (size_t i = 0; known == NULL && i < sizeof endings / sizeof *endings; i++) {
        size_t ending = strlen(endings[i]);
        if (length <= ending || length >= sizeof shorter || strcmp(name + length - ending, endings[i]) != 0)
            continue;
        memcpy(shorter, name, length - ending);
        shorter[length - ending] = '\0';
        known = find(shorter);
    }
    return known;
}

bool binary_name_find(const char *name, const char **capability_out, const char **operation_out)
{
    const known_name *known = find_without_ending(name);
    for (size_t i = 0; known == NULL && i < sizeof beginnings / sizeof *beginnings; i++) {
        size_t length = strlen(beginnings[i]);
        if (strncmp(name, beginnings[i], length) == 0)
            known = find_without_ending(name + length);
    }
    *capability_out = known != NULL ? known->capability : NULL;
    *operation_out = known != NULL ? known->operation : NULL;
    return known != NULL;
}
