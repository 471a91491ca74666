/* Hides from what runs in an interpreter that others run in copies of the same one. */
#define Py_BUILD_CORE 1
#include "sandbox_rest.h"

#include "sandbox_immortal.h"
#include "sandbox_room.h"

#include "pycore_gc.h"

#include "sealed/descriptor.h"
#include "sealed/environment.h"

#include <string.h>

static PyObject *modules_at_rest; /* dict, module name to module */

bool sandbox_rest_note_modules(void)
{
    PyObject *modules = PyImport_GetModuleDict(); /* borrowed */

    Py_XSETREF(modules_at_rest, PyDict_Copy(modules));
    return modules_at_rest && PyDict_DelItemString(modules_at_rest, "__main__") == 0;
}

bool sandbox_rest_has_module(PyObject *name, PyObject *module, Py_ssize_t *position)
{
    Py_ssize_t next = *position;
    PyObject *name_at_rest, *module_at_rest;

    /* sys.modules keeps its order, so the next module of the image is nearly always the one that comes next. To compare pointers touches neither
     * name nor module, and both lie on pages that a short program would not map otherwise. */
    if (modules_at_rest && PyDict_Next(modules_at_rest, &next, &name_at_rest, &module_at_rest) && name_at_rest == name &&
        module_at_rest == module) {
        *position = next;
        return true;
    }
    return PyModule_Check(module) && modules_at_rest && PyDict_GetItemWithError(modules_at_rest, name) == module;
}

bool sandbox_rest_renew_main(void)
{
    PyObject *modules = PyImport_GetModuleDict();
    PyObject *old = PyDict_GetItemString(modules, "__main__"); /* borrowed, as modules */
    PyObject *renewed = PyModule_New("__main__"), *annotations = PyDict_New();
    bool is_done = old && renewed && annotations &&
                   PyDict_Update(PyModule_GetDict(renewed), PyModule_GetDict(old)) == 0 &&
                   PyDict_SetItemString(PyModule_GetDict(renewed), "__annotations__", annotations) == 0 &&
                   PyDict_SetItemString(modules, "__main__", renewed) == 0;

    if (!is_done && !PyErr_Occurred())
        PyErr_SetString(PyExc_RuntimeError, "there is no __main__");
    Py_XDECREF(renewed);
    Py_XDECREF(annotations);
    return is_done;
}

static bool call(PyObject *module, const char *name)
{
    PyObject *result = module ? PyObject_CallMethod(module, name, NULL) : NULL;

    Py_XDECREF(result);
    return result != NULL;
}

/* What many programs do first. Run once before an image is saved, it leaves caches filled and byte code specialised, so
 * that sandboxes need not write to them again. */
static const char first_steps[] = "import sys\n"
                                  "class Example:\n"
                                  "    def __init__(self, value=1): self.value = value\n"
                                  "    def method(self, *rest, **named): return f'{self.value!r} {len(rest)} {named}'\n"
                                  "def function(number):\n"
                                  "    total = 0\n"
                                  "    for i in range(number):\n"
                                  "        if i % 2 == 0: total += i * 2.5\n"
                                  "    return total\n"
                                  "for _ in range(20):\n"
                                  "    print(1 + 1, Example(2).method(3, a='b'), function(10), end='\\n', flush=True)\n"
                                  "    sorted([str(i) for i in {1: 2, 3: 4}.items()], key=len)\n"
                                  "    try: {}['absent']\n"
                                  "    except KeyError as error: repr(error)\n"
                                  "print('', file=sys.stderr)\n";

static int64_t discard(int stream, const void *data, size_t size_bytes)
{
    (void)stream;
    (void)data;
    return (int64_t)size_bytes;
}

static bool take_first_steps(void)
{
    PyObject *names = PyDict_New(), *code = NULL, *result = NULL;

    sealed_stream_set(NULL, discard);
    for (int i = 0; names && i < 3; i++) {
        Py_XDECREF(code);
        Py_XDECREF(result);
        PyDict_Clear(names);
        code = Py_CompileString(first_steps, "<string>", Py_file_input);
        result = code ? PyEval_EvalCode(code, names, names) : NULL;
    }
    Py_XDECREF(names);
    Py_XDECREF(code);
    Py_XDECREF(result);
    return result != NULL;
}

