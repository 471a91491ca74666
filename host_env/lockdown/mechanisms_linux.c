/* Hides the order in which Linux confines: what needs rights or files first, what takes system calls away last. */
#include "lockdown_internal.h"

const struct lockdown_mechanism *const lockdown_mechanisms_linux[] = {
    &lockdown_group,
    &lockdown_death_signal,
    &lockdown_limits,
    &lockdown_dumpable,
    &lockdown_privileges, /* the next and the last one need it */
    &lockdown_landlock,
    &lockdown_descriptors, /* after Landlock, whose ruleset is a descriptor */
    &lockdown_seccomp,     /* forbids what all the others do */
    NULL,
};
