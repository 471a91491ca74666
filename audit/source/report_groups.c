/* Hides from tables which rows belong together and which a person wants to see first. */
#include "report_groups.h"

#include <stdlib.h>
#include <string.h>

typedef bool (*alike_function)(const audit_row *a, const audit_row *b);

static bool is_same_capability(const audit_row *a, const audit_row *b)
{
    return a->kind == b->kind && strcmp(a->capability, b->capability) == 0;
}

static bool is_same_target(const audit_row *a, const audit_row *b)
{
    return strcmp(a->target, b->target) == 0;
}

static void count_row(row_group *group, const audit_row *row)
{
    group->target_count += group->row_count == 0 || !is_same_target(group->rows[group->row_count - 1], row);
    group->row_count++;
    group->count += row->count;
    group->failed += row->failed;
    group->denied += row->denied;
    group->reported += row->reported;
    group->new_rows += row->is_new;
}

/* Rows are in order, so what is alike stands together. */
static row_groups make_groups(report *to, const audit_row *const *rows, size_t count, alike_function is_alike)
{
    row_groups groups = {.items = arena_take(to->memory, count * sizeof *groups.items + 1)};
    if (groups.items == NULL) {
        to->has_failed = true;
        return groups;
    }
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || !is_alike(rows[i - 1], rows[i]))
            groups.items[groups.count++] = (row_group){.rows = rows + i};
        count_row(&groups.items[groups.count - 1], rows[i]);
    }
    return groups;
}

row_groups report_capabilities(report *to)
{
    return make_groups(to, to->rows, to->row_count, is_same_capability);
}

static bool begins(const char *text, const char *with)
{
    return text != NULL && strncmp(text, with, strlen(with)) == 0;
}

bool report_is_library(const char *path)
{
    bool is_inside = path != NULL && (strcmp(path, "frozen") == 0 || strcmp(path, "built-in") == 0);
    return is_inside || begins(path, "<stdlib>") || begins(path, "<frozen ");
}

enum { RANK_PYTHONS_OWN = 4 };

/* 0 is shown first. */
static int rank(const row_group *group)
{
    if (group->denied > 0)
        return 0;
    if (group->reported > 0)
        return 1;
    if (group->new_rows > 0)
        return 2;
    for (size_t i = 0; i < group->row_count; i++) {
        const audit_row *row = group->rows[i];
        bool is_own = row->place->file != NULL && !report_is_library(row->place->file);
        if (is_own && !report_is_library(row->target) && !report_is_library(row->origin))
            return 3;
    }
    return RANK_PYTHONS_OWN;
}

bool report_is_pythons_own(const row_group *target)
{
    return rank(target) == RANK_PYTHONS_OWN;
}

static int compare_groups(const void *left, const void *right)
{
    const row_group *a = left, *b = right;
    int order = rank(a) - rank(b);
    return order != 0 ? order : strcmp(a->rows[0]->target, b->rows[0]->target);
}

row_groups report_targets(report *to, const row_group *capability)
{
    row_groups groups = make_groups(to, capability->rows, capability->row_count, is_same_target);
    if (groups.count > 0)
        qsort(groups.items, groups.count, sizeof *groups.items, compare_groups);
    return groups;
}
