/* Hides the walk over all objects of an image. The collector knows containers only; texts, numbers and code hang on
 * those, and code on functions.
 *
 * A reference count that never changes is CPython's own means (immortal objects, PEP 683). It is right for what belongs
 * to an image: a sandbox ends with its process, so nothing of it has to be freed. */
#define Py_BUILD_CORE 1
#include "Python.h"

#include "pycore_code.h"
#include "pycore_gc.h"
#include "pycore_interp.h"
#include "pycore_object.h"
#include "pycore_unicodeobject.h"

#include "sandbox_immortal.h"

#include "sealed/heap.h"

/* Objects that are immortal already but whose own references were not followed yet. */
struct pending {
    PyObject **objects;
    size_t count, capacity;
    bool failed;
};

static void push(struct pending *pending, PyObject *object)
{
    if (pending->count == pending->capacity) {
        size_t capacity = pending->capacity ? pending->capacity * 2 : 4096;
        PyObject **objects = sealed_reallocate(pending->objects, capacity * sizeof *objects);
        if (!objects) {
            pending->failed = true;
            return;
        }
        pending->objects = objects;
        pending->capacity = capacity;
    }
    pending->objects[pending->count++] = object;
}

static void make_immortal(PyObject *object)
{
    if (PyUnicode_CheckExact(object) && PyUnicode_CHECK_INTERNED(object)) {
        PyObject *text = Py_NewRef(object); /* interning takes one reference and gives one back */
        _PyUnicode_InternImmortal(PyInterpreterState_Get(), &text);
    }
    if (!_Py_IsImmortal(object))
        object->ob_refcnt = _Py_IMMORTAL_REFCNT;
}

static int visit(PyObject *object, void *context)
{
    if (object && !_Py_IsImmortal(object)) {
        make_immortal(object);
        push(context, object);
    }
    return 0;
}

static void visit_code(PyCodeObject *code, struct pending *pending)
{
    PyObject *const references[] = {
        code->co_consts,   code->co_names, code->co_exceptiontable, code->co_localsplusnames, code->co_localspluskinds,
        code->co_filename, code->co_name,  code->co_qualname,       code->co_linetable};

    for (size_t i = 0; i < sizeof references / sizeof *references; i++)
        visit(references[i], pending);
}

/* Types that are no heap objects are immortal from the start, and the collector does not look into them. */
static void visit_static_type(PyTypeObject *type, struct pending *pending)
{
    PyObject *dictionary = PyType_GetDict(type);

    visit(dictionary, pending);
    visit(type->tp_bases, pending);
    visit(type->tp_mro, pending);
    Py_XDECREF(dictionary);
}

static void follow(PyObject *object, struct pending *pending)
{
    PyTypeObject *type = Py_TYPE(object);

    visit((PyObject *)type, pending);
    if (PyCode_Check(object))
        visit_code((PyCodeObject *)object, pending);
    else if (PyType_Check(object) && !(((PyTypeObject *)object)->tp_flags & Py_TPFLAGS_HEAPTYPE))
        visit_static_type((PyTypeObject *)object, pending);
    else if (PyObject_IS_GC(object) && type->tp_traverse)
        type->tp_traverse(object, visit, pending);
    /* names that a heap type has, and its traversal keeps to itself */
    if (PyType_Check(object) && (((PyTypeObject *)object)->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        PyHeapTypeObject *heap_type = (PyHeapTypeObject *)object;
        visit(heap_type->ht_name, pending);
        visit(heap_type->ht_qualname, pending);
        visit(heap_type->ht_slots, pending);
    }
}

static void follow_all(struct pending *pending)
{
    while (pending->count > 0)
        follow(pending->objects[--pending->count], pending);
}

bool sandbox_immortal_make(void)
{
    PyGC_Head *frozen = &PyInterpreterState_Get()->gc.permanent_generation.head;
    struct pending pending = {0};

    for (PyGC_Head *head = _PyGCHead_NEXT(frozen); head != frozen; head = _PyGCHead_NEXT(head)) {
        PyObject *object = _Py_FROM_GC(head);
        if (!_Py_IsImmortal(object))
            make_immortal(object);
        follow(object, &pending);
        follow_all(&pending);
    }
    sealed_release(pending.objects);
    return !pending.failed;
}
