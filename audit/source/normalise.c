/* Hides from reports and baselines which parts of a path, name or port change from run to run and from machine to machine. */
#include "audit/normalise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "normalise_name.h"

enum {
    FOLDERS_MAX = 16,
    TEXT_BYTES_MAX = 16384, /* two paths of Linux's longest, and what stands between them */
    EPHEMERAL_PORT_MIN = 32768 /* Linux gives these to sockets that name none: ip_local_port_range, ip(7) */
};

typedef struct folder {
    char *path; /* without a slash at its end */
    const char *stands_as;
    bool is_temporary;
} folder;

struct audit_normaliser {
    folder folders[FOLDERS_MAX];
    size_t folder_count;
    char text[TEXT_BYTES_MAX];
};

audit_normaliser *audit_normaliser_create(void) { return calloc(1, sizeof(audit_normaliser)); }

void audit_normaliser_destroy(audit_normaliser *normaliser)
{
    if (normaliser == NULL) return;
    for (size_t i = 0; i < normaliser->folder_count; i++) free(normaliser->folders[i].path);
    free(normaliser);
}

/* ---- The run's folders ------------------------------------------------------------------------------------------------------------ */

static bool add_folder(audit_normaliser *normaliser, const char *path, const char *stands_as, bool is_temporary)
{
    size_t length = path == NULL ? 0 : strlen(path);
    while (length > 0 && path[length - 1] == '/') length--;
    if (length == 0 || normaliser->folder_count == FOLDERS_MAX) return true; /* "/" would stand for everything */
    char *copy = malloc(length + 1);
    if (copy == NULL) return false;
    memcpy(copy, path, length);
    copy[length] = '\0';
    normaliser->folders[normaliser->folder_count++] = (folder){ .path = copy, .stands_as = stands_as, .is_temporary = is_temporary };
    return true;
}

bool audit_normaliser_start(audit_normaliser *normaliser, const audit_start *start)
{
    bool is_good = add_folder(normaliser, start->directory, ".", false) && add_folder(normaliser, start->home, "~", false);
    for (size_t i = 0; is_good && start->temporary != NULL && start->temporary[i] != NULL; i++)
        is_good = add_folder(normaliser, start->temporary[i], "<tmp>", true);
    return is_good;
}

/* What follows `folder` in `path`: "" or "/..."; NULL if the path is not beneath it. */
static const char *after_folder(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0') ? path + length : NULL;
}

/* The folder that says most: the one with the longest path, and of equal ones the first. */
static const folder *folder_of(const audit_normaliser *normaliser, const char *path)
{
    const folder *best = NULL;
    for (size_t i = 0; i < normaliser->folder_count; i++) {
        const folder *candidate = &normaliser->folders[i];
        if (after_folder(path, candidate->path) != NULL && (best == NULL || strlen(candidate->path) > strlen(best->path))) best = candidate;
    }
    return best;
}

/* Where Python's own files and installed ones lie: /usr/lib/python3.13/..., the same beneath any prefix. */
static const char *after_library(const char *path, const char **stands_as_out)
{
    static const char *const installed[] = { "/site-packages", "/dist-packages" };
    const char *rest = NULL;
    for (const char *place = strstr(path, "/lib/python"); place != NULL; place = strstr(place + 1, "/lib/python")) {
        const char *end = place + strlen("/lib/python");
        end += strspn(end, "0123456789.");
        if (*end == 't') end++; /* free-threaded builds */
        if (strcmp(end, "zip") == 0) end += strlen("zip"); /* where the library may lie, too: python313.zip */
        if (*end == '/' || *end == '\0') rest = end;
    }
    if (rest == NULL) return NULL;
    *stands_as_out = "<stdlib>";
    for (size_t i = 0; i < sizeof installed / sizeof *installed; i++) {
        const char *inside = after_folder(rest, installed[i]);
        if (inside == NULL) continue;
        *stands_as_out = "<site-packages>";
        return inside;
    }
    return rest;
}

/* ---- Texts ------------------------------------------------------------------------------------------------------------------------ */

static void append(audit_normaliser *normaliser, size_t *used, const char *text)
{
    size_t room = sizeof normaliser->text - *used, length = strlen(text);
    if (length > room - 1) length = room - 1;
    memcpy(normaliser->text + *used, text, length);
    *used += length;
    normaliser->text[*used] = '\0';
}

static void append_path(audit_normaliser *normaliser, size_t *used, const char *path)
{
    const char *stands_as = "", *rest = after_library(path, &stands_as);
    bool is_temporary = false;
    if (rest == NULL) {
        const folder *inside = folder_of(normaliser, path);
        rest = inside != NULL ? path + strlen(inside->path) : path;
        stands_as = inside != NULL ? inside->stands_as : "";
        is_temporary = inside != NULL && inside->is_temporary;
    }
    append(normaliser, used, stands_as);
    *used += normalise_names(rest, is_temporary, normaliser->text + *used, sizeof normaliser->text - *used);
}

const char *audit_normaliser_path(audit_normaliser *normaliser, const char *path)
{
    size_t used = 0;
    normaliser->text[0] = '\0';
    append_path(normaliser, &used, path);
    return normaliser->text;
}

/* ---- What each capability is about ------------------------------------------------------------------------------------------------ */

typedef enum part_kind { PART_PATH, PART_LOOK, PART_NAME, PART_RANDOM_NAME, PART_ADDRESS, PART_PORT, PART_SERVICE, PART_SIGNAL } part_kind;