bool sandbox_rest_freeze(void)
{
    if (!call(PySys_GetObject("stdout"), "flush") || !call(PySys_GetObject("stderr"), "flush"))
        return false;
    if (!take_first_steps())
        return false;
    PyGC_Collect();
    PyGC_Collect(); /* what finalisers of the first round let go of */
    _PyGC_Freeze(PyInterpreterState_Get());
    if (!sandbox_immortal_make()) {
        PyErr_NoMemory();
        return false;
    }
    sandbox_room_fill_gaps();
    return true;
}

/* --- os.environ --- */

static bool put_variable(PyObject *environ, const char *variable)
{
    const char *equals = strchr(variable, '=');
    PyObject *name, *value;
    bool is_done;

    if (!equals)
        return true;
    name = PyBytes_FromStringAndSize(variable, equals - variable);
    value = PyBytes_FromString(equals + 1);
    is_done = name && value && PyDict_SetItem(environ, name, value) == 0;
    Py_XDECREF(name);
    Py_XDECREF(value);
    return is_done;
}

/* posix.environ is the very dict that os.environ wraps. */
static bool renew_environment(void)
{
    PyObject *posix = PyImport_ImportModule("posix");
    PyObject *environ = posix ? PyObject_GetAttrString(posix, "environ") : NULL;
    bool is_done = environ && PyDict_Check(environ);

    if (is_done)
        PyDict_Clear(environ);
    for (size_t i = 0; is_done && sealed_environment[i]; i++)
        is_done = put_variable(environ, sealed_environment[i]);
    Py_XDECREF(posix);
    Py_XDECREF(environ);
    return is_done;
}

/* --- what modules keep from their import --- */

static bool renew_random(PyObject *module)
{
    return call(module, "seed");
}

/* Made anew at the first temporary name. */
static bool renew_tempfile(PyObject *module)
{
    return PyObject_SetAttrString(module, "_name_sequence", Py_None) == 0 &&
           PyObject_SetAttrString(module, "tempdir", Py_None) == 0;
}

static bool renew_uuid(PyObject *module)
{
    return PyObject_SetAttrString(module, "_node", Py_None) == 0 &&
           PyObject_SetAttrString(module, "_last_timestamp", Py_None) == 0;
}

static bool renew_logging(PyObject *module)
{
    PyObject *time = PyImport_ImportModule("time");
    PyObject *now = time ? PyObject_CallMethod(time, "time_ns", NULL) : NULL;
    bool is_done = now && PyObject_SetAttrString(module, "_startTime", now) == 0;

    Py_XDECREF(time);
    Py_XDECREF(now);
    return is_done;
}

/* The key that processes of one program know each other by. */
static bool renew_multiprocessing(PyObject *module)
{
    PyObject *os = PyImport_ImportModule("os");
    PyObject *key = os ? PyObject_CallMethod(os, "urandom", "i", 32) : NULL;
    PyObject *process = key ? PyObject_CallMethod(module, "current_process", NULL) : NULL;
    bool is_done = process && PyObject_SetAttrString(process, "authkey", key) == 0;

    Py_XDECREF(os);
    Py_XDECREF(key);
    Py_XDECREF(process);
    return is_done;
}

static const struct renewal {
    const char *module;
    bool (*renew)(PyObject *module);
} renewals[] = {
    {"logging", renew_logging}, {"multiprocessing.process", renew_multiprocessing},
    {"random", renew_random},   {"tempfile", renew_tempfile},
    {"uuid", renew_uuid},
};

static bool renew_modules(void)
{
    PyObject *modules = PyImport_GetModuleDict();

    for (size_t i = 0; i < sizeof renewals / sizeof *renewals; i++) {
        PyObject *module =
            PyDict_GetItemString(modules, renewals[i].module); /* borrowed; NULL unless the image has it */
        if (module && !renewals[i].renew(module))
            return false;
    }
    return true;
}

bool sandbox_rest_renew(void)
{
    return renew_environment() && renew_modules();
}
