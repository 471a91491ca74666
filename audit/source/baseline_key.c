/* Hides from baselines which accesses are the same for a person who reviews them: whatever machine, cache or order of imports there was. */
#include "baseline_key.h"

#include <stdlib.h>
#include <string.h>

#include "audit/normalise.h"

enum { TEXT_BYTES_MAX = 20000, NAME_BYTES_MAX = 256, PROCESSES_FIRST = 16, PROCESSES_MAX = 1 << 24 };

struct baseline_keys {
    audit_normaliser *normaliser;
    bool *has_begun; /* of process n at n - 1: its program runs; before, the interpreter gets ready */
    size_t process_room;
    char *interpreter; /* normalised; NULL: not seen yet */
    bool is_start;     /* the last line was of the interpreter getting ready */
    char target[TEXT_BYTES_MAX], origin[TEXT_BYTES_MAX], source[TEXT_BYTES_MAX], distribution[NAME_BYTES_MAX];
};

baseline_keys *baseline_keys_create(void)
{
    baseline_keys *keys = calloc(1, sizeof *keys);
    if (keys != NULL && (keys->normaliser = audit_normaliser_create()) != NULL) return keys;
    free(keys);
    return NULL;
}

void baseline_keys_destroy(baseline_keys *keys)
{
    if (keys == NULL) return;
    audit_normaliser_destroy(keys->normaliser);
    free(keys->has_begun);
    free(keys->interpreter);
    free(keys);
}

/* ---- Tables ----------------------------------------------------------------------------------------------------------------------- */

/* Where it is chance who asks. */
static const struct without_who {
    const char *capability, *reason;
} without_who[] = {
    { "import", "a module is made once, for whoever comes first" },
    { "fd.use", "descriptors are closed when the garbage collector finds them" },
    { "memory.map", "memory is taken when there is none left" },
    { "time.read", "locks read a clock whenever they wait" },
};

/* What the interpreter reads before it runs a program tells about the machine, not about the program. */
static const char *const readings[] = { "env.read", "fs.read", "fs.list" };

/* What the interpreter does to get ready depending on variables and the locale: a baseline that was made at a desk must hold in a container. */
static const struct setting {
    const char *capability, *target, *reason; /* target NULL: any */
} settings[] = {
    { "env.write", "LC_CTYPE", "without a locale Python takes UTF-8, and tells its children so (PEP 538)" },
    { "user.info", NULL, "without HOME, site asks for the user's" },
    { "import", "pwd", "for that" },
    { "random", NULL, "PYTHONHASHSEED says not to" },
};

/* Modules by which Python imports; what they touch belongs to the import, not to who came first. */
static const char *const importers[] = { "importlib._bootstrap", "importlib._bootstrap_external", "_frozen_importlib", "_frozen_importlib_external", "zipimport" };

/* Where importlib looks for a module before it finds it: names that depend on the machine and on Python's version. */
static const char *const module_suffixes[] = { ".so", ".py", ".pyc" };

static bool is_one_of(const char *text, const char *const *list, size_t count)
{
    for (size_t i = 0; text != NULL && i < count; i++)
        if (strcmp(text, list[i]) == 0) return true;
    return false;
}
#define IS_ONE_OF(text, list) is_one_of((text), (list), sizeof(list) / sizeof *(list))

static bool is_without_who(const char *capability)
{
    for (size_t i = 0; i < sizeof without_who / sizeof *without_who; i++)
        if (strcmp(capability, without_who[i].capability) == 0) return true;
    return false;
}

static bool is_setting(const char *capability, const char *target)
{
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (strcmp(capability, settings[i].capability) == 0 && (settings[i].target == NULL || strcmp(target, settings[i].target) == 0)) return true;
    return false;
}

static bool begins(const char *text, const char *beginning) { return strncmp(text, beginning, strlen(beginning)) == 0; }

