/* Hides how an entry of a ring becomes a line of the record. Nothing in an entry is believed: numbers, sizes and texts
 * are checked as they are used. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector_internal.h"

/* What is left of an entry. */
typedef struct rest {
    const unsigned char *next, *end;
    bool is_bad;
} rest;

enum { PATH_BYTES_MAX = 4096 };

static const char no_text[] = "";

/* ---- Parts of entries
 * ------------------------------------------------------------------------------------------------------------- */

static const unsigned char *take_bytes(rest *from, size_t size)
{
    if (from->is_bad || (size_t)(from->end - from->next) < size) {
        from->is_bad = true;
        return NULL;
    }
    const unsigned char *bytes = from->next;
    from->next += size;
    return bytes;
}

/* Room for `size` bytes that lives until the next entry. There is room for three times the largest entry, and none
 * needs more. */
static char *scratch(collector *collector, size_t size)
{
    if (collector->scratch_size - collector->scratch_used < size)
        return NULL;
    char *room = collector->scratch + collector->scratch_used;
    collector->scratch_used += (size + AUDIT_ENTRY_ALIGNMENT - 1) / AUDIT_ENTRY_ALIGNMENT * AUDIT_ENTRY_ALIGNMENT;
    return room;
}

/* Bytes that look like a surrogate are no UTF-8: shown byte by byte, as Python does, lest they be taken for a byte that
 * was shown so. */
static const char *without_surrogates(collector *collector, const char *text, rest *from)
{
    const char *next = text;
    while ((next = strchr(next, '\xed')) != NULL && (unsigned char)next[1] < 0xa0)
        next++;
    if (next == NULL)
        return text;
    char *out = scratch(collector, 3 * strlen(text) + 1), *end = out;
    if (out == NULL) {
        from->is_bad = true;
        return no_text;
    }
    for (next = text; *next != '\0'; next++) {
        if (next[0] != '\xed' || (unsigned char)next[1] < 0xa0) {
            *end++ = *next;
            continue;
        }
        for (int i = 0; i < 3 && *next != '\0'; i++, next++) {
            unsigned char byte = (unsigned char)*next;
            *end++ = '\xed';
            *end++ = (char)(0xb0 | byte >> 6);
            *end++ = (char)(0x80 | (byte & 0x3f));
        }
        next--;
    }
    *end = '\0';
    return out;
}

/* A text that NUL ends. */
static const char *take_text(collector *collector, rest *from)
{
    size_t size = (size_t)(from->end - from->next);
    const unsigned char *end = from->is_bad || size == 0 ? NULL : memchr(from->next, '\0', size);
    if (end == NULL) {
        from->is_bad = true;
        return no_text;
    }
    const char *text = (const char *)from->next;
    from->next = end + 1;
    return without_surrogates(collector, text, from);
}

static const char *text_or_null(const char *text)
{
    return *text == '\0' ? NULL : text;
}

/* All texts that are left. */
static const char *const *take_list(collector *collector, rest *from)
{
    size_t count = 0, taken = 0;
    for (const unsigned char *next = from->next; next < from->end; next++)
        count += *next == '\0';
    const char **list = (const char **)(void *)scratch(collector, (count + 1) * sizeof *list);
    if (list == NULL) {
        from->is_bad = true;
        return NULL;
    }
    while (from->next < from->end && !from->is_bad)
        list[taken++] = take_text(collector, from);
    list[from->is_bad ? 0 : taken] = NULL;
    return list;
}

/* ---- What a process defined
 * ------------------------------------------------------------------------------------------------------- */

/* Makes a table of pointers longer, so that it has `id`. */
static bool reach(void *table, uint32_t *count, uint32_t id, uint32_t max)
{
    void **old = *(void ***)table;
    if (id == 0 || id > max)
        return false;
    if (id <= *count)
        return true;
    uint32_t wanted = *count * 2 > id ? *count * 2 : id + 63;
    void **new = realloc(old, wanted * sizeof *new);
    if (new == NULL)
        return false;
    memset(new + *count, 0, (wanted - *count) * sizeof *new);
    *(void ***)table = new;
    *count = wanted;
    return true;
}

static const char *defined_text(const tracked *tracked, uint32_t id, rest *from)
{
    if (id > 0 && id <= tracked->text_count && tracked->texts[id - 1] != NULL)
        return tracked->texts[id - 1];
    from->is_bad = true;
    return no_text;
}

