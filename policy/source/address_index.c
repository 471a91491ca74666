/* Hides how ranges are found by an address. Ranges never overlap but by one lying in the other, so each knows the one around it. */
#include "address_index.h"

#include <stdlib.h>

static int compare_ranges(const address_range *first, const address_range *second)
{
    if (first->first != second->first) return first->first < second->first ? -1 : 1;
    return first->prefix_bits < second->prefix_bits ? -1 : first->prefix_bits > second->prefix_bits;
}

static int compare_entries(const void *one, const void *other)
{
    const index_entry *first = one, *second = other;
    int order = compare_ranges(&first->pattern->as.range, &second->pattern->as.range);
    if (order != 0) return order;
    return first->rule->number < second->rule->number ? -1 : first->rule->number > second->rule->number;
}

static int32_t find_outer(const address_node *nodes, uint32_t number)
{
    int32_t outer = (int32_t)number - 1;
    while (outer >= 0 && !address_range_contains(&nodes[outer].range, nodes[number].range.first)) outer = nodes[outer].outer;
    return outer;
}

bool address_index_build(policy_memory **memory, index_entry *entries, uint32_t count, address_index *index_out)
{
    *index_out = (address_index){ 0 };
    address_node *nodes = count == 0 ? NULL : policy_allocate(memory, count * sizeof *nodes);
    if (nodes == NULL) return count == 0;
    uint32_t node_count = 0;
    qsort(entries, count, sizeof *entries, compare_entries);
    for (uint32_t i = 0; i < count; i++) {
        const address_range *range = &entries[i].pattern->as.range;
        if (node_count == 0 || compare_ranges(&nodes[node_count - 1].range, range) != 0) {
            nodes[node_count] = (address_node){ .range = *range, .first_entry = i };
            nodes[node_count].outer = find_outer(nodes, node_count);
            node_count++;
        }
        nodes[node_count - 1].entry_count++;
    }
    *index_out = (address_index){ nodes, entries, node_count };
    return true;
}

void address_index_find(const address_index *index, address_bits address, index_found_function found, void *context)
{
    uint32_t low = 0, high = index->node_count; /* nodes before `low` begin at the address or before it */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (index->nodes[middle].range.first <= address)
            low = middle + 1;
        else
            high = middle;
    }
    int32_t number = (int32_t)low - 1;
    while (number >= 0 && !address_range_contains(&index->nodes[number].range, address)) number = index->nodes[number].outer;
    for (; number >= 0; number = index->nodes[number].outer)
        for (uint32_t i = 0; i < index->nodes[number].entry_count; i++) found(context, &index->entries[index->nodes[number].first_entry + i], true);
}
