/* Hides from the sandbox's start how a program runs in an interpreter that stood ready before the program was known:
 * what Py_RunMain does of the options that a sandbox has, without its way of ending (sandbox_end.c). */
#define Py_BUILD_CORE 1
#include "Python.h"

#include "pycore_fileutils.h"
#include "pycore_import.h"
#include "pycore_interp.h"
#include "pycore_pathconfig.h"
#include "pycore_pylifecycle.h"
#include "pycore_pystate.h"
#include "pycore_pythonrun.h"
#include "pycore_runtime.h"

#include "sandbox_end.h"
#include "sandbox_program.h"
#include "sandbox_rest.h"
#include "worker_figures.h"

#include "sealed/limit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* A program that did not catch a MemoryError ended because of its limit, if its host named one. */
static bool lacked_memory;

/* The exception that is set, reported as python reports one that nobody caught; the exit code that follows from it. */
static int code_of_exception(void)
{
    int code = 1;

    if (_Py_HandleSystemExit(&code))
        return code;
    lacked_memory = PyErr_ExceptionMatches(PyExc_MemoryError);
    PyErr_Print();
    return 1;
}

static int code_of_result(PyObject *result)
{
    if (!result)
        return code_of_exception();
    Py_DECREF(result);
    return 0;
}

static void note_interrupt(const PyObject *result)
{
    if (!result && PyErr_ExceptionMatches(PyExc_KeyboardInterrupt))
        _PyRuntime.signals.unhandled_keyboard_interrupt = 1;
}

/* Borrowed: sys.modules has it, unless a program took it away. */
static PyObject *main_dictionary(void)
{
    PyObject *module = PyImport_AddModule("__main__");

    return module ? PyModule_GetDict(module) : NULL;
}

static void flush_outputs(void)
{
    static const char *const names[] = {"stderr", "stdout"};
    PyObject *raised = PyErr_GetRaisedException();

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        PyObject *file = PySys_GetObject(names[i]);
        PyObject *result = file ? PyObject_CallMethod(file, "flush", NULL) : NULL;
        if (!result)
            PyErr_Clear();
        Py_XDECREF(result);
    }
    PyErr_SetRaisedException(raised);
}

/* --- source from a file --- */

/* As _PyRun_SimpleFileObject, but an exception is left set instead of ending the process. Takes `file`. */
static PyObject *run_source(FILE *file, PyObject *name, int is_closed_before, const char *loader_type_name)
{
    PyObject *dictionary = main_dictionary(), *loader_type, *loader = NULL, *encoded = NULL, *result = NULL;
    PyCompilerFlags flags = _PyCompilerFlags_INIT;

    if (!dictionary || PyDict_SetItemString(dictionary, "__file__", name) < 0 ||
        PyDict_SetItemString(dictionary, "__cached__", Py_None) < 0)
        return NULL;
    if (loader_type_name) {
        loader_type = _PyImport_GetImportlibExternalLoader(_PyInterpreterState_GET(), loader_type_name);
        loader = loader_type ? PyObject_CallFunction(loader_type, "sO", "__main__", name) : NULL;
        Py_XDECREF(loader_type);
        if (!loader || PyDict_SetItemString(dictionary, "__loader__", loader) < 0) {
            Py_XDECREF(loader);
            return NULL;
        }
        Py_DECREF(loader);
    }
    encoded = PyUnicode_EncodeFSDefault(name);
    if (!encoded)
        return NULL;
    Py_INCREF(dictionary);
    result = PyRun_FileExFlags(file, PyBytes_AS_STRING(encoded), Py_file_input, dictionary, dictionary,
                               is_closed_before, &flags);
    flush_outputs();
    Py_DECREF(encoded);
    /* An exception is reported while __main__ still has its file; then there is nobody left to miss the names' removal.
     */
    if (result &&
        (PyDict_PopString(dictionary, "__file__", NULL) < 0 || PyDict_PopString(dictionary, "__cached__", NULL) < 0))
        Py_CLEAR(result);
    Py_DECREF(dictionary);
    return result;
}

static int is_compiled(FILE *file, PyObject *name)
{
    unsigned magic = (unsigned)PyImport_GetMagicNumber() & 0xffff;
    unsigned char bytes[2];
    int is_magic = fread(bytes, 1, 2, file) == 2 && (bytes[0] | (unsigned)bytes[1] << 8) == magic;
    const char *text = PyUnicode_AsUTF8(name);
    size_t length = text ? strlen(text) : 0;

    if (!text)
        PyErr_Clear();
    rewind(file);
    return is_magic || (length >= 4 && strcmp(text + length - 4, ".pyc") == 0);
}

