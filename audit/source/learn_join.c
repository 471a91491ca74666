/* Hides how single things become patterns: what belongs together, and what is too much to be granted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "learn.h"

enum { SIBLINGS_MIN = 8, PARENT_DEPTH_MIN = 2, PORTS_MAX = 8, SIGNALS_MAX = 16, TEXT_BYTES_MAX = 8192 };

/* ---- Lists ------------------------------------------------------------------------------------------------------------------------ */

static void collect(void *context, void *item)
{
    learn_list *list = context;
    list->items[list->count++] = item;
}

static int compare_pointers(const void *a, const void *b) { return learn_compare(*(learn_item *const *)a, *(learn_item *const *)b); }

static int compare_text_first(const void *a, const void *b)
{
    const learn_item *first = *(learn_item *const *)a, *second = *(learn_item *const *)b;
    int order = strcmp(first->capability, second->capability);
    if (order == 0) order = (int)first->field - (int)second->field;
    if (order == 0) order = strcmp(first->text, second->text);
    return order != 0 ? order : strcmp(first->second, second->second);
}

/* The same thing twice is one; the first's place stands. Both lie side by side. */
static bool is_same(const learn_item *a, const learn_item *b) { return learn_compare(a, b) == 0; }

static void merge_equal(learn_list *list)
{
    size_t kept = 0;
    qsort(list->items, list->count, sizeof *list->items, compare_pointers);
    for (size_t i = 0; i < list->count; i++) {
        if (kept > 0 && is_same(list->items[kept - 1], list->items[i]))
            list->items[kept - 1]->count += list->items[i]->count;
        else
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

/* ---- What cannot be granted --------------------------------------------------------------------------------------------------------- */

static bool is_beneath(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    if (strcmp(folder, "/") == 0) return true;
    return length > 0 && strncmp(path, folder, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

/* Surrogates stand for bytes that are no text: U+D800 to U+DFFF begin with these two bytes. */
static bool has_no_text(const char *text)
{
    for (const unsigned char *next = (const unsigned char *)text; *next != '\0'; next++)
        if ((next[0] == 0xed && next[1] >= 0xa0) || *next < ' ' || *next == 0x7f) return true;
    return false;
}

static const char *why_not(const audit_learner *in, const learn_item *item)
{
    bool is_made = strcmp(item->capability, "ipc") == 0; /* its wildcards are ours */
    if (item->field == LEARN_FOLDER && strcmp(item->text, "/") == 0) return "would allow the whole machine";
    if (item->field == LEARN_FOLDER && in->home[0] != '\0' && is_beneath(in->home, item->text)) return "would allow a whole home";
    if (has_no_text(item->text) || has_no_text(item->second)) return "its name cannot be written";
    return !is_made && strpbrk(item->text, "*?") != NULL ? "its name would be taken for a pattern" : NULL;
}

/* ---- Folders ---------------------------------------------------------------------------------------------------------------------- */

static size_t depth_of(const char *path)
{
    size_t depth = 0;
    for (; *path != '\0'; path++) depth += *path == '/';
    return depth;
}

static size_t parent_length(const learn_item *item) { return (size_t)(strrchr(item->text, '/') - item->text); }

static bool are_siblings(const learn_item *a, const learn_item *b)
{
    return a->too_wide == NULL && b->too_wide == NULL && a->field == LEARN_FOLDER && b->field == LEARN_FOLDER && strcmp(a->capability, b->capability) == 0 &&
           parent_length(a) == parent_length(b) && memcmp(a->text, b->text, parent_length(a)) == 0;
}

/* A folder of which many are used stands for them. They need not lie side by side in the list: what is beneath one of them comes between. */
static bool join_siblings(audit_learner *in, learn_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        learn_item *item = list->items[i];
        if (item->field != LEARN_FOLDER || item->too_wide != NULL) continue;
        size_t siblings = 1;
        for (size_t j = i + 1; j < list->count && siblings < SIBLINGS_MIN; j++) siblings += are_siblings(item, list->items[j]);
        if (siblings < SIBLINGS_MIN) continue;
        char parent[TEXT_BYTES_MAX];
        snprintf(parent, sizeof parent, "%.*s", (int)parent_length(item), item->text);
        learn_item joined = { .capability = item->capability, .field = LEARN_FOLDER, .text = parent, .second = "" };
        if (depth_of(parent) < PARENT_DEPTH_MIN || why_not(in, &joined) != NULL) continue;
        if ((item->text = learn_text(in, parent)) == NULL) return false; /* the others are beneath it now */
    }
    return true;
}

static void drop_covered(learn_list *list)
{
    size_t kept = 0;
    learn_item *last = NULL; /* the folder that was kept last: what is beneath it follows, with what only begins like it in between */
    for (size_t i = 0; i < list->count; i++) {
        learn_item *item = list->items[i];
        bool is_folder = item->field == LEARN_FOLDER && item->too_wide == NULL;
        bool is_covered = false;
        for (size_t j = kept; is_folder && !is_covered && j-- > 0 && list->items[j]->field == LEARN_FOLDER && strcmp(list->items[j]->capability, item->capability) == 0;)
            if (list->items[j]->too_wide == NULL && is_beneath(item->text, list->items[j]->text)) {
                is_covered = true;
                last = list->items[j];
            }
        if (is_covered)
            last->count += item->count;
        else
            list->items[kept++] = item;
    }
    list->count = kept;
}

/* ---- Names ------------------------------------------------------------------------------------------------------------------------ */

/* Families of variables that are read by guessing which of them is set. */
static const char *const families[] = { "LC_", "PYTHON" };

static bool join_names(audit_learner *in, learn_list *list)
{
    for (size_t f = 0; f < sizeof families / sizeof *families; f++) {
        char pattern[32];
        size_t length = strlen(families[f]);
        snprintf(pattern, sizeof pattern, "%s*", families[f]);
        for (size_t i = 0; i < list->count; i++) {
            learn_item *item = list->items[i];
            bool is_one = item->field == LEARN_NAME && item->too_wide == NULL && strcmp(item->capability, "env.read") == 0 && strncmp(item->text, families[f], length) == 0;
            if (is_one && (item->text = learn_text(in, pattern)) == NULL) return false;
        }
    }
    merge_equal(list);
    return true;
}

/* A package's modules are NAME and NAME.*. */
static bool join_modules(audit_learner *in, learn_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        learn_item *item = list->items[i];
        const char *point = strchr(item->text, '.');
        if (item->field != LEARN_MODULE || item->too_wide != NULL || point == NULL) continue;
        char pattern[TEXT_BYTES_MAX];
        snprintf(pattern, sizeof pattern, "%.*s.*", (int)(point - item->text), item->text);
        if ((item->text = learn_text(in, pattern)) == NULL) return false;
    }
    merge_equal(list);
    return true;
}

static bool is_from_anywhere(const learn_item *item) { return item->field == LEARN_MODULE && item->too_wide == NULL && item->second[0] == '\0'; }

/* A name that is needed wherever it comes from, as that of a program given as text, needs no place beside. */
static void drop_placed(learn_list *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        learn_item *item = list->items[i], *covering = NULL;
        for (size_t j = 0; j < list->count && item->field == LEARN_MODULE && item->second[0] != '\0' && covering == NULL; j++)
            if (j != i && is_from_anywhere(list->items[j]) && strcmp(list->items[j]->text, item->text) == 0) covering = list->items[j];
        if (covering != NULL)
            covering->count += item->count;
        else
            list->items[kept++] = item;
    }
    list->count = kept;
}

/* ---- Addresses -------------------------------------------------------------------------------------------------------------------- */

static bool is_same_address(const learn_item *a, const learn_item *b)
{
    return a->field == LEARN_ADDRESS && b->field == LEARN_ADDRESS && strcmp(a->capability, b->capability) == 0 && strcmp(a->text, b->text) == 0;
}

/* All ports of one address; too many, or one that changes from run to run, are any. */
static bool join_ports(audit_learner *in, learn_list *list)
{
    qsort(list->items, list->count, sizeof *list->items, compare_text_first);
    for (size_t i = 0, end; i < list->count; i = end) {
        char ports[PORTS_MAX * 8] = "";
        for (end = i + 1; end < list->count && is_same_address(list->items[i], list->items[end]);) end++;
        if (list->items[i]->field != LEARN_ADDRESS) continue;
        bool is_any = end - i > PORTS_MAX;
        for (size_t j = i; j < end && !is_any; j++) {
            is_any = list->items[j]->second[0] == '\0';
            strcat(strcat(ports, j == i ? "" : ", "), list->items[j]->second);
        }
        const char *joined = learn_text(in, is_any ? "" : ports);
        for (size_t j = i; j < end; j++) list->items[j]->second = joined;
        if (joined == NULL) return false;
    }
    merge_equal(list);
    return true;
}

/* ---- Together --------------------------------------------------------------------------------------------------------------------- */

static bool is_all(const learn_item *item) { return item->field == LEARN_ALL && item->second[0] == '\0'; }

/* An access that no limit fits needs its capability as a whole, and then the limits say nothing. One that fits any limit needs nothing of its own if there is
 * one. Items of a capability lie together, ALL first. */
static void drop_limits(learn_list *list)
{
    size_t kept = 0;
    for (size_t i = 0, end; i < list->count; i = end) {
        bool has_all = false, has_limit = false;
        for (end = i; end < list->count && strcmp(list->items[i]->capability, list->items[end]->capability) == 0; end++) {
            has_all = has_all || is_all(list->items[end]);
            has_limit = has_limit || (list->items[end]->field != LEARN_ALL && list->items[end]->too_wide == NULL);
        }
        for (size_t j = i; j < end; j++) {
            learn_item *item = list->items[j];
            bool is_needed = has_all ? is_all(item) : item->field != LEARN_ALL || !has_limit;
            if (item->field == LEARN_ALL && !is_all(item) && is_needed) item->second = "";
            if (is_needed) list->items[kept++] = item;
        }
    }
    list->count = kept;
}

/* Whoever handles so many signals handles them all, as Python does when it looks for those that it has. */
static void join_signals(learn_list *list)
{
    for (size_t i = 0, end; i < list->count; i = end) {
        for (end = i; end < list->count && list->items[end]->field == LEARN_SIGNAL && strcmp(list->items[i]->capability, list->items[end]->capability) == 0;) end++;
        if (end == i) end++;
        for (size_t j = i; j < end && end - i > SIGNALS_MAX; j++) {
            list->items[j]->field = LEARN_ALL;
            list->items[j]->text = "";
        }
    }
    merge_equal(list);
}

static void drop_misses(learn_list *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i]->missed == 0 || list->items[i]->missed * 2 < list->items[i]->count) list->items[kept++] = list->items[i];
    list->count = kept;
}

