/* Hides from the policy that Python asks to narrow it. */
#include "full_narrow.h"

#include <Python.h>

#include "full_audit.h"
#include "full_events.h"

static full_policy *narrowed;

PyDoc_STRVAR(narrow_doc, "narrow($module, text, /, profile=None)\n--\n\n"
                         "Give up rights: from now on only what this policy allows, too, is allowed.\n\n"
                         "Raises ValueError for a text that is no policy, and RuntimeError where it cannot be held; then nothing has changed.\n"
                         "What is open stays open, and what was loaded stays loaded.");

static PyObject *narrow(PyObject *module, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = { "", "profile", NULL };
    const char *text, *profile = NULL;
    Py_ssize_t size;
    char problem[512];
    (void)module;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "s#|z:narrow", names, &text, &size, &profile)) return NULL;
    bool was_limited = full_policy_limits_import(narrowed);
    full_narrow_result result = full_policy_narrow(narrowed, text, (size_t)size, profile, problem);
    if (result != FULL_NARROWED) {
        PyErr_SetString(result == FULL_NARROW_BROKEN ? PyExc_ValueError : PyExc_RuntimeError, problem);
        return NULL;
    }
    /* Modules that come another way than by import are heard of by events only. */
    if (!was_limited && full_policy_limits_import(narrowed) && !full_audit_is_on() && !full_events_listen()) {
        PyErr_SetString(PyExc_RuntimeError, "the policy is in force, but modules that are made by hand cannot be heard of");
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    { "narrow", (PyCFunction)(void (*)(void))narrow, METH_VARARGS | METH_KEYWORDS, narrow_doc },
    { NULL, NULL, 0, NULL },
};

static PyModuleDef definition = { PyModuleDef_HEAD_INIT, .m_name = "_cordon_policy", .m_doc = "What the package cordon has in the full interpreter only.", .m_size = 0, .m_methods = functions };

static PyObject *initialise(void) { return PyModuleDef_Init(&definition); }

bool full_narrow_offer(full_policy *policy)
{
    narrowed = policy;
    return PyImport_AppendInittab("_cordon_policy", initialise) == 0;
}
