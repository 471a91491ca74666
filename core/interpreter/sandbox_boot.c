/* Hides from the rest of the sandbox how CPython is configured and started: isolated from any host, at home in the
 * image's file system. */
#define Py_BUILD_CORE 1
#include "Python.h"

#include "pycore_initconfig.h"
#include "pycore_pathconfig.h"

#include "cordon/exit_code.h"
#include "sandbox_boot.h"
#include "sandbox_monitoring.h"
#include "sandbox_rest.h"
#include "session_module.h"
#include "worker_streams.h"

#include "sealed/clock.h"
#include "sealed/environment.h"
#include "sealed/fatal.h"
#include "sealed/fs.h"
#include "sealed/heap.h"

/* Where the image keeps the standard library; stdlib_bindings/image/ packs it there. */
#define HOME L"/usr"
#define EXECUTABLE L"/usr/bin/python3.13"
#define STANDARD_LIBRARY L"/usr/lib/python3.13"

/* Part of the image's memory: in one that was saved after the boot it is true from the first instruction. */
static int is_booted;
static int was_booted_before;

const char image_python_version[] = "CPython " PY_VERSION;

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

static PyStatus initialise(void)
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
        status = PyWideStringList_Append(&config.argv, L""); /* replaced when it is known what runs */
    if (!PyStatus_Exception(status))
        status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    return status;
}

_Noreturn void sandbox_boot_failed(const char *what)
{
    if (Py_IsInitialized() && PyErr_Occurred())
        PyErr_Print();
    sealed_fatal_detail("the sandbox cannot be set up", what, CORDON_EXIT_SETUP_FAILED);
}

void sandbox_boot(void)
{
    PyStatus status;

    was_booted_before = is_booted;
    if (is_booted) {
        sealed_heap_limit_set(0); /* it was as low as possible when the image was saved */
        return;
    }
    if (sealed_fs_start() != 0 || sealed_environment_set_defaults() != 0)
        sandbox_boot_failed("its memory is too small");
    status = initialise();
    if (PyStatus_Exception(status))
        sandbox_boot_failed(status.err_msg ? status.err_msg : "CPython cannot start");
    if (!sandbox_rest_note_modules())
        sandbox_boot_failed("no memory for the list of modules");
    if (!sandbox_monitoring_begin())
        sandbox_boot_failed("sys.monitoring is not CPython's own");
    if (!worker_streams_prepare())
        sandbox_boot_failed("its streams are not CPython's own");
    sealed_clock_restart();
    is_booted = 1;
}

int sandbox_boot_was_done(void)
{
    return was_booted_before;
}
