/* cordon-python: CPython whose every access to the host goes through host_env. Behaves as python3.13; only a policy changes what it may do. */
#include <Python.h>

#include "bindings/bind.h"
#include "cordon/exit_code.h"
#include "full_native.h"
#include "full_policy.h"

int main(int argument_count, char **arguments)
{
    full_policy *policy;
    if (full_policy_create(argument_count, arguments, &policy) != HOST_OK) return CORDON_EXIT_USAGE;
    /* The policy and its host_env live until the process ends: the interpreter's exit handlers still use them. */
    bind_set_host(full_policy_host(policy));
    full_native_guard(policy);
    return Py_BytesMain(argument_count, arguments);
}