/* Copies: what was gathered stays as it is. */
static bool copy_items(audit_learner *in, learn_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        learn_item *copy = arena_take(&in->memory, sizeof *copy);
        if (copy == NULL) return false;
        *copy = *list->items[i];
        copy->too_wide = why_not(in, copy);
        list->items[i] = copy;
    }
    return true;
}

/* The full interpreter starts only programs that may be read. */
static bool add_programs(audit_learner *in, learn_list *list)
{
    for (size_t i = 0, count = list->count; i < count; i++) {
        const learn_item *program = list->items[i];
        if (program->field != LEARN_PROGRAM || program->text[0] != '/') continue;
        learn_item *item = arena_take(&in->memory, sizeof *item);
        if (item == NULL) return false;
        *item = *program;
        item->capability = LEARN_READING;
        item->field = LEARN_FOLDER;
        list->items[list->count++] = item;
    }
    return true;
}

bool learn_join(audit_learner *in, learn_list *list_out)
{
    *list_out = (learn_list){ .items = malloc((2 * in->items.count + 1) * sizeof *list_out->items) };
    if (list_out->items == NULL) return false;
    table_each(&in->items, collect, list_out);
    drop_misses(list_out);
    if (!add_programs(in, list_out) || !copy_items(in, list_out)) return false;
    merge_equal(list_out);
    join_signals(list_out);
    drop_limits(list_out);
    if (!join_siblings(in, list_out)) return false;
    merge_equal(list_out);
    drop_covered(list_out);
    if (!join_ports(in, list_out) || !join_names(in, list_out) || !join_modules(in, list_out)) return false;
    drop_placed(list_out);
    return true;
}