static const audit_site *defined_site(const tracked *tracked, uint32_t id, rest *from)
{
    if (id == 0)
        return NULL;
    if (id <= tracked->site_count && tracked->sites[id - 1] != NULL)
        return tracked->sites[id - 1];
    from->is_bad = true;
    return NULL;
}

static bool define_text(collector *collector, uint32_t slot, const unsigned char *bytes, rest *from)
{
    tracked *tracked = collector->slots[slot];
    const audit_entry_text *entry = (const void *)bytes;
    const char *text = take_text(collector, from);
    if (from->is_bad || !reach(&tracked->texts, &tracked->text_count, entry->id, TEXTS_MAX))
        return false;
    free(tracked->texts[entry->id - 1]);
    tracked->texts[entry->id - 1] = strdup(text);
    return tracked->texts[entry->id - 1] != NULL;
}

static bool define_site(collector *collector, uint32_t slot, const unsigned char *bytes, rest *from)
{
    tracked *tracked = collector->slots[slot];
    const audit_entry_site *entry = (const void *)bytes;
    audit_site site = {.line = entry->line};
    bool is_new;
    site.file = take_text(collector, from);
    site.function = text_or_null(take_text(collector, from));
    site.module = text_or_null(take_text(collector, from));
    site.distribution = text_or_null(take_text(collector, from));
    site.imports = take_list(collector, from);
    if (site.distribution == NULL && !from->is_bad)
        site.distribution = collector_distributions_find(collector->distributions, site.file);
    site.caller = defined_site(tracked, entry->caller, from);
    if (from->is_bad || !reach(&tracked->sites, &tracked->site_count, entry->id, PROCESS_SITES_MAX))
        return false;
    const audit_site *kept = collector_sites_find(collector->sites, &site, &is_new);
    if (kept != NULL && is_new)
        collector_write(collector, &(audit_line){.type = AUDIT_SITE, .as.site = kept});
    tracked->sites[entry->id - 1] = kept;
    return kept != NULL;
}

/* ---- Arguments
 * --------------------------------------------------------------------------------------------------------------------
 */

