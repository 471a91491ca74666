/* Finds the ranges that an address lies in. Private to policy. */
#ifndef POLICY_SOURCE_ADDRESS_INDEX_H
#define POLICY_SOURCE_ADDRESS_INDEX_H

#include "text_index.h"

typedef struct address_node {
    address_range range;
    int32_t outer; /* the smallest range around it; -1: none */
    uint32_t first_entry, entry_count;
} address_node;

typedef struct address_index {
    const address_node *nodes; /* sorted by their first address, wider ones first */
    const index_entry *entries;
    uint32_t node_count;
} address_index;

/* Sorts `entries`, all with patterns of addresses, and keeps them. False without memory. */
bool address_index_build(policy_memory **memory, index_entry *entries, uint32_t count, address_index *index_out);
void address_index_find(const address_index *index, address_bits address, index_found_function found, void *context);

#endif