static int run_script(PyObject *name)
{
    struct stat status;
    FILE *file;

    if (PySys_Audit("cpython.run_file", "O", name) < 0)
        return code_of_exception();
    file = _Py_fopen_obj(name, "rb");
    if (!file) {
        int number = errno;
        PyErr_Clear();
        PySys_FormatStderr("%s: can't open file %R: [Errno %d] %s\n", "/usr/bin/python3.13", name, number,
                           strerror(number));
        return 2;
    }
    if (fstat(fileno(file), &status) == 0 && S_ISDIR(status.st_mode)) {
        PySys_FormatStderr("%s: %R is a directory, cannot continue\n", "/usr/bin/python3.13", name);
        fclose(file);
        return 1;
    }
    if (is_compiled(file, name)) {
        PyCompilerFlags flags = _PyCompilerFlags_INIT;
        return _PyRun_SimpleFileObject(file, name, 1, &flags) != 0;
    }
    return code_of_result(run_source(file, name, 1, "SourceFileLoader"));
}

static int run_input(void)
{
    PyObject *name, *result;

    if (PySys_Audit("cpython.run_stdin", NULL) < 0)
        return code_of_exception();
    name = PyUnicode_FromString("<stdin>");
    if (!name)
        return code_of_exception();
    result = run_source(stdin, name, 0, NULL); /* __main__.__loader__ stays as it is, as in python */
    Py_DECREF(name);
    return code_of_result(result);
}

/* --- text of -c --- */

/* Tracebacks show the lines of a command too. */
static PyObject *register_source(PyObject *code, PyObject *source, PyObject *name)
{
    PyObject *linecache = PyImport_ImportModule("linecache");
    PyObject *result = linecache ? PyObject_CallMethod(linecache, "_register_code", "OOO", code, source, name) : NULL;

    Py_XDECREF(linecache);
    return result;
}

static PyObject *run_text(PyObject *text, PyObject *name)
{
    PyCompilerFlags flags = _PyCompilerFlags_INIT;
    const char *bytes = PyUnicode_AsUTF8(text); /* raises for what no encoding can hold */
    PyObject *dictionary = main_dictionary(), *code, *registered, *result = NULL;

    flags.cf_flags |= PyCF_IGNORE_COOKIE;
    if (!bytes || !dictionary)
        return NULL;
    code = Py_CompileStringObject(bytes, name, Py_file_input, &flags, -1);
    if (!code)
        return NULL;
    registered = register_source(code, text, name);
    if (registered && PySys_Audit("exec", "O", code) == 0) {
        Py_INCREF(dictionary);
        result = PyEval_EvalCode(code, dictionary, dictionary);
        note_interrupt(result);
        Py_DECREF(dictionary);
    }
    Py_XDECREF(registered);
    Py_DECREF(code);
    return result;
}

static int run_command(const char *command)
{
    PyObject *decoded = PyUnicode_DecodeFSDefault(command), *name = PyUnicode_FromString("<string>");
    PyObject *text = decoded ? PyUnicode_FromFormat("%U\n", decoded)
                             : NULL; /* python runs what follows -c with a line feed behind it */
    int code;

    if (!text || !name || PySys_Audit("cpython.run_command", "O", text) < 0) {
        code = code_of_exception();
    } else if (!PyUnicode_AsUTF8(text)) {
        PySys_WriteStderr("Unable to decode the command from the command line:\n");
        code = code_of_exception();
    } else {
        code = code_of_result(run_text(text, name));
    }
    Py_XDECREF(decoded);
    Py_XDECREF(name);
    Py_XDECREF(text);
    return code;
}

/* --- modules --- */

static int run_module(const char *module, int sets_first_argument)
{
    PyObject *name = PyUnicode_DecodeFSDefault(module), *runpy, *result;

    if (!name || PySys_Audit("cpython.run_module", "O", name) < 0) {
        Py_XDECREF(name);
        return code_of_exception();
    }
    runpy = PyImport_ImportModule("runpy");
    result =
        runpy ? PyObject_CallMethod(runpy, "_run_module_as_main", "OO", name, sets_first_argument ? Py_True : Py_False)
              : NULL;
    note_interrupt(result);
    Py_XDECREF(runpy);
    Py_DECREF(name);
    return code_of_result(result);
}

/* --- sys.argv, sys.path --- */

static bool append_argument(PyObject *list, const char *argument)
{
    PyObject *text = PyUnicode_DecodeFSDefault(argument);
    bool is_done = text && PyList_Append(list, text) == 0;

    Py_XDECREF(text);
    return is_done;
}