/* Of what the last name is a link, these look at the link itself. */
static bool keeps_last_name(const char *operation, const audit_argument *arguments, size_t count)
{
    static const char *const operations[] = {"fs_link",   "fs_mkdir",   "fs_readlink",
                                             "fs_rename", "fs_symlink", "fs_unlink"};
    enum { NOT_THE_LINKS_TARGET = 0x100 /* AT_SYMLINK_NOFOLLOW */ };
    static const char *const with_flags[] = {"fs_access", "fs_chmod", "fs_chown", "fs_stat", "fs_utimens"};
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (strcmp(operation, operations[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof with_flags / sizeof *with_flags; i++)
        for (size_t j = 0; j < count && strcmp(operation, with_flags[i]) == 0; j++)
            if (strcmp(arguments[j].name, "flags") == 0)
                return (arguments[j].number & NOT_THE_LINKS_TARGET) != 0;
    return false;
}

static const char *copy_to_scratch(collector *collector, const char *text, rest *from)
{
    size_t size = strlen(text) + 1;
    char *copy = scratch(collector, size);
    from->is_bad = from->is_bad || copy == NULL;
    return copy == NULL ? no_text : memcpy(copy, text, size);
}

/* "real" beside "path", "target_real" beside "target" ... */
static const char *real_name(collector *collector, const char *label, rest *from)
{
    char name[128];
    if (strcmp(label, "path") == 0)
        return "real";
    snprintf(name, sizeof name, "%s_real", label);
    return copy_to_scratch(collector, name, from);
}

typedef struct argument_list {
    audit_argument arguments[AUDIT_ARGUMENTS_MAX];
    uint32_t paths; /* bit n: argument n is a path */
    size_t count;
} argument_list;

static void take_argument(collector *collector, const tracked *tracked, rest *from, argument_list *list)
{
    audit_argument *argument = &list->arguments[list->count];
    audit_entry_argument head = {0};
    const unsigned char *bytes = take_bytes(from, sizeof head);
    if (bytes != NULL)
        memcpy(&head, bytes, sizeof head);
    const unsigned char *value = take_bytes(from, head.size);
    size_t padding = audit_entry_padded(head.size) - head.size;
    (void)take_bytes(from, padding < (size_t)(from->end - from->next) ? padding : (size_t)(from->end - from->next));
    *argument = (audit_argument){.name = defined_text(tracked, audit_entry_argument_label(&head), from)};
    if (from->is_bad)
        return;
    rest of_value = {value, value + head.size, false};
    switch (audit_entry_argument_kind(&head)) {
    case AUDIT_ARGUMENT_NUMBER:
        of_value.is_bad = head.size != sizeof argument->number;
        if (!of_value.is_bad)
            memcpy(&argument->number, value, sizeof argument->number);
        break;
    case AUDIT_ARGUMENT_LIST:
        argument->list = take_list(collector, &of_value);
        break;
    case AUDIT_ARGUMENT_PATH:
        list->paths |= 1u << list->count;
        argument->text = take_text(collector, &of_value);
        break;
    case AUDIT_ARGUMENT_TEXT:
        argument->text = take_text(collector, &of_value);
        break;
    default:
        of_value.is_bad = true;
    }
    from->is_bad = of_value.is_bad;
    list->count++;
}

/* Dots and double slashes go, as they go from paths in the process that gives them. False if it is too long. */
static bool make_plain(const char *path, char out[PATH_BYTES_MAX])
{
    size_t used = 0;
    if (strlen(path) >= PATH_BYTES_MAX)
        return false;
    while (*path != '\0') {
        size_t length = strcspn(path, "/");
        if (length == 2 && strncmp(path, "..", 2) == 0) {
            while (used > 0 && out[--used] != '/')
                ;
        } else if (length > 0 && !(length == 1 && *path == '.')) {
            out[used++] = '/';
            memcpy(out + used, path, length);
            used += length;
        }
        path += length + (path[length] == '/');
    }
    if (used == 0)
        out[used++] = '/';
    out[used] = '\0';
    return true;
}

/* The path of a unix socket is a path, too: "real" beside its address, unless the process has told it itself. */
static void add_real_address(collector *collector, rest *from, argument_list *list)
{
    static const char scheme[] = "unix:";
    char plain[PATH_BYTES_MAX], text[PATH_BYTES_MAX + sizeof scheme];
    const audit_argument *address = NULL;
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->arguments[i].name, "real") == 0)
            return;
        if (strcmp(list->arguments[i].name, "address") == 0)
            address = &list->arguments[i];
    }
    if (address == NULL || address->text == NULL || strncmp(address->text, "unix:/", strlen("unix:/")) != 0 ||
        list->count == AUDIT_ARGUMENTS_MAX || !make_plain(address->text + strlen(scheme), plain))
        return;
    const char *real = collector_paths_real(collector->paths, plain, COLLECTOR_LAST_FOLLOWED, collector->now_ns);
    snprintf(text, sizeof text, "%s%s", scheme, real == NULL ? plain : real);
    if (strcmp(text, address->text) != 0)
        list->arguments[list->count++] =
            (audit_argument){.name = "real", .text = copy_to_scratch(collector, text, from)};
}

/* Puts where it leads behind each path that leads elsewhere. */
static void add_real_paths(collector *collector, const char *operation, rest *from, argument_list *list)
{
    collector_last_name last =
        keeps_last_name(operation, list->arguments, list->count) ? COLLECTOR_LAST_KEPT : COLLECTOR_LAST_FOLLOWED;
    for (size_t i = list->count; i-- > 0;) {
        if ((list->paths >> i & 1) == 0 || list->count == AUDIT_ARGUMENTS_MAX)
            continue;
        const char *real = collector_paths_real(collector->paths, list->arguments[i].text, last, collector->now_ns);
        if (real == NULL)
            continue;
        memmove(&list->arguments[i + 2], &list->arguments[i + 1], (list->count - i - 1) * sizeof *list->arguments);
        list->arguments[i + 1] = (audit_argument){.name = real_name(collector, list->arguments[i].name, from),
                                                  .text = copy_to_scratch(collector, real, from)};
        list->count++;
    }
}

static bool take_arguments(collector *collector, uint32_t slot, uint32_t count, rest *from, argument_list *list)
{
    list->paths = 0;
    list->count = 0;
    if (count > AUDIT_ARGUMENTS_MAX)
        return false;
    for (uint32_t i = 0; i < count && !from->is_bad; i++)
        take_argument(collector, collector->slots[slot], from, list);
    return !from->is_bad;
}

/* ---- Entries
 * ----------------------------------------------------------------------------------------------------------------------
 */

static bool begin_access(collector *collector, uint32_t slot, const audit_entry *head, rest *from, audit_access *access)
{
    tracked *tracked = collector->slots[slot];
    uint64_t start = collector->memory.start_ns;
    access->time_us = head->time_ns > start ? (head->time_ns - start) / 1000 : 0;
    access->process = tracked->id;
    access->thread = collector_thread(tracked, head->thread);
    access->site = defined_site(tracked, head->site, from);
    return !from->is_bad;
}

