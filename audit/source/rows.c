/* Hides from summaries how accesses that are alike are brought together. */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "row_order.h"

enum { COUNTS_FIRST = 4, THROUGH_BYTES_MAX = 1024 };

/* A row and how much room its lists have. */
typedef struct growing_row {
    audit_row row; /* first: a row is found by its address */
    size_t operation_room, error_room, through_room;
} growing_row;

bool rows_open(rows *in)
{
    /* Where memory lies is hard to tell from outside; better randomness needs an operating system. */
    in->seed = table_hash_number((uint64_t)(uintptr_t)&rows_open, (uint64_t)(uintptr_t)in);
    in->normaliser = audit_normaliser_create();
    audit_place *none = arena_take(&in->memory, sizeof *none);
    static const char *const nothing[] = {NULL};
    if (none != NULL)
        *none = (audit_place){.imports = nothing};
    in->no_place = none;
    return in->normaliser != NULL && none != NULL;
}

void rows_release(rows *in)
{
    audit_normaliser_destroy(in->normaliser);
    table_release(&in->texts);
    table_release(&in->places);
    table_release(&in->found);
    free(in->place_of_site);
    arena_release(&in->memory);
}

/* ---- Texts ---- */

static bool equal_texts(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_text(const void *item, const void *key)
{
    return strcmp(item, key) == 0;
}

const char *rows_text(rows *in, const char *text)
{
    if (text == NULL)
        return NULL;
    uint64_t hash = table_hash_text(in->seed, text);
    char *known = table_find(&in->texts, hash, is_text, text);
    if (known != NULL)
        return known;
    size_t size = strlen(text) + 1;
    char *copy = arena_take(&in->memory, size);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text, size);
    return table_add(&in->texts, hash, copy) ? copy : NULL;
}

/* ---- Places ---- */

static bool is_place(const void *item, const void *key)
{
    const audit_place *a = item, *b = key;
    return a->line == b->line && equal_texts(a->file, b->file) && equal_texts(a->function, b->function) &&
           equal_texts(a->module, b->module) && equal_texts(a->distribution, b->distribution);
}

static const char *const *copy_list(rows *in, const char *const *list)
{
    size_t count = 0;
    while (list != NULL && list[count] != NULL)
        count++;
    const char **copy = arena_take(&in->memory, (count + 1) * sizeof *copy);
    for (size_t i = 0; copy != NULL && i < count; i++)
        if ((copy[i] = rows_text(in, list[i])) == NULL)
            return NULL;
    if (copy != NULL)
        copy[count] = NULL;
    return copy;
}

static const audit_place *find_place(rows *in, const audit_site *site)
{
    audit_place key = {.line = site->line,
                       .file = audit_normaliser_path(in->normaliser, site->file),
                       .function = site->function,
                       .module = site->module,
                       .distribution = site->distribution};
    uint64_t hash = table_hash_number(table_hash_text(in->seed, key.file), key.line);
    hash = table_hash_text(table_hash_text(hash, key.function), key.module);
    audit_place *place = table_find(&in->places, hash, is_place, &key);
    if (place !=
        NULL) /* another process may have got there by another chain: which came first is not for a report to say */
        return row_order_lists(site->imports, place->imports) < 0 &&
                       (place->imports = copy_list(in, site->imports)) == NULL
                   ? NULL
                   : place;
    place = arena_take(&in->memory, sizeof *place);
    if (place == NULL)
        return NULL;
    *place = (audit_place){.file = rows_text(in, key.file),
                           .line = key.line,
                           .function = rows_text(in, key.function),
                           .module = rows_text(in, key.module),
                           .distribution = rows_text(in, key.distribution),
                           .imports = copy_list(in, site->imports)};
    bool has_memory = place->file != NULL && place->imports != NULL && !place->function == !key.function &&
                      !place->module == !key.module && !place->distribution == !key.distribution;
    return has_memory && table_add(&in->places, hash, place) ? place : NULL;
}

/* The place of a site: its own, or its caller's, which is where a person looks. NULL: no memory. */
static const audit_place *place_of(rows *in, const audit_site *site)
{
    if (site == NULL)
        return in->no_place;
    if (site->caller != NULL)
        site = site->caller;
    if (site->id > in->site_room) {
        size_t room = site->id * 2;
        const audit_place **larger = realloc(in->place_of_site, room * sizeof *larger);
        if (larger == NULL)
            return NULL;
        memset(larger + in->site_room, 0, (room - in->site_room) * sizeof *larger);
        in->place_of_site = larger;
        in->site_room = room;
    }
    const audit_place **known = &in->place_of_site[site->id - 1];
    if (*known == NULL)
        *known = find_place(in, site);
    return *known;
}

/* ---- Rows ---- */

static bool is_row(const void *item, const void *key)
{
    const audit_row *a = item, *b = key;
    return a->kind == b->kind && a->place == b->place && equal_texts(a->capability, b->capability) &&
           equal_texts(a->target, b->target) && equal_texts(a->origin, b->origin) && equal_texts(a->sha256, b->sha256);
}

