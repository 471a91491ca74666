/* Finds the rules of one capability that may fit a question, whatever number of others there is. Private to policy. */
#ifndef POLICY_SOURCE_RULE_INDEX_H
#define POLICY_SOURCE_RULE_INDEX_H

#include "address_index.h"

/* Rules that are found by the same field. */
struct field_index {
    enum policy_field_number field;
    text_index beginnings, endings;
    address_index addresses;
    const index_entry *others; /* found by nothing better: compared one after the other */
    uint32_t other_count;
    const policy_rule **rules; /* all of them, for questions that lack the field */
    uint32_t rule_count;
};
typedef struct field_index field_index;

/* For rules that all have a limit. False without memory. */
bool rule_index_build(policy_memory **memory, const policy_rule *const *rules, uint32_t count, rule_index *index_out);

#endif