static void end_access(collector *collector, audit_line_type type, audit_access *access, uint64_t *counter)
{
    uint64_t count = access->count > 1 ? access->count : 1;
    if (type != AUDIT_EVENT && collector->config.judge != NULL)
        collector->config.judge(collector->config.judge_context, access);
    access->sequence = collector->sequence + 1;
    collector->sequence += count;
    *counter += count;
    collector_write(collector, &(audit_line){.type = type, .as.access = *access});
}

static bool tell_access(collector *collector, uint32_t slot, const unsigned char *bytes, rest *from, uint64_t count)
{
    const audit_entry_access *entry = (const void *)bytes;
    argument_list list;
    audit_access access = {.result = entry->result, .decision = entry->is_allowed ? AUDIT_ALLOWED : AUDIT_DENIED, .count = count};
    const char *name = host_function_describe((host_function)entry->function)->name;
    access.capability = host_capability_name((host_capability)entry->capability);
    access.operation = strncmp(name, "host_", 5) == 0 ? name + 5 : name;
    if (entry->host_code != 0)
        access.error = collector_errno_name(entry->host_code);
    if (entry->rule != 0)
        access.rule = defined_text(collector->slots[slot], entry->rule, from);
    if (strcmp(access.capability, "none") == 0 || strcmp(access.operation, "none") == 0 ||
        !begin_access(collector, slot, &entry->head, from, &access) ||
        !take_arguments(collector, slot, entry->argument_count, from, &list))
        return false;
    add_real_paths(collector, access.operation, from, &list);
    if (strncmp(access.capability, "net.", strlen("net.")) == 0)
        add_real_address(collector, from, &list);
    access.arguments = list.arguments;
    access.argument_count = list.count;
    if (!from->is_bad)
        end_access(collector, AUDIT_ACCESS, &access, &collector->accesses);
    return !from->is_bad;
}

/* ---- Repeats
 * ----------------------------------------------------------------------------------------------------------------------
 */

/* Arguments of such an access are numbers, so there is little of it. */
typedef struct kept_access {
    uint32_t size;
    _Alignas(8) unsigned char bytes[sizeof(audit_entry_access) + AUDIT_ARGUMENTS_MAX * (sizeof(audit_entry_argument) + sizeof(int64_t))];
} kept_access;

static bool keep_access(tracked *tracked, uint32_t repeat, const unsigned char *bytes, size_t size)
{
    kept_access *kept;
    if (repeat > AUDIT_REPEATS || size > sizeof kept->bytes)
        return false;
    if (tracked->repeats == NULL)
        tracked->repeats = calloc(AUDIT_REPEATS, sizeof *tracked->repeats);
    if (tracked->repeats == NULL)
        return false;
    kept = (void *)tracked->repeats[repeat - 1];
    if (kept == NULL)
        tracked->repeats[repeat - 1] = (void *)(kept = malloc(sizeof *kept));
    if (kept == NULL)
        return false;
    kept->size = (uint32_t)size;
    memcpy(kept->bytes, bytes, size);
    return true;
}

/* The access that `repeat` stands for happened `count` times more. */
static bool tell_repeat(collector *collector, uint32_t slot, uint32_t repeat, uint64_t count, uint64_t time_ns)
{
    tracked *tracked = collector->slots[slot];
    kept_access *kept = repeat == 0 || repeat > AUDIT_REPEATS || tracked->repeats == NULL ? NULL : (void *)tracked->repeats[repeat - 1];
    if (kept == NULL)
        return false;
    rest from = {kept->bytes + sizeof(audit_entry_access), kept->bytes + kept->size, false};
    ((audit_entry *)(void *)kept->bytes)->time_ns = time_ns;
    return tell_access(collector, slot, kept->bytes, &from, count);
}

void collector_tell_repeats(collector *collector, uint32_t slot)
{
    _Atomic uint64_t *words = collector_memory_repeats(&collector->memory, slot);
    for (uint32_t i = 0; i < AUDIT_REPEATS; i++) {
        uint64_t word = atomic_load_explicit(&words[i], memory_order_acquire);
        if (word == 0)
            continue;
        collector->scratch_used = 0;
        uint64_t count = word & AUDIT_REPEAT_COUNT_MAX;
        if (count > 0 && !tell_repeat(collector, slot, i + 1, count, collector->now_ns))
            collector->lost++;
        atomic_store_explicit(&words[i], 0, memory_order_relaxed);
    }
}

