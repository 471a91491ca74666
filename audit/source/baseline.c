/* Hides how entries of a baseline are kept, found and compared. */
#include "baseline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_BYTES_MAX = 20000 };

audit_baseline *audit_baseline_create(void)
{
    audit_baseline *baseline = calloc(1, sizeof *baseline);
    if (baseline == NULL) return NULL;
    baseline->head = baseline->tail = "";
    if ((baseline->keys = baseline_keys_create()) != NULL) return baseline;
    free(baseline);
    return NULL;
}

void audit_baseline_destroy(audit_baseline *baseline)
{
    if (baseline == NULL) return;
    baseline_keys_destroy(baseline->keys);
    table_release(&baseline->items);
    table_release(&baseline->texts);
    arena_release(&baseline->memory);
    free(baseline->in_order);
    free(baseline);
}

/* ---- Items ------------------------------------------------------------------------------------------------------------------------ */

static int compare_texts(const char *a, const char *b)
{
    if (a == NULL || b == NULL) return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

static int compare_entries(const audit_baseline_entry *a, const audit_baseline_entry *b)
{
    int order = strcmp(a->capability, b->capability);
    if (order == 0) order = strcmp(a->target, b->target);
    if (order == 0) order = compare_texts(a->origin, b->origin);
    if (order == 0) order = compare_texts(a->module, b->module);
    return order != 0 ? order : compare_texts(a->distribution, b->distribution);
}

static bool is_like(const void *item, const void *key) { return compare_entries(&((const baseline_item *)item)->entry, key) == 0; }

static bool is_text(const void *item, const void *key) { return strcmp(item, key) == 0; }

static uint64_t hash_of(const audit_baseline_entry *key)
{
    uint64_t hash = table_hash_text(table_hash_text(1, key->capability), key->target);
    return table_hash_text(table_hash_text(table_hash_text(hash, key->origin), key->module), key->distribution);
}

const char *baseline_text(audit_baseline *in, const char *text)
{
    uint64_t hash = table_hash_text(1, text);
    char *copy = table_find(&in->texts, hash, is_text, text);
    if (copy != NULL) return copy;
    size_t size = strlen(text) + 1;
    if ((copy = arena_take(&in->memory, size)) == NULL) return NULL;
    memcpy(copy, text, size);
    return table_add(&in->texts, hash, copy) ? copy : NULL;
}

baseline_item *baseline_find(const audit_baseline *in, const audit_baseline_entry *key) { return table_find(&in->items, hash_of(key), is_like, key); }

/* False: no memory. NULL stays NULL. */
static bool copy_into(audit_baseline *in, const char **text)
{
    if (*text != NULL && (*text = baseline_text(in, *text)) == NULL) return false;
    return true;
}

baseline_item *baseline_insert(audit_baseline *in, const audit_baseline_entry *key)
{
    baseline_item *item = arena_take(&in->memory, sizeof *item);
    if (item == NULL) return NULL;
    *item = (baseline_item){ .entry = { .capability = key->capability, .target = key->target, .origin = key->origin, .module = key->module, .distribution = key->distribution },
                             .comment = "" };
    audit_baseline_entry *entry = &item->entry;
    bool has_memory = copy_into(in, &entry->capability) && copy_into(in, &entry->target) && copy_into(in, &entry->origin) && copy_into(in, &entry->module) &&
                      copy_into(in, &entry->distribution);
    return has_memory && table_add(&in->items, hash_of(key), item) ? item : NULL;
}

/* ---- Gathering -------------------------------------------------------------------------------------------------------------------- */

static const char *const *copy_list(audit_baseline *in, const char *const *list)
{
    size_t count = 0;
    while (list != NULL && list[count] != NULL) count++;
    const char **copy = arena_take(&in->memory, (count + 1) * sizeof *copy);
    for (size_t i = 0; copy != NULL && i < count; i++)
        if ((copy[i] = baseline_text(in, list[i])) == NULL) return NULL;
    if (copy != NULL) copy[count] = NULL;
    return copy;
}

/* Where it was seen first; a person looks at their own line, not at that of the standard library. */
static bool note_place(audit_baseline *in, baseline_item *item, const audit_site *site)
{
    static const char *const nothing[] = { NULL };
    audit_baseline_entry *entry = &item->entry;
    entry->imports = nothing;
    if (site == NULL) return true;
    if (site->caller != NULL) site = site->caller;
    entry->file = site->file;
    entry->function = site->function;
    entry->line = site->line;
    entry->imports = copy_list(in, site->imports);
    return entry->imports != NULL && copy_into(in, &entry->file) && copy_into(in, &entry->function);
}

/* A program is looked for in each folder of PATH; an execve is told before, when nobody knows yet, and again if it came back. */
bool baseline_is_miss(const audit_access *access)
{
    return strcmp(access->capability, "process.spawn") == 0 && access->error != NULL && (strcmp(access->error, "ENOENT") == 0 || strcmp(access->error, "ENOTDIR") == 0);
}

static bool add_entry(audit_baseline *in, const audit_baseline_entry *key, const audit_access *access, const char *source)
{
    baseline_item *item = baseline_find(in, key);
    if (item == NULL) {
        item = baseline_insert(in, key);
        if (item == NULL || !note_place(in, item, access->site)) return false;
        item->source = source;
        if (!copy_into(in, &item->source)) return false;
    }
    if (source == NULL) item->source = NULL; /* not for the cache alone */
    item->entry.count += access->count > 0 ? access->count : 1;
    item->entry.start_count += baseline_keys_was_start(in->keys) ? access->count > 0 ? access->count : 1 : 0;
    item->missed += baseline_is_miss(access);
    return true;
}

bool audit_baseline_add(audit_baseline *baseline, const audit_line *line)
{
    baseline_kind kind;
    audit_baseline_entry key;
    const char *source;
    if (!baseline_keys_take(baseline->keys, line, &kind, &key, &source)) return false;
    return kind == BASELINE_NOTHING || kind == BASELINE_SETTING || add_entry(baseline, &key, &line->as.access, kind == BASELINE_CACHE ? source : NULL);
}

/* ---- Order ------------------------------------------------------------------------------------------------------------------------ */

typedef struct collecting {
    baseline_item **items;
    size_t count;
} collecting;

static void collect(void *context, void *item)
{
    collecting *to = context;
    to->items[to->count++] = item;
}

static int compare_items(const void *a, const void *b) { return compare_entries(&(*(baseline_item *const *)a)->entry, &(*(baseline_item *const *)b)->entry); }

bool baseline_sort(audit_baseline *in)
{
    collecting all = { .items = malloc((in->items.count + 1) * sizeof *all.items) };
    if (all.items == NULL) return false;
    table_each(&in->items, collect, &all);
    qsort(all.items, all.count, sizeof *all.items, compare_items);
    in->in_order = all.items;
    in->count = all.count;
    return true;
}

/* Whether the cache is that of a module which was made in this run: then the module's own entry tells of it. Anything else that importlib is made to
 * write into a cache is an access like others. */
static bool is_of_module(const audit_baseline *in, const char *source)
{
    size_t length = strlen(source);
    bool is_folder = length > 0 && source[length - 1] == '/';
    for (size_t i = 0; i < in->count; i++) {
        const char *origin = in->in_order[i]->entry.origin;
        if (origin != NULL && strncmp(origin, source, length) == 0 && (is_folder || strncmp(origin + length, "py", 2) == 0)) return true;
    }
    return false;
}

bool audit_baseline_finish(audit_baseline *baseline)
{
    if (!baseline_sort(baseline)) return false;
    size_t kept = 0;
    for (size_t i = 0; i < baseline->count; i++) {
        baseline_item *item = baseline->in_order[i];
        bool is_known = item->source != NULL && is_of_module(baseline, item->source);
        if (is_known || item->missed * 2 >= item->entry.count) item->entry.count = 0;
    }
    for (size_t i = 0; i < baseline->count; i++)
        if (baseline->in_order[i]->entry.count > 0) baseline->in_order[kept++] = baseline->in_order[i];
    baseline->count = kept;
    return true;
}

/* ---- Comparing -------------------------------------------------------------------------------------------------------------------- */

size_t audit_baseline_count(const audit_baseline *baseline) { return baseline->count; }

void audit_baseline_each(const audit_baseline *baseline, audit_baseline_visit visit, void *context)
{
    for (size_t i = 0; i < baseline->count; i++) visit(context, &baseline->in_order[i]->entry);
}

static bool is_new(const audit_baseline *baseline, const audit_baseline *known, const audit_baseline_entry *key)
{
    const baseline_item *item = baseline_find(baseline, key);
    return item != NULL && item->entry.count > 0 && baseline_find(known, key) == NULL;
}

bool audit_baseline_row_is_new(const audit_baseline *baseline, const audit_baseline *known, const audit_row *row)
{
    char target[ROW_BYTES_MAX], distribution[256];
    audit_baseline_entry key;
    if (row->kind == AUDIT_ROW_EVENT) return false;
    baseline_keys_of_row(row, target, sizeof target, &key);
    audit_baseline_entry nobody = key;
    nobody.module = NULL; /* where the row does not tell that importlib asked */
    if (row->place->distribution != NULL && key.module != NULL) {
        snprintf(distribution, sizeof distribution, "%.*s", (int)strcspn(row->place->distribution, " "), row->place->distribution);
        key.distribution = distribution;
    }
    return is_new(baseline, known, &key) || is_new(baseline, known, &nobody);
}

size_t audit_baseline_compare(const audit_baseline *baseline, const audit_baseline *other, audit_baseline_visit visit, void *context)
{
    size_t count = 0;
    for (size_t i = 0, j = 0; i < baseline->count; i++) {
        const audit_baseline_entry *entry = &baseline->in_order[i]->entry;
        while (j < other->count && compare_entries(&other->in_order[j]->entry, entry) < 0) j++;
        if (j < other->count && compare_entries(&other->in_order[j]->entry, entry) == 0) continue;
        if (visit != NULL) visit(context, entry);
        count++;
    }
    return count;
}

struct audit_baseline_pass {
    const audit_baseline *baseline, *known;
    baseline_keys *keys;
};

audit_baseline_pass *audit_baseline_pass_create(const audit_baseline *baseline, const audit_baseline *known)
{
    audit_baseline_pass *pass = malloc(sizeof *pass);
    if (pass == NULL) return NULL;
    *pass = (audit_baseline_pass){ baseline, known, baseline_keys_create() };
    if (pass->keys != NULL) return pass;
    free(pass);
    return NULL;
}

bool audit_baseline_pass_is_new(audit_baseline_pass *pass, const audit_line *line, bool *is_new_out)
{
    baseline_kind kind;
    audit_baseline_entry key;
    const char *source;
    *is_new_out = false;
    if (!baseline_keys_take(pass->keys, line, &kind, &key, &source)) return false;
    if (kind == BASELINE_NOTHING || kind == BASELINE_SETTING) return true;
    *is_new_out = is_new(pass->baseline, pass->known, &key);
    return true;
}

void audit_baseline_pass_destroy(audit_baseline_pass *pass)
{
    if (pass != NULL) baseline_keys_destroy(pass->keys);
    free(pass);
}
