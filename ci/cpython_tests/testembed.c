/* Programs/_testembed.c of CPython behind cordon-python's own start: test_embed runs it. Hides from that program that a host_env stands below it.
 * It is included, not linked, because its main must become a function and gcc's slim objects keep no name that could be changed afterwards. */
#define main testembed_main
#include <_testembed.c>
#undef main

#include "bindings/bind.h"
#include "cordon/exit_code.h"
#include "full_native.h"
#include "full_policy.h"

int main(int argument_count, char **arguments)
{
    full_policy *policy;
    /* Its arguments are its own, none an interpreter's: only the name of the program is for the policy. */
    char *const name[] = { arguments[0], NULL };
    if (full_policy_create(1, name, &policy) != HOST_OK) return CORDON_EXIT_USAGE;
    bind_set_host(full_policy_host(policy));
    full_native_guard(policy);
    return testembed_main(argument_count, arguments);
}
