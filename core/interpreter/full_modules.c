/* Hides how the policy is asked about modules and how the record hears of them. */
#include "full_modules.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "full_audit.h"
#include "full_code_digest.h"
#include "full_file_digest.h"

/* What CPython imports from its own parts before a program's code runs, for -c and -m too: a policy could only keep it from starting. */
static const char *const needed_to_start[] = {
    "_abc", "_codecs", "_collections_abc", "_frozen_importlib", "_frozen_importlib_external", "_imp", "_io", "_signal", "_sitebuiltins", "_stat",
    "_thread", "_warnings", "_weakref", "abc", "builtins", "codecs", "encodings", "errno", "genericpath", "importlib", "importlib._abc",
    "importlib.machinery", "importlib.util", "io", "linecache", "marshal", "os", "posix", "posixpath", "runpy", "site", "stat", "sys", "time", "types",
    "zipimport",
};
static const char needed_family[] = "encodings.";

static const full_policy *judge;
static _Atomic bool is_started;

typedef struct facts {
    const char *name, *kind, *origin, *sha256;
} facts;

void full_modules_start(const full_policy *policy) { judge = policy; }
void full_modules_started(void) { is_started = true; }

/* Whether a path lies in ../lib/python3.13 beside this program. */
static bool is_library(const char *path)
{
    static const char tail[] = "/lib/python" Py_STRINGIFY(PY_MAJOR_VERSION) "." Py_STRINGIFY(PY_MINOR_VERSION) "/";
    const char *program = full_policy_program(judge), *end = strrchr(program, '/');
    if (path == NULL || end == NULL) return false;
    while (end > program && end[-1] != '/') end--; /* the folder that bin lies in, with its slash */
    size_t folder = end > program ? (size_t)(end - program) - 1 : 0;
    return strncmp(path, program, folder) == 0 && strncmp(path + folder, tail, sizeof tail - 1) == 0 && strstr(path, "/../") == NULL;
}

static int compare_name(const void *key, const void *element) { return strcmp(key, *(const char *const *)element); }

/* Of what a folder on the path could put in their place, nothing counts: only what is built in, frozen, or in the interpreter's own library. */
static bool is_needed_to_start(const facts *facts)
{
    if (is_started || strcmp(facts->kind, "made") == 0 || strcmp(facts->kind, "extension") == 0) return false;
    bool is_own = strcmp(facts->kind, "builtin") == 0 || strcmp(facts->kind, "frozen") == 0 || is_library(facts->origin);
    return is_own && (strncmp(facts->name, needed_family, sizeof needed_family - 1) == 0 ||
                      bsearch(facts->name, needed_to_start, sizeof needed_to_start / sizeof *needed_to_start, sizeof *needed_to_start, compare_name) != NULL);
}

static void refuse(const facts *facts, const char *rule)
{
    PyObject *name = PyUnicode_DecodeUTF8(facts->name, (Py_ssize_t)strlen(facts->name), "surrogateescape");
    PyObject *text = name == NULL ? NULL : rule != NULL ? PyUnicode_FromFormat("the policy refuses the module '%U': %s", name, rule)
                                                        : PyUnicode_FromFormat("the policy refuses the module '%U': no rule allows it", name);
    if (text != NULL) PyErr_SetImportError(text, name, NULL);
    Py_XDECREF(text);
    Py_XDECREF(name);
}

static bool judge_and_tell(const facts *facts)
{
    const char *rule = NULL;
    bool is_allowed = is_needed_to_start(facts) || full_policy_allows_import(judge, facts->name, facts->origin, facts->sha256, &rule);
    const full_audit_module told = { .name = facts->name, .kind = facts->kind, .origin = facts->origin, .sha256 = facts->sha256,
                                     .rule = rule, .is_allowed = is_allowed };
    full_audit_push_module(&told);
    if (!is_allowed) refuse(facts, rule);
    return is_allowed;
}

/* ---- Texts ----------------------------------------------------------------------------------------------------------------------- */

/* As bytes of Python's, owned by the caller; NULL for what is no text. A NUL would end it early for everybody who looks at it, so it is shown as another
 * character that no name has. */
static PyObject *bytes_of(PyObject *text)
{
    if (text == NULL || !PyUnicode_Check(text)) return NULL;
    PyObject *bytes = PyUnicode_AsEncodedString(text, "utf-8", "surrogateescape");
    if (bytes == NULL) {
        PyErr_Clear();
        bytes = PyUnicode_AsEncodedString(text, "utf-8", "surrogatepass");
    }
    if (bytes == NULL) {
        PyErr_Clear();
        return NULL;
    }
    char *spot = PyBytes_AS_STRING(bytes), *end = spot + PyBytes_GET_SIZE(bytes);
    while ((spot = memchr(spot, '\0', (size_t)(end - spot))) != NULL) *spot = '\x1a';
    return bytes;
}

