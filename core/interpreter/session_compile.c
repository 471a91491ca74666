/* Hides how the value of a last expression is kept: its statement becomes an assignment before anything is compiled, so
 * one code object runs, may await anywhere, and its positions are those of the source. */
#define Py_BUILD_CORE 1
#include "Python.h"

#include "pycore_ast.h"
#include "pycore_compile.h"
#include "pycore_parser.h"
#include "pycore_pyarena.h"

#include "session_compile.h"

#include <string.h>

static PyCompilerFlags session_flags = {.cf_flags = PyCF_ALLOW_TOP_LEVEL_AWAIT, .cf_feature_version = PY_MINOR_VERSION};

/* The name, which lives as long as the arena. */
static PyObject *value_name(PyArena *arena)
{
    PyObject *name = PyUnicode_InternFromString(SESSION_VALUE_NAME);

    if (name && _PyArena_AddPyObject(arena, name) < 0)
        Py_CLEAR(name);
    return name;
}

static bool keep_value(mod_ty module, PyArena *arena)
{
    asdl_stmt_seq *body = module->v.Module.body;
    Py_ssize_t last = asdl_seq_LEN(body) - 1;
    asdl_expr_seq *targets;
    PyObject *name;
    expr_ty target;
    stmt_ty statement;

    if (last < 0 || asdl_seq_GET(body, last)->kind != Expr_kind)
        return true;
    statement = asdl_seq_GET(body, last);
    targets = _Py_asdl_expr_seq_new(1, arena);
    name = targets ? value_name(arena) : NULL;
    target = name ? _PyAST_Name(name, Store, statement->lineno, statement->col_offset, statement->end_lineno,
                                statement->end_col_offset, arena)
                  : NULL;
    if (!target)
        return false;
    asdl_seq_SET(targets, 0, target);
    statement = _PyAST_Assign(targets, statement->v.Expr.value, NULL, statement->lineno, statement->col_offset,
                              statement->end_lineno, statement->end_col_offset, arena);
    if (!statement)
        return false;
    asdl_seq_SET(body, last, statement);
    return true;
}

PyObject *session_compile(const char *source, Py_ssize_t size, PyObject *file_name, bool keeps_value)
{
    PyArena *arena;
    mod_ty module;
    PyObject *code = NULL;

    if ((Py_ssize_t)strlen(source) != size) {
        PyErr_SetString(PyExc_SyntaxError, "source code cannot contain null bytes");
        return NULL;
    }
    arena = _PyArena_New();
    if (!arena)
        return NULL;
    module = _PyParser_ASTFromString(source, file_name, Py_file_input, &session_flags, arena);
    if (module && (!keeps_value || keep_value(module, arena)))
        code = (PyObject *)_PyAST_Compile(module, file_name, &session_flags, -1, arena);
    _PyArena_Free(arena);
    return code;
}
