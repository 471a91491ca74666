/* Hides which parts of an access a rule of a policy could speak about. */
#include "learn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "baseline.h"
#include "normalise_name.h"
#include "policy/policy.h"

enum { TEXT_BYTES_MAX = 8192, EPHEMERAL_PORT_MIN = 32768, /* ip_local_port_range, ip(7) */
       OPEN_MODE_MASK = 3, OPEN_READ_WRITE = 2 /* open(2): O_ACCMODE, O_RDWR */ };

static const char library_end[] = "/lib/python";

audit_learner *audit_learner_create(audit_file_kind_function file_kind, void *context)
{
    audit_learner *learner = calloc(1, sizeof *learner);
    if (learner == NULL) return NULL;
    learner->file_kind = file_kind;
    learner->context = context;
    learner->home = learner->directory = learner->library = learner->python = "";
    return learner;
}

void audit_learner_destroy(audit_learner *learner)
{
    if (learner == NULL) return;
    baseline_keys_destroy(learner->keys);
    table_release(&learner->items);
    table_release(&learner->texts);
    arena_release(&learner->memory);
    free(learner);
}

size_t audit_learner_refused(const audit_learner *learner) { return learner->refused; }

/* ---- Items ------------------------------------------------------------------------------------------------------------------------ */

static bool is_text(const void *item, const void *key) { return strcmp(item, key) == 0; }

const char *learn_text(audit_learner *in, const char *text)
{
    uint64_t hash = table_hash_text(2, text);
    char *copy = table_find(&in->texts, hash, is_text, text);
    if (copy != NULL) return copy;
    size_t size = strlen(text) + 1;
    if ((copy = arena_take(&in->memory, size)) == NULL) return NULL;
    memcpy(copy, text, size);
    return table_add(&in->texts, hash, copy) ? copy : NULL;
}

int learn_compare(const void *a, const void *b)
{
    const learn_item *first = a, *second = b;
    int order = strcmp(first->capability, second->capability);
    if (order == 0) order = (int)first->field - (int)second->field;
    if (order == 0) order = strcmp(first->second, second->second);
    return order != 0 ? order : strcmp(first->text, second->text);
}

static bool is_item(const void *item, const void *key) { return learn_compare(item, key) == 0; }

static const char learn_nobody[] = "the interpreter itself";

/* Where a person looks: their own line. */
static const char *place_of(audit_learner *in, const audit_site *site)
{
    char text[1024];
    if (site == NULL) return learn_nobody;
    if (site->caller != NULL) site = site->caller;
    snprintf(text, sizeof text, "%.500s:%u%s%.200s", site->file == NULL ? "?" : site->file, site->line, site->module == NULL ? "" : " ", site->module == NULL ? "" : site->module);
    return learn_text(in, text);
}

/* False: no memory. */
static bool add_item(audit_learner *in, const audit_access *access, learn_item key)
{
    uint64_t hash = table_hash_text(table_hash_text(table_hash_number(table_hash_text(2, key.capability), key.field), key.text), key.second);
    learn_item *item = table_find(&in->items, hash, is_item, &key);
    if (item == NULL) {
        if ((item = arena_take(&in->memory, sizeof *item)) == NULL) return false;
        *item = key;
        item->capability = learn_text(in, key.capability);
        item->text = learn_text(in, key.text);
        item->second = learn_text(in, key.second);
        item->place = place_of(in, access->site);
        item->count = item->missed = 0;
        if (item->capability == NULL || item->text == NULL || item->second == NULL || item->place == NULL || !table_add(&in->items, hash, item)) return false;
    }
    if (item->place == learn_nobody && access->site != NULL && (item->place = place_of(in, access->site)) == NULL) return false;
    item->count += access->count > 0 ? access->count : 1;
    item->missed += baseline_is_miss(access);
    return true;
}

/* ---- What a capability's rules speak about ------------------------------------------------------------------------------------------ */

static const struct limited {
    const char *capability, *argument;
    learn_field field;
} limits[] = {
    { "native.load", "path", LEARN_PATH },         { "env.read", "name", LEARN_NAME },       { "env.write", "name", LEARN_NAME },
    { "ipc", "name", LEARN_NAME },                 { "user.info", "name", LEARN_NAME },      { "net.resolve", "host", LEARN_HOST },
    { "net.connect", "address", LEARN_ADDRESS },   { "net.listen", "address", LEARN_ADDRESS }, { "process.spawn", "program", LEARN_PROGRAM },
    { "process.signal", "signal", LEARN_SIGNAL },  { "signal.handle", "signal", LEARN_SIGNAL }, { "import", "name", LEARN_MODULE },
};

static const struct limited *limit_of(const char *capability)
{
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (strcmp(limits[i].capability, capability) == 0) return &limits[i];
    return NULL;
}

static const audit_argument *argument_named(const audit_access *access, const char *name)
{
    for (size_t i = 0; i < access->argument_count; i++)
        if (strcmp(access->arguments[i].name, name) == 0) return &access->arguments[i];
    return NULL;
}

/* ---- Files ------------------------------------------------------------------------------------------------------------------------ */