static const char *text_of(PyObject *bytes) { return bytes != NULL ? PyBytes_AS_STRING(bytes) : NULL; }

/* An attribute, owned by the caller; NULL if there is none, whatever the object does to tell so. */
static PyObject *attribute_of(PyObject *object, const char *name)
{
    PyObject *value = object != NULL && object != Py_None ? PyObject_GetAttrString(object, name) : NULL;
    PyErr_Clear();
    return value;
}

static PyObject *item_of(PyObject *globals, const char *name) { return Py_XNewRef(PyDict_GetItemString(globals, name)); }

/* Neither record nor rule asks for it otherwise. */
static bool wants_digest(void) { return full_audit_is_on() || full_policy_wants_digests(judge); }

/* ---- Kinds ----------------------------------------------------------------------------------------------------------------------- */

/* By who loaded it: the same whether the code came from a cache beside the source or not. */
static const char *kind_by(PyObject *loader, const char *origin)
{
    const char *loader_type = loader != NULL ? Py_TYPE(loader)->tp_name : "";
    size_t length = origin != NULL ? strlen(origin) : 0;
    if (origin != NULL && strcmp(origin, "frozen") == 0) return "frozen";
    if (strcmp(loader_type, "zipimporter") == 0 || strcmp(loader_type, "zipimport.zipimporter") == 0) return "zip";
    return length > 4 && strcmp(origin + length - 4, ".pyc") == 0 ? "bytecode" : "source";
}

bool full_modules_builtin(const char *name) { return judge_and_tell(&(facts){ .name = name, .kind = "builtin", .origin = "built-in" }); }

bool full_modules_extension(PyObject *name, PyObject *path)
{
    char digits[FULL_DIGEST_DIGITS + 1];
    PyObject *name_bytes = bytes_of(name), *path_bytes = bytes_of(path);
    facts facts = { .name = name_bytes != NULL ? text_of(name_bytes) : "", .kind = "extension", .origin = text_of(path_bytes) };
    if (facts.origin != NULL && wants_digest() && full_digest_file(facts.origin, digits)) facts.sha256 = digits;
    bool is_allowed = judge_and_tell(&facts);
    Py_XDECREF(name_bytes);
    Py_XDECREF(path_bytes);
    return is_allowed;
}

static bool judge_named(PyObject *name, const char *kind, const char *origin)
{
    PyObject *bytes = bytes_of(name);
    bool is_allowed = judge_and_tell(&(facts){ .name = bytes != NULL ? text_of(bytes) : "", .kind = kind, .origin = origin });
    Py_XDECREF(bytes);
    return is_allowed;
}

bool full_modules_frozen(PyObject *name) { return judge_named(name, "frozen", "frozen"); }
bool full_modules_made(PyObject *name) { return judge_named(name, "made", NULL); }

void full_modules_left(PyObject *name)
{
    PyObject *bytes = bytes_of(name);
    full_audit_push_module(&(full_audit_module){ .name = bytes != NULL ? text_of(bytes) : "", .kind = "made", .is_allowed = true });
    Py_XDECREF(bytes);
}

static bool judge_code(PyCodeObject *code, PyObject *name, PyObject *loader, PyObject *origin)
{
    char digits[FULL_DIGEST_DIGITS + 1];
    PyObject *name_bytes = bytes_of(name), *origin_bytes = bytes_of(origin);
    facts facts = { .name = name_bytes != NULL ? text_of(name_bytes) : "", .origin = text_of(origin_bytes) };
    facts.kind = kind_by(loader, facts.origin);
    if (wants_digest() && full_digest_code(code, digits)) facts.sha256 = digits;
    bool is_allowed = judge_and_tell(&facts);
    Py_XDECREF(name_bytes);
    Py_XDECREF(origin_bytes);
    return is_allowed;
}

bool full_modules_run(PyCodeObject *code, PyObject *globals)
{
    PyObject *raised = PyErr_GetRaisedException();
    PyObject *name = item_of(globals, "__name__"), *spec = item_of(globals, "__spec__"), *loader = attribute_of(spec, "loader");
    PyObject *origin = attribute_of(spec, "origin");
    if (origin == NULL || !PyUnicode_Check(origin)) Py_XSETREF(origin, item_of(globals, "__file__"));
    if (origin == NULL || !PyUnicode_Check(origin)) Py_XSETREF(origin, Py_NewRef(code->co_filename));
    PyErr_SetRaisedException(raised);
    bool is_allowed = judge_code(code, name, loader, origin);
    Py_XDECREF(name);
    Py_XDECREF(spec);
    Py_XDECREF(loader);
    Py_XDECREF(origin);
    return is_allowed;
}

bool full_modules_main(PyCodeObject *code)
{
    PyObject *name = PyUnicode_FromString("__main__");
    bool is_allowed = name != NULL && judge_code(code, name, NULL, code->co_filename);
    Py_XDECREF(name);
    return is_allowed;
}
