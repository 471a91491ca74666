/* cordon-python: CPython whose every access to the host goes through host_env. Behaves as python3.13; only a policy changes what it may do. */
#include <Python.h>

#include "bindings/bind.h"
#include "cordon/exit_code.h"
#include "full_audit.h"
#include "full_events.h"
#include "full_narrow.h"
#include "full_native.h"
#include "full_policy.h"
#include "full_program.h"

/* The same steps as Py_BytesMain, for a process whose own name does not lead to its program. */
static PyStatus initialise_as(const char *program, Py_ssize_t argument_count, char **arguments)
{
    PyPreConfig before;
    PyConfig config;
    PyPreConfig_InitPythonConfig(&before);
    PyStatus status = Py_PreInitializeFromBytesArgs(&before, argument_count, arguments);
    if (PyStatus_Exception(status)) return status;
    PyConfig_InitPythonConfig(&config);
    status = PyConfig_SetBytesArgv(&config, argument_count, arguments);
    if (!PyStatus_Exception(status)) status = PyConfig_SetBytesString(&config, &config.executable, program);
    if (!PyStatus_Exception(status)) status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    return status;
}

static int run_as(const char *program, int argument_count, char **arguments)
{
    PyStatus status = initialise_as(program, argument_count, arguments);
    if (PyStatus_IsExit(status)) return status.exitcode;
    if (PyStatus_Exception(status)) Py_ExitStatusException(status);
    return Py_RunMain();
}

int main(int argument_count, char **arguments)
{
    full_policy *policy;
    if (full_policy_create(argument_count, arguments, &policy) != HOST_OK) return CORDON_EXIT_USAGE;
    /* The policy and its host_env live until the process ends: the interpreter's exit handlers still use them. */
    host_env *host = full_policy_host(policy);
    bind_set_host(host);
    if (!full_narrow_offer(policy)) return CORDON_EXIT_SETUP_FAILED;
    full_native_guard(policy);
    if (full_audit_is_on()) full_audit_learn();
    if (!full_events_start(policy)) return CORDON_EXIT_SETUP_FAILED;
    const char *program = full_policy_program(policy);
    bool is_lost = argument_count > 0 && *program != '\0' && !full_program_can_be_found(host, arguments[0]);
    return is_lost ? run_as(program, argument_count, arguments) : Py_BytesMain(argument_count, arguments);
}
