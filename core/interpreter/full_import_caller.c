/* Hides how it is seen from frames who called. */
#include "full_import_caller.h"

#include <string.h>

static const char bootstrap_files[] = "<frozen importlib.", zipimport_file[] = "<frozen zipimport>";

bool full_import_is_text(PyObject *text, const char *wanted) { return text != NULL && PyUnicode_Check(text) && PyUnicode_CompareWithASCIIString(text, wanted) == 0; }

static bool is_import_system(PyCodeObject *code)
{
    const char *file = PyUnicode_AsUTF8(code->co_filename);
    if (file == NULL) PyErr_Clear();
    return file != NULL && (strncmp(file, bootstrap_files, sizeof bootstrap_files - 1) == 0 || strcmp(file, zipimport_file) == 0);
}

bool full_import_has_caller(void)
{
    PyFrameObject *frame = PyThreadState_GetFrame(PyThreadState_Get());
    Py_XDECREF(frame);
    return frame != NULL;
}

bool full_import_is_by_import_system(void)
{
    PyFrameObject *frame = PyThreadState_GetFrame(PyThreadState_Get());
    if (frame == NULL) return false;
    PyCodeObject *code = PyFrame_GetCode(frame);
    bool is_so = is_import_system(code);
    Py_DECREF(code);
    Py_DECREF(frame);
    return is_so;
}

/* The variable `spec` of the nearest frame that has one, among the import system's; NULL if there is none. */
static PyObject *find_spec(void)
{
    enum { FRAMES_MAX = 4 };
    PyObject *spec = NULL;
    PyFrameObject *frame = PyThreadState_GetFrame(PyThreadState_Get());
    for (int i = 0; i < FRAMES_MAX && frame != NULL && spec == NULL; i++) {
        PyCodeObject *code = PyFrame_GetCode(frame);
        bool is_so = is_import_system(code);
        Py_DECREF(code);
        spec = is_so ? PyFrame_GetVarString(frame, "spec") : NULL;
        PyErr_Clear();
        PyFrameObject *caller = is_so ? PyFrame_GetBack(frame) : NULL;
        Py_SETREF(frame, caller);
    }
    Py_XDECREF(frame);
    return spec;
}

/* Loaders of CPython that run a module's code by exec() once they have made it: its line is told then, with what is known then. */
static bool will_run(PyObject *loader)
{
    static const char *const runners[] = { "SourceFileLoader", "SourcelessFileLoader", "zipimporter", "zipimport.zipimporter" };
    if (PyType_Check(loader)) return strcmp(((PyTypeObject *)loader)->tp_name, "FrozenImporter") == 0;
    for (size_t i = 0; i < sizeof runners / sizeof *runners; i++)
        if (strcmp(Py_TYPE(loader)->tp_name, runners[i]) == 0) return true;
    return false;
}

bool full_import_is_to_be_run(void)
{
    if (!full_import_is_by_import_system()) return false;
    PyObject *spec = find_spec(), *loader = spec != NULL ? PyObject_GetAttrString(spec, "loader") : NULL;
    PyErr_Clear();
    bool is_so = loader != NULL && will_run(loader);
    Py_XDECREF(loader);
    Py_XDECREF(spec);
    return is_so;
}
