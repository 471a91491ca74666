/* Hides how patterns are found by their first letters: a tree in which each node stands for what several patterns begin with. */
#include "text_index.h"

#include <stdlib.h>
#include <string.h>

/* ---- Building: over entries that are sorted by their letters ---------------------------------------------------------------------- */

typedef struct building {
    const index_entry *entries;
    text_node *nodes;
    char *letters;
    uint32_t node_count;
} building;

static int compare_entries(const void *one, const void *other)
{
    const index_entry *first = one, *second = other;
    uint32_t shorter = first->length < second->length ? first->length : second->length;
    int order = memcmp(first->letters, second->letters, shorter);
    if (order != 0) return order;
    if (first->length != second->length) return first->length < second->length ? -1 : 1;
    return first->rule->number < second->rule->number ? -1 : first->rule->number > second->rule->number;
}

static uint32_t common_length(const index_entry *first, const index_entry *last)
{
    uint32_t length = 0;
    while (length < first->length && length < last->length && first->letters[length] == last->letters[length]) length++;
    return length;
}

/* Where the entries end that have the same letter at `depth` as entry `from`. */
static uint32_t group_end(const index_entry *entries, uint32_t from, uint32_t end, uint32_t depth)
{
    uint32_t next = from;
    while (next < end && entries[next].letters[depth] == entries[from].letters[depth]) next++;
    return next;
}

/* Fills node `number`, for entries that have their first `depth` letters in common; its children are put side by side, so that one look finds the right one. */
static void build_node(building *building, uint32_t number, uint32_t from, uint32_t end, uint32_t depth)
{
    const index_entry *entries = building->entries;
    text_node *node = &building->nodes[number];
    node->first_entry = from;
    while (from < end && entries[from].length == depth) from++;
    node->entry_count = from - node->first_entry;
    node->first_child = building->node_count;
    for (uint32_t next = from; next < end; next = group_end(entries, next, end, depth)) node->child_count++;
    building->node_count += node->child_count;
    for (uint32_t child = node->first_child; from < end; child++) {
        uint32_t next = group_end(entries, from, end, depth), length = common_length(&entries[from], &entries[next - 1]);
        building->letters[child] = entries[from].letters[depth];
        building->nodes[child].label = entries[from].letters + depth;
        building->nodes[child].label_length = length - depth;
        build_node(building, child, from, next, length);
        from = next;
    }
}

bool text_index_build(policy_memory **memory, index_entry *entries, uint32_t count, text_index *index_out)
{
    *index_out = (text_index){ 0 };
    if (count == 0) return true;
    /* Each entry makes at most a leaf and a node where it parts from its neighbour. */
    size_t most = 2 * (size_t)count + 1;
    building building = { entries, policy_allocate(memory, most * sizeof(text_node)), policy_allocate(memory, most), 1 };
    if (building.nodes == NULL || building.letters == NULL) return false;
    qsort(entries, count, sizeof *entries, compare_entries);
    build_node(&building, 0, 0, count, 0);
    *index_out = (text_index){ building.nodes, building.letters, entries, building.node_count };
    return true;
}

/* ---- Finding ---------------------------------------------------------------------------------------------------------------------- */

static void tell(const text_index *index, const text_node *node, const char *rest, index_found_function found, void *context)
{
    for (uint32_t i = 0; i < node->entry_count; i++) {
        const index_entry *entry = &index->entries[node->first_entry + i];
        bool is_end = *rest == '\0';
        switch (entry->rest) {
        case TEXT_REST_NOTHING:
            if (is_end) found(context, entry, true);
            break;
        case TEXT_REST_BENEATH:
            if (is_end || *rest == '/' || entry->length <= 1) found(context, entry, true);
            break;
        case TEXT_REST_ANY: found(context, entry, true); break;
        case TEXT_REST_PATTERN: found(context, entry, false); break;
        }
    }
}

/* Most nodes have few children: a loop is faster than a call. */
enum { CHILDREN_FEW = 8 };

static const text_node *child_by_letter(const text_index *index, const text_node *node, char letter)
{
    const char *letters = index->letters + node->first_child;
    if (node->child_count > CHILDREN_FEW) {
        const char *at = memchr(letters, letter, node->child_count);
        return at == NULL ? NULL : &index->nodes[at - index->letters];
    }
    for (uint32_t i = 0; i < node->child_count; i++)
        if (letters[i] == letter) return &index->nodes[node->first_child + i];
    return NULL;
}

static void find_forward(const text_index *index, const char *text, size_t length, index_found_function found, void *context)
{
    for (const text_node *node = index->nodes;;) {
        tell(index, node, text, found, context);
        node = length == 0 ? NULL : child_by_letter(index, node, *text);
        if (node == NULL || node->label_length > length || memcmp(node->label, text, node->label_length) != 0) return;
        text += node->label_length;
        length -= node->label_length;
    }
}

static void find_backward(const text_index *index, const char *text, size_t length, index_found_function found, void *context)
{
    for (const text_node *node = index->nodes;;) {
        tell(index, node, text, found, context);
        node = length == 0 ? NULL : child_by_letter(index, node, text[length - 1]);
        if (node == NULL || node->label_length > length) return;
        for (uint32_t i = 0; i < node->label_length; i++)
            if (text[length - 1 - i] != node->label[i]) return;
        length -= node->label_length;
    }
}

void text_index_find(const text_index *index, text_direction direction, const char *text, size_t length, index_found_function found, void *context)
{
    if (index->node_count == 0) return;
    (direction == TEXT_FORWARD ? find_forward : find_backward)(index, text, length, found, context);
}