/* An argument that says what an access was about, and what stands before it if it is not the first. */
typedef struct part {
    const char *capability; /* ends in * : all that begin so */
    const char *argument;
    part_kind kind;
    const char *before;
} part;

/* `real` follows `path`: a link that leads elsewhere than it did is another access. Descriptors, sizes, flags and pids last no longer than a run. */
static const part parts[] = {
    { "fs.read", "path", PART_LOOK, "" },
    { "fs.list", "path", PART_PATH, "" },
    { "fs.write", "path", PART_PATH, "" },
    { "fs.*", "real", PART_PATH, " -> " },
    { "fs.*", "target", PART_PATH, ", " },
    { "fs.*", "new_path", PART_PATH, ", " },
    { "env.*", "name", PART_NAME, "" },
    { "net.*", "host", PART_NAME, "" },
    { "net.*", "address", PART_ADDRESS, "" },
    { "net.*", "port", PART_PORT, " port " },
    { "net.*", "service", PART_SERVICE, " service " },
    { "process.spawn", "program", PART_PATH, "" },
    { "process.spawn", "command", PART_NAME, "" },
    { "process.signal", "signal", PART_SIGNAL, "" },
    { "signal.handle", "signal", PART_SIGNAL, "" },
    { "native.load", "path", PART_PATH, "" },
    { "ipc", "name", PART_RANDOM_NAME, "" },
    { "system.info", "name", PART_NAME, "" },
    { "user.info", "name", PART_NAME, "" },
    { "user.info", "user", PART_NAME, "" },
    { "import", "name", PART_NAME, "" },
};

static bool concerns(const part *part, const char *capability)
{
    size_t length = strlen(part->capability);
    if (part->capability[length - 1] != '*') return strcmp(part->capability, capability) == 0;
    return strncmp(part->capability, capability, length - 1) == 0;
}

static const audit_argument *argument_named(const audit_access *access, const char *name)
{
    for (size_t i = 0; i < access->argument_count; i++)
        if (strcmp(access->arguments[i].name, name) == 0) return &access->arguments[i];
    return NULL;
}

/* Whether the folder that the program was started in lies somewhere beneath. */
static bool is_above(const audit_normaliser *normaliser, const char *path)
{
    size_t length = strlen(path);
    for (size_t i = 0; i < normaliser->folder_count; i++) {
        const folder *folder = &normaliser->folders[i];
        if (strcmp(folder->stands_as, ".") == 0) return length > 1 && strncmp(folder->path, path, length) == 0 && folder->path[length] == '/';
    }
    return false;
}

/* Who follows the links of a path from the root on, as realpath(3) does, looks at each folder above; where those lie is no business of the program's. Listing one is. */
static void append_look(audit_normaliser *normaliser, size_t *used, const char *path)
{
    if (is_above(normaliser, path))
        append(normaliser, used, "<above>");
    else
        append_path(normaliser, used, path);
}

static void append_address(audit_normaliser *normaliser, size_t *used, const char *address)
{
    bool is_path = strncmp(address, "unix:", 5) == 0;
    append(normaliser, used, is_path ? "unix:" : address);
    if (is_path) append_path(normaliser, used, address + 5);
}

static void append_number(audit_normaliser *normaliser, size_t *used, const char *before, int64_t number)
{
    char text[64];
    snprintf(text, sizeof text, "%s%lld", before, (long long)number);
    append(normaliser, used, text);
}

/* A service by its number is a port; a name stays. */
static bool is_ephemeral_service(const char *text)
{
    char *end;
    long port = strtol(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && port >= EPHEMERAL_PORT_MIN;
}

static void append_text(audit_normaliser *normaliser, size_t *used, part_kind kind, const char *text)
{
    switch (kind) {
    case PART_PATH: append_path(normaliser, used, text); return;
    case PART_LOOK: append_look(normaliser, used, text); return;
    case PART_ADDRESS: append_address(normaliser, used, text); return;
    case PART_RANDOM_NAME: *used += normalise_names(text, true, normaliser->text + *used, sizeof normaliser->text - *used); return;
    case PART_SERVICE: append(normaliser, used, is_ephemeral_service(text) ? "<port>" : text); return;
    default: append(normaliser, used, text); return;
    }
}

static void append_part(audit_normaliser *normaliser, size_t *used, const part *part, const audit_argument *argument)
{
    if (*used > 0) append(normaliser, used, part->before);
    if (argument->text != NULL)
        append_text(normaliser, used, part->kind, argument->text);
    else if (part->kind == PART_PORT && argument->number >= EPHEMERAL_PORT_MIN)
        append(normaliser, used, "<port>");
    else
        append_number(normaliser, used, part->kind == PART_SIGNAL ? "signal " : "", argument->number);
}

const char *audit_normaliser_target(audit_normaliser *normaliser, const audit_access *access)
{
    size_t used = 0;
    normaliser->text[0] = '\0';
    for (size_t i = 0; access->capability != NULL && i < sizeof parts / sizeof *parts; i++) {
        const audit_argument *argument = concerns(&parts[i], access->capability) ? argument_named(access, parts[i].argument) : NULL;
        bool is_nothing = argument == NULL || argument->list != NULL || (argument->text != NULL && argument->text[0] == '\0');
        if (!is_nothing) append_part(normaliser, &used, &parts[i], argument);
    }
    return normaliser->text;
}
