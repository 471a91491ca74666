/* Hides from the sandbox's start how CPython is configured: isolated from any host, at home in the image's file system.
 */
#include "Python.h"

#include "cordon/exit_code.h"
#include "sandbox_boot.h"
#include "sandbox_program.h"
#include "worker_module.h"

#include "sealed/fatal.h"

#include <string.h>

/* Where the image keeps the standard library; stdlib_bindings/image/ packs it there. */
#define HOME L"/usr"
#define EXECUTABLE L"/usr/bin/python3.13"
#define STANDARD_LIBRARY L"/usr/lib/python3.13"

static PyStatus set_strings(PyConfig *config)
{
    const struct {
        wchar_t **target;
        const wchar_t *value;
    } strings[] = {
        {&config->program_name, EXECUTABLE},
        {&config->executable, EXECUTABLE},
        {&config->base_executable, EXECUTABLE},
        {&config->home, HOME},
        {&config->prefix, HOME},
        {&config->base_prefix, HOME},
        {&config->exec_prefix, HOME},
        {&config->base_exec_prefix, HOME},
        {&config->platlibdir, L"lib"},
        {&config->stdlib_dir, STANDARD_LIBRARY},
        {&config->stdio_encoding, L"utf-8"},
    };

    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        PyStatus status = PyConfig_SetString(config, strings[i].target, strings[i].value);
        if (PyStatus_Exception(status))
            return status;
    }
    config->module_search_paths_set = 1;
    return PyWideStringList_Append(&config->module_search_paths, STANDARD_LIBRARY);
}

static PyStatus append_argument(PyConfig *config, const char *argument)
{
    wchar_t *decoded = Py_DecodeLocale(argument, NULL);
    PyStatus status;

    if (!decoded)
        return PyStatus_NoMemory();
    status = PyWideStringList_Append(&config->argv, decoded);
    PyMem_RawFree(decoded);
    return status;
}

static PyStatus set_arguments(PyConfig *config, const struct sandbox_program *program)
{
    PyStatus status = append_argument(config, program->first_argument);

    for (size_t i = 0; i < program->argument_count && !PyStatus_Exception(status); i++)
        status = append_argument(config, program->arguments[i]);
    return status;
}

static PyStatus set_program(PyConfig *config, const struct sandbox_program *program)
{
    switch (program->kind) {
    case SANDBOX_PROGRAM_SCRIPT:
        return PyConfig_SetBytesString(config, &config->run_filename, program->text);
    case SANDBOX_PROGRAM_COMMAND: {
        /* python runs what follows -c with a line feed behind it */
        wchar_t *text = Py_DecodeLocale(program->text, NULL), *whole;
        size_t length;
        PyStatus status;

        if (!text)
            return PyStatus_NoMemory();
        length = wcslen(text);
        whole = PyMem_RawRealloc(text, (length + 2) * sizeof *text);
        if (!whole) {
            PyMem_RawFree(text);
            return PyStatus_NoMemory();
        }
        memcpy(whole + length, L"\n", 2 * sizeof *whole);
        status = PyConfig_SetString(config, &config->run_command, whole);
        PyMem_RawFree(whole);
        return status;
    }
    case SANDBOX_PROGRAM_MODULE:
        return PyConfig_SetBytesString(config, &config->run_module, program->text);
    case SANDBOX_PROGRAM_INPUT:
        break;
    }
    return PyStatus_Ok();
}

/* The locale is fixed and there is no host whose variables or command line could be meant. */
static PyStatus pre_initialise(void)
{
    PyPreConfig config;

    PyPreConfig_InitIsolatedConfig(&config);
    config.utf8_mode = 1;
    config.configure_locale = 0;
    return Py_PreInitialize(&config);
}

PyMODINIT_FUNC
PyInit__sealed_pair(void); /* stdlib_bindings/source/sandbox/module_sealed_pair.c: for the stand-in of _socket */

static PyStatus initialise(const struct sandbox_program *program)
{
    PyConfig config;
    PyStatus status;

    if (PyImport_AppendInittab("_sealed_pair", PyInit__sealed_pair) != 0 ||
        PyImport_AppendInittab("_cordon", PyInit__cordon) != 0)
        return PyStatus_NoMemory();
    status = pre_initialise();
    if (PyStatus_Exception(status))
        return status;
    PyConfig_InitPythonConfig(&config); /* not the isolated one: a script may import what lies beside it */
    config.parse_argv = 0;
    config.use_environment = 0;
    config.user_site_directory = 0;
    config.write_bytecode = 0; /* a cache that nobody can read again */
    config.pathconfig_warnings = 0;
    status = set_strings(&config);
    if (!PyStatus_Exception(status))
        status = set_arguments(&config, program);
    if (!PyStatus_Exception(status))
        status = set_program(&config, program);
    if (!PyStatus_Exception(status))
        status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    return status;
}

static int explain(const PyStatus *status)
{
    if (PyStatus_IsExit(*status))
        return status->exitcode;
    fprintf(stderr, "cordon: CPython cannot start: %s%s%s\n", status->func ? status->func : "",
            status->func ? ": " : "", status->err_msg ? status->err_msg : "no reason given");
    fflush(stderr);
    return CORDON_EXIT_SETUP_FAILED;
}

_Noreturn void sandbox_boot_failed(const char *what)
{
    if (Py_IsInitialized() && PyErr_Occurred())
        PyErr_Print();
    sealed_fatal_detail("the sandbox cannot be set up", what, CORDON_EXIT_SETUP_FAILED);
}

void sandbox_boot(void)
{
    const struct sandbox_program nothing = {.kind = SANDBOX_PROGRAM_INPUT, .first_argument = ""};
    PyStatus status;

    if (Py_IsInitialized())
        return;
    status = initialise(&nothing);
    if (PyStatus_Exception(status))
        sandbox_boot_failed(status.err_msg ? status.err_msg : "CPython cannot start");
}

int sandbox_program_run(const struct sandbox_program *program)
{
    PyStatus status = initialise(program);

    if (PyStatus_Exception(status))
        return explain(&status);
    return Py_RunMain();
}
