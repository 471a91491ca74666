/* The closed list of capabilities, and the names by which a policy file speaks of one or several of them. */
#include <string.h>

#include "policy_internal.h"
#include "policy_tables.h"
#include "text_pattern.h"

static const struct capability {
    const char *name;
    unsigned int fields;
} capabilities[] = {
#define POLICY_CAPABILITY_ROW(name, fields) { name, fields },
    POLICY_CAPABILITY_TABLE(POLICY_CAPABILITY_ROW)
#undef POLICY_CAPABILITY_ROW
};
enum { CAPABILITY_COUNT = sizeof capabilities / sizeof *capabilities };
_Static_assert((int)CAPABILITY_COUNT <= (int) POLICY_CAPABILITIES_MAX, "a set of capabilities is one word");

/* Names with a star stand for every capability that begins as they do. */
static const char *const groups[] = { "*", "env.*", "fs.*", "net.*", "process.*", "time.*" };

int policy_capability_number(const char *name)
{
    for (int i = 0; i < CAPABILITY_COUNT; i++)
        if (strcmp(capabilities[i].name, name) == 0) return i;
    return -1;
}

const char *policy_capability_name(int number) { return number >= 0 && number < CAPABILITY_COUNT ? capabilities[number].name : NULL; }

unsigned int policy_capability_fields(int number) { return number >= 0 && number < CAPABILITY_COUNT ? capabilities[number].fields : 0; }

const char *policy_capability_set(size_t index, uint64_t *capabilities_out)
{
    *capabilities_out = 0;
    if (index < CAPABILITY_COUNT) {
        *capabilities_out = UINT64_C(1) << index;
        return capabilities[index].name;
    }
    index -= CAPABILITY_COUNT;
    if (index >= sizeof groups / sizeof *groups) return NULL;
    for (size_t i = 0; i < CAPABILITY_COUNT; i++)
        if (pattern_fits(groups[index], capabilities[i].name)) *capabilities_out |= UINT64_C(1) << i;
    return groups[index];
}

uint64_t policy_capabilities_named(const char *name)
{
    uint64_t capabilities;
    const char *known;
    for (size_t i = 0; (known = policy_capability_set(i, &capabilities)) != NULL; i++)
        if (strcmp(known, name) == 0) return capabilities;
    return 0;
}

const char *policy_field_name(enum policy_field_number field)
{
    static const char *const names[] = {
#define FIELD_NAME(member, flag) #member,
        POLICY_FIELDS(FIELD_NAME)
#undef FIELD_NAME
    };
    return names[field];
}