/* False: no memory. */
static bool count_name(rows *in, audit_counts *counts, size_t *room, const char *name, uint64_t times)
{
    for (size_t i = 0; i < counts->count; i++)
        if (strcmp(counts->items[i].name, name) == 0) {
            ((audit_count *)counts->items)[i].count += times;
            return true;
        }
    if (counts->count == *room) {
        size_t larger_room = *room == 0 ? COUNTS_FIRST : *room * 2;
        audit_count *larger = arena_take(&in->memory, larger_room * sizeof *larger);
        if (larger == NULL)
            return false;
        if (counts->count > 0)
            memcpy(larger, counts->items, counts->count * sizeof *larger);
        counts->items = larger;
        *room = larger_room;
    }
    const char *copy = rows_text(in, name);
    if (copy == NULL)
        return false;
    ((audit_count *)counts->items)[counts->count++] = (audit_count){copy, times};
    return true;
}

static bool count_through(rows *in, growing_row *row, const audit_site *site, uint64_t times)
{
    if (site == NULL || site->caller == NULL)
        return true;
    char name[THROUGH_BYTES_MAX];
    snprintf(name, sizeof name, "%s%s%s", site->module == NULL ? "" : site->module,
             site->module == NULL || site->function == NULL ? "" : ".", site->function == NULL ? "" : site->function);
    return count_name(in, &row->row.through, &row->through_room, name, times);
}

/* Which of two rules is shown must not depend on which came first. False: no memory. */
static bool keep_first(rows *in, const char **kept, const char *text)
{
    if (text == NULL || (*kept != NULL && strcmp(*kept, text) <= 0))
        return true;
    *kept = rows_text(in, text);
    return *kept != NULL;
}

uint64_t rows_times(const audit_access *access)
{
    return access->count == 0 ? 1 : access->count;
}

static bool count_access(rows *in, growing_row *growing, const audit_access *access)
{
    audit_row *row = &growing->row;
    uint64_t times = rows_times(access);
    row->count += times;
    bool has_memory = count_through(in, growing, access->site, times);
    if (row->kind == AUDIT_ROW_EVENT)
        return has_memory;
    has_memory = has_memory && count_name(in, &row->operations, &growing->operation_room, access->operation, times);
    if (access->decision == AUDIT_DENIED) {
        row->denied += times;
        return has_memory && keep_first(in, &row->rule, access->rule);
    }
    if (access->error != NULL) {
        row->failed += times;
        has_memory = has_memory && count_name(in, &row->errors, &growing->error_room, access->error, times);
    }
    row->reported += access->report_denies ? times : 0;
    return has_memory && (!access->report_denies || keep_first(in, &row->report_rule, access->report_rule));
}

static const char *argument_text(const audit_access *access, const char *name)
{
    for (size_t i = 0; i < access->argument_count; i++)
        if (strcmp(access->arguments[i].name, name) == 0)
            return access->arguments[i].text;
    return NULL;
}

static growing_row *new_row(rows *in, const audit_row *key, uint64_t hash)
{
    growing_row *row = arena_take(&in->memory, sizeof *row);
    if (row == NULL)
        return NULL;
    *row = (growing_row){.row = *key};
    row->row.capability = rows_text(in, key->capability);
    return row->row.capability != NULL && table_add(&in->found, hash, row) ? row : NULL;
}

bool rows_add(rows *in, audit_row_kind kind, const audit_access *access)
{
    audit_row key = {.kind = kind, .place = place_of(in, access->site)};
    key.capability = kind == AUDIT_ROW_EVENT ? access->operation : access->capability;
    key.target = rows_text(in, audit_normaliser_target(in->normaliser, access));
    if (kind == AUDIT_ROW_MODULE) {
        const char *origin = argument_text(access, "origin"), *digest = argument_text(access, "sha256");
        if (origin != NULL)
            key.origin = rows_text(in, audit_normaliser_path(in->normaliser, origin));
        key.sha256 = rows_text(in, digest);
        if (!key.origin != !origin || !key.sha256 != !digest)
            return false;
    }
    if (key.place == NULL || key.target == NULL)
        return false;
    uint64_t hash = table_hash_number(in->seed, (uint64_t)(uintptr_t)key.place);
    hash = table_hash_text(table_hash_number(hash, (uint64_t)(uintptr_t)key.target), key.capability);
    growing_row *row = table_find(&in->found, hash, is_row, &key);
    if (row == NULL)
        row = new_row(in, &key, hash);
    return row != NULL && count_access(in, row, access);
}

/* ---- The end ---- */

typedef struct gathered {
    const audit_row **rows;
    size_t count;
    bool has_failed;
} gathered;

static void gather(void *context, void *item)
{
    gathered *to = context;
    audit_row *row = item;
    const audit_counts *lists[] = {&row->operations, &row->errors, &row->through};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        row_order_counts((audit_count *)lists[i]->items, lists[i]->count);
    to->has_failed |= !row_fingerprint(row);
    to->rows[to->count++] = row;
}

const audit_row **rows_in_order(rows *in)
{
    gathered to = {.rows = arena_take(&in->memory, in->found.count * sizeof *to.rows + 1)};
    if (to.rows == NULL)
        return NULL;
    table_each(&in->found, gather, &to);
    row_order(to.rows, to.count);
    return to.has_failed ? NULL : to.rows;
}