static bool set_arguments(const struct sandbox_program *program)
{
    PyObject *arguments = PyList_New(0), *originals;
    bool is_done = arguments != NULL;

    is_done = is_done && append_argument(arguments, program->first_argument);
    for (size_t i = 0; i < program->argument_count && is_done; i++)
        is_done = append_argument(arguments, program->arguments[i]);
    /* python has no original arguments for input that nobody named */
    originals = !is_done                                                             ? NULL
                : program->argument_count == 0 && program->first_argument[0] == '\0' ? PyList_New(0)
                                                                                     : PySequence_List(arguments);
    is_done = originals && PySys_SetObject("argv", arguments) == 0 && PySys_SetObject("orig_argv", originals) == 0;
    Py_XDECREF(arguments);
    Py_XDECREF(originals);
    return is_done;
}

static bool prepend_path(PyObject *entry)
{
    PyObject *path = PySys_GetObject("path"); /* borrowed */

    if (path && PyList_Check(path))
        return PyList_Insert(path, 0, entry) == 0;
    PyErr_SetString(PyExc_RuntimeError, "unable to get sys.path");
    return false;
}

/* The script's name as python takes it: absolute, as far as the working directory is known. NULL with an exception set.
 */
static PyObject *script_name(const char *path)
{
    wchar_t *decoded = Py_DecodeLocale(path, NULL), *absolute = NULL;
    PyObject *name;

    if (decoded && _Py_abspath(decoded, &absolute) == 0 && !absolute) {
        PyMem_RawFree(decoded);
        decoded = NULL;
    }
    if (!decoded)
        return PyErr_NoMemory();
    name = PyUnicode_FromWideChar(absolute ? absolute : decoded, -1);
    PyMem_RawFree(absolute);
    PyMem_RawFree(decoded);
    return name;
}

/* *importable_out: the script's path, if it is a folder or archive to import __main__ from; else NULL. */
static bool find_importable(const struct sandbox_program *program, PyObject **importable_out)
{
    PyObject *name, *importer;

    *importable_out = NULL;
    if (program->kind != SANDBOX_PROGRAM_SCRIPT)
        return true;
    name = script_name(program->text);
    importer = name ? PyImport_GetImporter(name) : NULL;
    if (!importer) {
        Py_XDECREF(name);
        PySys_WriteStderr("Failed checking if argv[0] is an import path entry\n");
        return false;
    }
    if (importer != Py_None)
        *importable_out = Py_NewRef(name);
    Py_DECREF(importer);
    Py_DECREF(name);
    return true;
}

/* sys.path[0]: the folder of the script, or the working directory. */
static bool set_path(const struct sandbox_program *program, PyObject *importable)
{
    wchar_t *first_argument;
    PyObject *entry = NULL;
    int found;
    bool is_done;

    if (importable)
        return prepend_path(importable);
    first_argument = Py_DecodeLocale(program->first_argument, NULL);
    if (!first_argument) {
        PyErr_NoMemory();
        return false;
    }
    found = _PyPathConfig_ComputeSysPath0(&(const PyWideStringList){1, &first_argument}, &entry);
    PyMem_RawFree(first_argument);
    if (found <= 0)
        return found == 0;
    is_done = prepend_path(entry);
    Py_DECREF(entry);
    return is_done;
}

/* --- all of it --- */

static int run_kind(const struct sandbox_program *program, const PyObject *importable)
{
    PyObject *name;
    int code;

    switch (program->kind) {
    case SANDBOX_PROGRAM_COMMAND:
        return run_command(program->text);
    case SANDBOX_PROGRAM_MODULE:
        return run_module(program->text, 1);
    case SANDBOX_PROGRAM_SCRIPT:
        break;
    case SANDBOX_PROGRAM_INPUT:
        return run_input();
    }
    if (importable)
        return run_module("__main__", 0);
    name = script_name(program->text);
    code = name ? run_script(name) : code_of_exception();
    Py_XDECREF(name);
    return code;
}

static int run(const struct sandbox_program *program)
{
    PyInterpreterState *interpreter = _PyInterpreterState_GET();
    PyObject *importable = NULL;
    int code;

    if (!sandbox_rest_renew_main() || !set_arguments(program) || !find_importable(program, &importable) ||
        !set_path(program, importable)) {
        code = code_of_exception();
    } else {
        _PyInterpreterState_SetRunningMain(interpreter);
        code = run_kind(program, importable);
        _PyInterpreterState_SetNotRunningMain(interpreter);
    }
    Py_XDECREF(importable);
    return code;
}

int sandbox_program_run(const struct sandbox_program *program)
{
    int code = run(program);

    if (sandbox_end() < 0)
        code = 120; /* as python: output that could not be written */
    if (_PyRuntime.signals.unhandled_keyboard_interrupt)
        code = 128 + 2; /* what a shell shows for SIGINT, which is how python ends then */
    if (lacked_memory) {
        sealed_limit_refused(CORDON_LIMIT_MEMORY, worker_figures_wanted_bytes()); /* comes back if there is no limit */
    }
    return code;
}
