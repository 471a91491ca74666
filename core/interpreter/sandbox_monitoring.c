/* Hides which tool of sys.monitoring is the sandbox's own, and how guest code is kept from using it by its number.
 *
 * CPython does not ask who uses a tool: whoever knows the number can take its callbacks and events away. There is a table of methods behind
 * sys.monitoring; its functions are answered here first, and passed on unless they are about our tool. Replacing the module's attributes would
 * not do, since a guest may have kept the functions, and could take ours apart. */
#define Py_BUILD_CORE 1
#include "Python.h"

#include "pycore_instruments.h"
#include "pycore_interp.h"
#include "pycore_pystate.h"

#include "sandbox_monitoring.h"

enum { NO_TOOL = -1 };

static int own_tool = NO_TOOL;

/* --- what a guest may not do --- */

enum { USE_TOOL_ID, FREE_TOOL_ID, REGISTER_CALLBACK, SET_EVENTS, SET_LOCAL_EVENTS, GUARDED };

static PyCFunction originals[GUARDED];

/* False with ValueError. An argument that is no int is left to CPython's own complaint. */
static bool may_use(PyObject *tool)
{
    if (own_tool == NO_TOOL || !PyLong_Check(tool) || PyLong_AsInt(tool) != own_tool) {
        PyErr_Clear();
        return true;
    }
    PyErr_Format(PyExc_ValueError, "tool %d is already in use: by the host's trace", own_tool);
    return false;
}

static PyObject *pass_on(int which, PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    if (count > 0 && !may_use(arguments[0]))
        return NULL;
    return ((PyCFunctionFast)(void (*)(void))originals[which])(module, arguments, count);
}

static PyObject *use_tool_id(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    return pass_on(USE_TOOL_ID, module, arguments, count);
}

static PyObject *register_callback(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    return pass_on(REGISTER_CALLBACK, module, arguments, count);
}

static PyObject *set_events(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    return pass_on(SET_EVENTS, module, arguments, count);
}

static PyObject *set_local_events(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    return pass_on(SET_LOCAL_EVENTS, module, arguments, count);
}

static PyObject *free_tool_id(PyObject *module, PyObject *tool)
{
    return may_use(tool) ? originals[FREE_TOOL_ID](module, tool) : NULL;
}

static const struct guard {
    const char *name;
    int flags; /* that CPython's method has: the shape of its arguments */
    PyCFunction function;
} guards[GUARDED] = {
    [USE_TOOL_ID] = {"use_tool_id", METH_FASTCALL, _PyCFunction_CAST(use_tool_id)},
    [FREE_TOOL_ID] = {"free_tool_id", METH_O, free_tool_id},
    [REGISTER_CALLBACK] = {"register_callback", METH_FASTCALL, _PyCFunction_CAST(register_callback)},
    [SET_EVENTS] = {"set_events", METH_FASTCALL, _PyCFunction_CAST(set_events)},
    [SET_LOCAL_EVENTS] = {"set_local_events", METH_FASTCALL, _PyCFunction_CAST(set_local_events)},
};

static bool put_guard(PyObject *module, int which)
{
    PyObject *function = PyObject_GetAttrString(module, guards[which].name);
    bool is_known = function && PyCFunction_Check(function) && PyCFunction_GET_FLAGS(function) == guards[which].flags;
    PyMethodDef *method = is_known ? ((PyCFunctionObject *)function)->m_ml : NULL;

    Py_XDECREF(function); /* the module keeps it */
    if (!is_known) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_SystemError, "sys.monitoring.%s is not what it was", guards[which].name);
        return false;
    }
    if (method->ml_meth != guards[which].function) {
        originals[which] = method->ml_meth;
        method->ml_meth = guards[which].function;
    }
    return true;
}

bool sandbox_monitoring_begin(void)
{
    PyObject *module = PySys_GetObject("monitoring");
    bool is_done = module != NULL;

    for (int i = 0; i < GUARDED && is_done; i++)
        is_done = put_guard(module, i);
    return is_done;
}

/* --- what the sandbox does --- */

int sandbox_monitoring_take(void)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    PyObject *name = PyUnicode_FromString("cordon");

    for (int tool = PY_MONITORING_SYS_PROFILE_ID - 1; name && tool >= 0; tool--) {
        if (interp->monitoring_tool_names[tool])
            continue;
        interp->monitoring_tool_names[tool] = name;
        return own_tool = tool;
    }
    if (name)
        PyErr_SetString(PyExc_RuntimeError, "the host asked for a trace, but the program has taken all tools of sys.monitoring");
    Py_XDECREF(name);
    return NO_TOOL;
}

void sandbox_monitoring_give_back(int tool)
{
    Py_CLEAR(_PyInterpreterState_GET()->monitoring_tool_names[tool]);
    own_tool = NO_TOOL;
}