static bool ends(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

static void copy_text(char *out, size_t size, const char *text, size_t length)
{
    if (length > size - 1) length = size - 1;
    memcpy(out, text, length);
    out[length] = '\0';
}

/* ---- Processes -------------------------------------------------------------------------------------------------------------------- */

static bool remember_process(baseline_keys *keys, const audit_process *process)
{
    if (process->id > keys->process_room) {
        size_t room = process->id > PROCESSES_FIRST ? (size_t)process->id * 2 : PROCESSES_FIRST;
        bool *larger = process->id > PROCESSES_MAX ? NULL : realloc(keys->has_begun, room * sizeof *larger);
        if (larger == NULL) return false;
        memset(larger + keys->process_room, 0, (room - keys->process_room) * sizeof *larger);
        keys->has_begun = larger;
        keys->process_room = room;
    }
    if (keys->interpreter != NULL || process->arguments == NULL || process->arguments[0] == NULL) return true;
    keys->interpreter = strdup(audit_normaliser_path(keys->normaliser, process->arguments[0]));
    return keys->interpreter != NULL;
}

static bool *begun_of(baseline_keys *keys, uint64_t process)
{
    return process >= 1 && process <= keys->process_room ? &keys->has_begun[process - 1] : NULL;
}

static const char *argument_text(const audit_access *access, const char *name)
{
    for (size_t i = 0; i < access->argument_count; i++)
        if (strcmp(access->arguments[i].name, name) == 0) return access->arguments[i].text;
    return NULL;
}

/* ---- Who -------------------------------------------------------------------------------------------------------------------------- */

static bool is_importing(const audit_access *access) { return access->site != NULL && IS_ONE_OF(access->site->module, importers); }

/* Whether a place lies in Python itself: the nearest place outside of it would have been the caller. */
static bool is_python(baseline_keys *keys, const audit_site *place)
{
    return place == NULL || place->file == NULL || begins(place->file, "<frozen ") || begins(audit_normaliser_path(keys->normaliser, place->file), "<stdlib>");
}

/* What names nothing but numbers may be counted and told when its process has ended (docs/audit.md): of what Python does by itself, nobody knows then
 * whether it was to get ready. */
static bool has_numbers_only(const audit_access *access)
{
    for (size_t i = 0; i < access->argument_count; i++)
        if (access->arguments[i].text != NULL || access->arguments[i].list != NULL) return false;
    return true;
}

/* PYTHONINSPECT is asked for once more at the end. */
static bool asks_own_setting(const audit_access *access)
{
    const char *name = strcmp(access->capability, "env.read") == 0 ? argument_text(access, "name") : NULL;
    return name != NULL && begins(name, "PYTHON");
}

/* A child's signals are all set back before its program is started. */
static bool resets_signals(const audit_access *access)
{
    return strcmp(access->capability, "signal.handle") == 0 && access->site != NULL && access->site->module != NULL && strcmp(access->site->module, "subprocess") == 0;
}

/* "requests 2.31.0" without its version: an upgrade that does the same is no news. */
static void name_who(baseline_keys *keys, const audit_site *place, audit_baseline_entry *entry)
{
    entry->module = place->module;
    if (place->module == NULL || place->distribution == NULL || begins(place->distribution, "python ")) return; /* Python's own library is none */
    copy_text(keys->distribution, sizeof keys->distribution, place->distribution, strcspn(place->distribution, " "));
    entry->distribution = keys->distribution;
}

/* ---- Targets ---------------------------------------------------------------------------------------------------------------------- */

/* Python's own library is one thing, an installed package another, however many files they have and whatever their version is. */
static void join_library(char *target)
{
    static const char stdlib[] = "<stdlib>", installed[] = "<site-packages>/";
    if (begins(target, stdlib) && strstr(target, " -> ") == NULL) target[strlen(stdlib)] = '\0';
    if (!begins(target, installed)) return;
    char *name = target + strlen(installed), *end = name + strcspn(name, "/");
    char version_free[NAME_BYTES_MAX];
    copy_text(version_free, sizeof version_free, name, (size_t)(end - name));
    char *dash = strchr(version_free, '-');
    bool is_metadata = dash != NULL && (ends(version_free, ".dist-info") || ends(version_free, ".egg-info"));
    if (strstr(end, " -> ") != NULL || (*end == '\0' && !is_metadata)) return;
    if (is_metadata)
        memcpy(name + (dash - version_free), "-*", 3); /* at least ".egg-info" stood there */
    else
        memcpy(end, "/*", strlen(end) > 1 ? 3 : 2);
}

/* Byte code that importlib reads and writes, and the folder for it. True: *source is what the origin of its module begins with. */
static bool is_cache(const char *target, char *source, size_t size)
{
    static const char folder[] = "/__pycache__";
    const char *place = strstr(target, folder);
    if (place == NULL) return false;
    const char *name = place + strlen(folder);
    if (*name != '\0' && *name != '/') return false;
    const char *end = strstr(name, ".pyc");
    if (*name == '/' && end == NULL) return false;
    size_t before = (size_t)(place - target), length = *name == '\0' ? 1 : (size_t)(end - name) + 1;
    if (before + length >= size) return false;
    memcpy(source, target, before);
    memcpy(source + before, *name == '\0' ? "/" : name, length); /* with the point after the name, or the slash alone */
    source[before + length] = '\0';
    return true;
}

static bool is_module_name(const char *target)
{
    for (size_t i = 0; i < sizeof module_suffixes / sizeof *module_suffixes; i++)
        if (ends(target, module_suffixes[i])) return true;
    return false;
}

static baseline_kind judge_files(baseline_keys *keys, const audit_access *access, bool is_reading)
{
    bool imports = is_importing(access);
    if (imports && is_reading && access->error != NULL && strcmp(access->error, "ENOENT") == 0 && is_module_name(keys->target)) return BASELINE_NOTHING;
    if (imports && is_cache(keys->target, keys->source, sizeof keys->source)) return BASELINE_CACHE;
    if (is_reading) join_library(keys->target);
    return BASELINE_ENTRY;
}

static void take_origin(baseline_keys *keys, const audit_access *access, audit_baseline_entry *entry)
{
    const char *origin = argument_text(access, "origin");
    if (origin != NULL && origin[0] == '/') origin = audit_normaliser_path(keys->normaliser, origin);
    copy_text(keys->origin, sizeof keys->origin, origin == NULL ? "" : origin, origin == NULL ? 0 : strlen(origin));
    if (origin != NULL) entry->origin = keys->origin;
}

/* ---- Together --------------------------------------------------------------------------------------------------------------------- */

static baseline_kind take_access(baseline_keys *keys, const audit_access *access, audit_baseline_entry *entry)
{
    const audit_site *place = access->site != NULL && access->site->caller != NULL ? access->site->caller : access->site;
    const bool *begun = begun_of(keys, access->process);
    bool is_reading = IS_ONE_OF(access->capability, readings), is_own = is_python(keys, place), is_counted = is_own && has_numbers_only(access);
    bool is_before = is_own && (begun == NULL || !*begun), is_start = is_counted || is_before || (is_own && asks_own_setting(access));
    const char *target = audit_normaliser_target(keys->normaliser, access);
    copy_text(keys->target, sizeof keys->target, target, strlen(target));
    *entry = (audit_baseline_entry){ .capability = access->capability, .target = keys->target };
    keys->is_start = is_start;
    if (keys->interpreter != NULL && keys->interpreter[0] != '\0' && strcmp(keys->target, keys->interpreter) == 0) strcpy(keys->target, "<python>");
    if (strcmp(access->capability, "import") == 0) take_origin(keys, access, entry);
    if (is_before && is_setting(access->capability, keys->target)) return BASELINE_SETTING;
    bool has_who = place != NULL && !is_start && !is_importing(access) && !is_without_who(access->capability);
    if (has_who) name_who(keys, place, entry);
    if (is_counted || (is_start && is_reading) || resets_signals(access)) {
        keys->target[0] = '\0';
        return BASELINE_ENTRY;
    }
    return begins(access->capability, "fs.") ? judge_files(keys, access, is_reading) : BASELINE_ENTRY;
}

void baseline_keys_of_row(const audit_row *row, char *target, size_t size, audit_baseline_entry *entry_out)
{
    copy_text(target, size, row->target, strlen(row->target));
    if (IS_ONE_OF(row->capability, readings)) join_library(target);
    *entry_out = (audit_baseline_entry){ .capability = row->capability, .target = target, .origin = row->origin };
    if (!is_without_who(row->capability)) entry_out->module = row->place->module;
}

bool baseline_keys_was_start(const baseline_keys *keys) { return keys->is_start; }

/* The program itself is a module, made before its first line runs. */
static void note_begin(baseline_keys *keys, const audit_access *module)
{
    const char *name = argument_text(module, "name");
    bool *begun = begun_of(keys, module->process);
    if (begun != NULL && name != NULL && strcmp(name, "__main__") == 0) *begun = true;
}

bool baseline_keys_take(baseline_keys *keys, const audit_line *line, baseline_kind *kind_out, audit_baseline_entry *entry_out, const char **source_out)
{
    *kind_out = BASELINE_NOTHING;
    *source_out = keys->source;
    switch (line->type) {
    case AUDIT_START: return audit_normaliser_start(keys->normaliser, &line->as.start);
    case AUDIT_PROCESS: return remember_process(keys, line->as.process);
    case AUDIT_MODULE: note_begin(keys, &line->as.access); /* fall through */
    case AUDIT_ACCESS: *kind_out = take_access(keys, &line->as.access, entry_out); return true;
    default: return true; /* events say how, not what: each access that comes of them has its own line */
    }
}