static bool is_beneath(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    if (length == 0) return false;
    if (strcmp(folder, "/") == 0) return true;
    return strncmp(path, folder, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static void cut_last(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash != NULL) slash[slash == path ? 1 : 0] = '\0';
}

/* Names that will be others next time are not granted by themselves: what they lie in is. True: something was cut. */
static bool cut_random(char *path)
{
    char stable[TEXT_BYTES_MAX];
    size_t length = normalise_names(path, strncmp(path, "/tmp/", 5) == 0 || strncmp(path, "/var/tmp/", 9) == 0, stable, sizeof stable), same = 0;
    while (same < length && path[same] == stable[same]) same++;
    if (path[same] == '\0' && same == length) return false;
    while (same > 0 && path[same] != '/') same--;
    path[same == 0 ? 1 : same] = '\0';
    return true;
}

static bool is_folder(const audit_learner *in, const char *path) { return in->file_kind(in->context, path) == AUDIT_FILE_FOLDER; }

/* A file, there or not, of a folder that is there can be named by itself, unless it is reached through a link, which rules about names do not follow. Else it
 * stands for the nearest folder that is there and has it in it. */
static void find_rule(const audit_learner *in, char *path, bool is_linked)
{
    bool is_random = cut_random(path);
    if (is_folder(in, path)) return;
    char folder[TEXT_BYTES_MAX];
    strcpy(folder, path);
    cut_last(folder);
    if (!is_random && !is_linked && is_folder(in, folder)) return;
    while (strcmp(path, "/") != 0 && !is_folder(in, path)) cut_last(path);
}

/* What is opened to be read and written needs both rights in one folder, and is told as writing. */
static bool is_for_both(const audit_access *access)
{
    const audit_argument *flags = argument_named(access, "flags");
    return strcmp(access->operation, "fs_open") == 0 && flags != NULL && (flags->number & OPEN_MODE_MASK) == OPEN_READ_WRITE;
}

static bool add_file(audit_learner *in, const audit_access *access, const char *path, bool is_linked)
{
    bool is_write = strcmp(access->capability, "fs.write") == 0;
    char rule[TEXT_BYTES_MAX];
    if (path[0] != '/' || strlen(path) >= sizeof rule) return true;
    if (!is_write && is_beneath(path, in->library)) return true; /* may always be read */
    strcpy(rule, path);
    find_rule(in, rule, is_linked);
    learn_item item = { .capability = is_write ? "fs.write" : LEARN_READING, .field = LEARN_FOLDER, .text = rule, .second = "" };
    if (!add_item(in, access, item)) return false;
    item.capability = LEARN_READING;
    return !is_for_both(access) || add_item(in, access, item);
}

/* Paths are judged by where they lead; what a link leads to from is looked at as well. */
static bool add_files(audit_learner *in, const audit_access *access)
{
    if (strcmp(access->operation, "fs_getcwd") == 0) return add_file(in, access, in->directory, false);
    for (size_t i = 0; i < access->argument_count; i++) {
        static const char *const paths[] = { "path", "real", "new_path", "new_path_real" };
        bool is_linked = argument_named(access, "real") != NULL || argument_named(access, "new_path_real") != NULL;
        for (size_t j = 0; j < sizeof paths / sizeof *paths; j++)
            if (access->arguments[i].text != NULL && strcmp(access->arguments[i].name, paths[j]) == 0 && !add_file(in, access, access->arguments[i].text, is_linked)) return false;
    }
    return true;
}

/* ---- Others ----------------------------------------------------------------------------------------------------------------------- */

/* Where a module comes from: Python's library as a whole, or the folder from which its first name is counted. */
static void find_origin(const audit_learner *in, const audit_access *module, const char *name, char *origin, size_t size)
{
    const audit_argument *from = argument_named(module, "origin");
    const char *text = from == NULL || from->text == NULL ? "" : from->text;
    snprintf(origin, size, "%s", strcmp(text, "built-in") == 0 || strcmp(text, "frozen") == 0 || is_beneath(text, in->library) ? "library" : text);
    if (origin[0] != '/') {
        if (strcmp(origin, "library") != 0) origin[0] = '\0';
        return;
    }
    const char *file = strrchr(origin, '/') + 1;
    bool is_package = strncmp(file, "__init__.", 9) == 0;
    cut_last(origin);
    for (const char *next = name; *next != '\0'; next++)
        if (*next == '.') cut_last(origin);
    if (is_package) cut_last(origin);
}

static bool add_limited(audit_learner *in, const audit_access *access, const struct limited *limit, const audit_argument *argument)
{
    char text[TEXT_BYTES_MAX], second[TEXT_BYTES_MAX] = "";
    learn_item item = { .capability = access->capability, .field = limit->field, .text = text, .second = second };
    const audit_argument *port = argument_named(access, "port"), *real = argument_named(access, "real");
    if (argument->text != NULL)
        snprintf(text, sizeof text, "%s", limit->field == LEARN_PATH && real != NULL && real->text != NULL ? real->text : argument->text);
    else
        snprintf(text, sizeof text, "%lld", (long long)argument->number);
    if (limit->field == LEARN_NAME && strcmp(access->capability, "ipc") == 0) normalise_names(argument->text, true, text, sizeof text);
    if (limit->field == LEARN_ADDRESS && port != NULL && port->number > 0 && port->number < EPHEMERAL_PORT_MIN) snprintf(second, sizeof second, "%lld", (long long)port->number);
    if (limit->field == LEARN_MODULE) find_origin(in, access, text, second, sizeof second);
    if (!add_item(in, access, item)) return false;
    /* All are asked for: by what started it or made the connection, and by a report policy. */
    static const struct {
        learn_field field;
        const char *argument;
    } faces[] = { { LEARN_PROGRAM, "program_real" }, { LEARN_ADDRESS, "real" }, { LEARN_ADDRESS, "embedded" } };
    for (size_t i = 0; i < sizeof faces / sizeof *faces; i++) {
        const audit_argument *led = limit->field == faces[i].field ? argument_named(access, faces[i].argument) : NULL;
        if (led == NULL || led->text == NULL) continue;
        item.text = led->text;
        if (!add_item(in, access, item)) return false;
    }
    return true;
}

/* An access that names nothing fits rules that are limited by what may be absent, once there is one; else it needs the capability as a whole. */
static bool may_be_absent(learn_field field) { return field == LEARN_ADDRESS || field == LEARN_PROGRAM || field == LEARN_SIGNAL || field == LEARN_PATH; }

static bool add_access(audit_learner *in, const audit_access *access)
{
    if (policy_capability_number(access->capability) < 0) return true;
    if (strncmp(access->capability, "fs.", 3) == 0) return add_files(in, access);
    const struct limited *limit = limit_of(access->capability);
    const audit_argument *argument = limit == NULL ? NULL : argument_named(access, limit->argument);
    bool is_known = argument != NULL && argument->list == NULL && (argument->text == NULL || argument->text[0] != '\0');
    if (is_known && (argument->text != NULL || limit->field == LEARN_SIGNAL)) return add_limited(in, access, limit, argument);
    if (strcmp(access->capability, "env.read") == 0) return true; /* the list alone gives nothing away */
    learn_item item = { .capability = access->capability, .field = LEARN_ALL, .text = "", .second = limit != NULL && may_be_absent(limit->field) ? "absent" : "" };
    return add_item(in, access, item);
}

/* ---- Lines ------------------------------------------------------------------------------------------------------------------------ */

static bool start_record(audit_learner *in, const audit_start *start)
{
    char python[64];
    const char *end = strrchr(start->python, '.');
    snprintf(python, sizeof python, "%.*s", end == NULL ? 0 : (int)(end - start->python), start->python);
    baseline_keys_destroy(in->keys);
    in->keys = baseline_keys_create();
    in->home = learn_text(in, start->home);
    in->directory = learn_text(in, start->directory);
    in->python = learn_text(in, python);
    in->library = "";
    in->records++;
    return in->keys != NULL && in->home != NULL && in->directory != NULL && in->python != NULL;
}

/* ../lib/python3.13 beside the program. */
static bool find_library(audit_learner *in, const audit_process *process)
{
    char library[TEXT_BYTES_MAX];
    if (in->library[0] != '\0' || process->arguments == NULL || process->arguments[0] == NULL || process->arguments[0][0] != '/') return true;
    if (strlen(process->arguments[0]) + sizeof library_end + strlen(in->python) >= sizeof library) return true;
    strcpy(library, process->arguments[0]);
    cut_last(library);
    cut_last(library);
    if (strcmp(library, "/") == 0) library[0] = '\0';
    strcat(strcat(library, library_end), in->python);
    in->library = learn_text(in, library);
    return in->library != NULL;
}

/* What Python looks at to find itself is allowed or does no harm when it is refused, and its caches are not the program's. */
static bool is_pythons_own(const audit_learner *in, const audit_access *access, baseline_kind kind)
{
    if (kind != BASELINE_ENTRY && kind != BASELINE_SETTING) return true;
    if (!baseline_keys_was_start(in->keys)) return false;
    char origin[TEXT_BYTES_MAX] = "";
    if (strcmp(access->capability, "import") == 0) find_origin(in, access, "", origin, sizeof origin);
    return strcmp(access->capability, "fs.read") == 0 || strcmp(access->capability, "fs.list") == 0 || strcmp(origin, "library") == 0;
}

bool audit_learner_add(audit_learner *learner, const audit_line *line, bool is_wanted)
{
    baseline_kind kind;
    audit_baseline_entry entry;
    const char *source;
    if (line->type == AUDIT_START && !start_record(learner, &line->as.start)) return false;
    if (learner->keys == NULL || !baseline_keys_take(learner->keys, line, &kind, &entry, &source)) return false;
    if (line->type == AUDIT_PROCESS) return find_library(learner, line->as.process);
    if (line->type != AUDIT_ACCESS && line->type != AUDIT_MODULE) return true;
    return !is_wanted || is_pythons_own(learner, &line->as.access, kind) || add_access(learner, &line->as.access);
}
