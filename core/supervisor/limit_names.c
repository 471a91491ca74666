/* Hides the columns of the table of limits. */
#include "limit_names.h"

#include <stddef.h>
#include <string.h>

enum who { WORKER, HOST };

static const struct row {
    const char *name, *unit;
    cordon_outcome outcome;
    enum who who;
} rows[CORDON_LIMIT_COUNT] = {
#define ROW(name, text, initial, unit, outcome, who)                                                                   \
    [CORDON_LIMIT_##name] = {text, unit, CORDON_OUTCOME_##outcome, who},
    CORDON_LIMIT_TABLE(ROW)
#undef ROW
};

const char *limit_name(int limit)
{
    return rows[limit].name;
}
const char *limit_unit(int limit)
{
    return rows[limit].unit;
}
cordon_outcome limit_outcome(int limit)
{
    return rows[limit].outcome;
}
bool limit_is_the_workers(int limit)
{
    return rows[limit].who == WORKER;
}

int limit_by_name(const char *name)
{
    for (int i = 0; i < CORDON_LIMIT_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0)
            return i;
    return -1;
}