static bool take_access(collector *collector, uint32_t slot, const unsigned char *bytes, rest *from)
{
    const audit_entry_access *entry = (const void *)bytes;
    size_t size = (size_t)(from->end - bytes);
    return tell_access(collector, slot, bytes, from, 1) && (entry->repeat == 0 || keep_access(collector->slots[slot], entry->repeat, bytes, size));
}

static bool take_repeat(collector *collector, uint32_t slot, const unsigned char *bytes, rest *from)
{
    const audit_entry_repeat *entry = (const void *)bytes;
    (void)from;
    return entry->count > 0 && tell_repeat(collector, slot, entry->repeat, entry->count, entry->head.time_ns);
}

static bool take_event(collector *collector, uint32_t slot, const unsigned char *bytes, rest *from)
{
    const audit_entry_event *entry = (const void *)bytes;
    argument_list list;
    audit_access access = {.decision = AUDIT_ALLOWED,
                           .operation = defined_text(collector->slots[slot], entry->name, from)};
    if (!begin_access(collector, slot, &entry->head, from, &access) ||
        !take_arguments(collector, slot, entry->argument_count, from, &list))
        return false;
    access.arguments = list.arguments;
    access.argument_count = list.count;
    end_access(collector, AUDIT_EVENT, &access, &collector->events);
    return true;
}

static bool take_module(collector *collector, uint32_t slot, const unsigned char *bytes, rest *from)
{
    const audit_entry_module *entry = (const void *)bytes;
    audit_access access = {.capability = "import", .decision = entry->is_allowed ? AUDIT_ALLOWED : AUDIT_DENIED};
    audit_argument arguments[3] = {{.name = "name", .text = take_text(collector, from)}};
    size_t count = 1;
    access.operation = take_text(collector, from);
    for (int i = 0; i < 2; i++) {
        const char *text = take_text(collector, from);
        if (*text != '\0')
            arguments[count++] = (audit_argument){.name = i == 0 ? "origin" : "sha256", .text = text};
    }
    access.rule = text_or_null(take_text(collector, from));
    access.arguments = arguments;
    access.argument_count = count;
    if (!begin_access(collector, slot, &entry->head, from, &access))
        return false;
    end_access(collector, AUDIT_MODULE, &access, &collector->modules);
    return true;
}

static bool take_process(collector *collector, uint32_t slot, const unsigned char *bytes, rest *from)
{
    const char *python = take_text(collector, from);
    const char *const *arguments = take_list(collector, from);
    if (from->is_bad || collector->slots[slot]->id != 0)
        return false;
    collector_begin(collector, python);
    return collector_told(collector, slot, (const void *)bytes, arguments);
}

static bool take_exit(collector *collector, uint32_t slot, const unsigned char *bytes, rest *from)
{
    const audit_entry_exit *entry = (const void *)bytes;
    (void)from;
    collector->slots[slot]->has_code = true;
    collector->slots[slot]->code = entry->code;
    return true;
}

static const struct entry_form {
    size_t size;
    bool (*take)(collector *collector, uint32_t slot, const unsigned char *bytes, rest *from);
} forms[] = {
    [AUDIT_ENTRY_PROCESS] = {sizeof(audit_entry_process), take_process},
    [AUDIT_ENTRY_TEXT] = {sizeof(audit_entry_text), define_text},
    [AUDIT_ENTRY_SITE] = {sizeof(audit_entry_site), define_site},
    [AUDIT_ENTRY_ACCESS] = {sizeof(audit_entry_access), take_access},
    [AUDIT_ENTRY_EVENT] = {sizeof(audit_entry_event), take_event},
    [AUDIT_ENTRY_MODULE] = {sizeof(audit_entry_module), take_module},
    [AUDIT_ENTRY_EXIT] = {sizeof(audit_entry_exit), take_exit},
    [AUDIT_ENTRY_REPEAT] = {sizeof(audit_entry_repeat), take_repeat},
};

bool collector_entry(collector *collector, uint32_t slot, audit_entry_kind kind, const unsigned char *bytes,
                     size_t size)
{
    if ((size_t)kind >= sizeof forms / sizeof *forms || forms[kind].take == NULL || size < forms[kind].size)
        return false;
    if (kind != AUDIT_ENTRY_PROCESS && collector->slots[slot]->id == 0)
        return false; /* who it is comes first */
    rest from = {bytes + forms[kind].size, bytes + size, false};
    collector->scratch_used = 0;
    return forms[kind].take(collector, slot, bytes, &from);
}
