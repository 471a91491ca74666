/* Hides how CPython tells of its steps: a tool of sys.monitoring that stdlib_bindings/patches/sandbox/3_trace.patch
 * calls without building objects; and which code objects are the guest's.
 *
 * Events are asked for globally, since the guest makes code as it runs. Where code is not the guest's, the first event of a place
 * answers that no further one is wanted there, and CPython takes its instrumentation out. */
#define Py_BUILD_CORE 1
#include "Python.h"

#include "pycore_code.h"
#include "pycore_frame.h"
#include "pycore_instruments.h"
#include "pycore_interp.h"
#include "pycore_pystate.h"

#include "worker_trace.h"

#include "sandbox_monitoring.h"
#include "worker_trace_records.h"

#include "cordon/trace.h"
#include "sealed/heap.h"

#include <string.h>

enum { LINE_BIT, CALL_BIT, RETURN_BIT, EXCEPTION_BIT, HOST_CALL_START_BIT, HOST_CALL_END_BIT };

#define BIT_IS(name, number) _Static_assert(name##_BIT == number, "as in cordon/trace.h");
CORDON_TRACE_TABLE(BIT_IS)
#undef BIT_IS

enum { LINES_KEPT = 4 };

/* Of one code object, hung onto it by CPython's own means (PEP 523). */
struct code_info {
    struct worker_traced traced; /* first: what the records know of it */
    bool is_foreign;             /* not the guest's */
    int last_line;               /* of what was told last */
    struct {
        int offset; /* of an instruction, plus 1; 0: empty */
        int line;
    } lines[LINES_KEPT]; /* where it was left or entered last; searching for a line costs more than all the rest */
};

static struct {
    unsigned wanted; /* bits of cordon/trace.h; 0: off */
    int tool;
    Py_ssize_t extra_index; /* 0: not asked for yet; else plus 1 */
    bool told_all_code;     /* of the last trace: places of other code were not switched off */
    PyCodeObject *last_code; /* and what is known of it; NULL: none */
    struct code_info *last_info;
} trace;

/* --- whose code it is --- */

static bool begins_with(PyObject *text, const char *prefix)
{
    Py_ssize_t size = (Py_ssize_t)strlen(prefix);

    if (!PyUnicode_Check(text) || PyUnicode_GET_LENGTH(text) < size)
        return false;
    for (Py_ssize_t i = 0; i < size; i++)
        if (PyUnicode_READ_CHAR(text, i) != (Py_UCS4)prefix[i])
            return false;
    return true;
}

/* What the image brought is immortal; what it did not import lies in the standard library's folder. */
static bool is_foreign(PyCodeObject *code)
{
    return _Py_IsImmortal(code) || begins_with(code->co_filename, "/usr/lib/python3.13/") || begins_with(code->co_filename, "<frozen ");
}

static void forget_info(void *extra)
{
    struct code_info *info = extra;

    if (!info)
        return;
    worker_trace_records_forget(&info->traced);
    if (trace.last_info == info)
        trace.last_code = NULL;
    sealed_release(info);
}

static struct code_info *make_info(PyCodeObject *code)
{
    struct code_info *info = sealed_allocate_zeroed(1, sizeof *info);

    if (!info)
        return NULL;
    info->is_foreign = is_foreign(code);
    if (PyUnstable_Code_SetExtra((PyObject *)code, trace.extra_index - 1, info) == 0)
        return info;
    PyErr_Clear();
    sealed_release(info);
    return NULL;
}

static struct code_info *find_info(PyCodeObject *code)
{
    void *extra = NULL;

    if (PyUnstable_Code_GetExtra((PyObject *)code, trace.extra_index - 1, &extra) != 0)
        return NULL;
    return extra ? extra : make_info(code);
}

/* NULL: nothing is to be told of it, or there is no memory to tell it with. */
static struct code_info *info_of(PyCodeObject *code)
{
    struct code_info *info;
    bool wants_all = (trace.wanted & CORDON_TRACE_ALL_CODE) != 0;

    if (code == trace.last_code)
        return trace.last_info;
    if (!wants_all && _Py_IsImmortal(code))
        return NULL; /* without a write to the image's page */
    info = find_info(code);
    if (!info || (info->is_foreign && !wants_all))
        return NULL;
    trace.last_code = code;
    trace.last_info = info;
    return info;
}

/* Not PyCode_Addr2Line, which knows no line for the middle of an instruction while lines are instrumented. */
static int find_line(PyCodeObject *code, int offset)
{
    PyCodeAddressRange bounds;

    _PyCode_InitAddressRange(code, &bounds);
    return _PyCode_CheckLineNumber(offset, &bounds);
}

/* What the compiler added, such as the end of an `except`, has no line: then the last one that was told. */
static int line_at(PyCodeObject *code, struct code_info *info, int offset)
{
    unsigned place = (unsigned)offset / sizeof(_Py_CODEUNIT) % LINES_KEPT;

    if (info->lines[place].offset != offset + 1) {
        info->lines[place].offset = offset + 1;
        info->lines[place].line = find_line(code, offset);
    }
    if (info->lines[place].line > 0)
        info->last_line = info->lines[place].line;
    return info->last_line;
}

/* --- steps, as CPython's instrumentation tells them --- */

unsigned char sandbox_trace_tools;

int sandbox_trace_line(PyCodeObject *code, int line)
{
    struct code_info *info = info_of(code);

    if (!info)
        return 1;
    info->last_line = line;
    worker_trace_record(LINE_BIT, &info->traced, code, line);
    return 0;
}

static void record_start(PyCodeObject *code, struct code_info *info)
{
    info->last_line = code->co_firstlineno;
    worker_trace_record(CALL_BIT, &info->traced, code, info->last_line);
}

static void record_exception(PyCodeObject *code, struct code_info *info, int offset, PyObject *exception)
{
    const char *name = Py_TYPE(exception)->tp_name, *dot = strrchr(name, '.');

    worker_trace_record_named(EXCEPTION_BIT, &info->traced, code, line_at(code, info, offset), dot ? dot + 1 : name, 0);
}

int sandbox_trace_event(PyCodeObject *code, int event, int offset, PyObject *value)
{
    struct code_info *info = info_of(code);

    if (!info) /* the events of exceptions cannot be switched off at one place */
        return PY_MONITORING_IS_INSTRUMENTED_EVENT(event);
    if (event == PY_MONITORING_EVENT_PY_START)
        record_start(code, info);
    else if (event == PY_MONITORING_EVENT_RAISE)
        record_exception(code, info, offset, value);
    else if (event == PY_MONITORING_EVENT_PY_RESUME || event == PY_MONITORING_EVENT_PY_THROW)
        worker_trace_record(CALL_BIT, &info->traced, code, line_at(code, info, offset));
    else
        worker_trace_record(RETURN_BIT, &info->traced, code, line_at(code, info, offset));
    return 0;
}

/* --- the tool --- */

static const struct wanted {
    unsigned bit; /* of cordon/trace.h: who wants it */
    int event;
} wanted[] = {
    {CORDON_TRACE_LINE, PY_MONITORING_EVENT_LINE},          {CORDON_TRACE_CALL, PY_MONITORING_EVENT_PY_START},
    {CORDON_TRACE_CALL, PY_MONITORING_EVENT_PY_RESUME},     {CORDON_TRACE_CALL, PY_MONITORING_EVENT_PY_THROW},
    {CORDON_TRACE_RETURN, PY_MONITORING_EVENT_PY_RETURN},   {CORDON_TRACE_RETURN, PY_MONITORING_EVENT_PY_YIELD},
    {CORDON_TRACE_RETURN, PY_MONITORING_EVENT_PY_UNWIND},   {CORDON_TRACE_EXCEPTION, PY_MONITORING_EVENT_RAISE},
};

static bool prepare(void)
{
    if (trace.extra_index != 0)
        return true;
    trace.extra_index = PyUnstable_Eval_RequestCodeExtraIndex(forget_info) + 1;
    if (trace.extra_index == 0)
        PyErr_SetString(PyExc_RuntimeError, "the host asked for a trace, but CPython has no room for it on its code objects");
    return trace.extra_index != 0;
}

/* Places that an earlier trace did not want may be wanted now. */
static bool restart_events(void)
{
    PyObject *module, *done;

    if (trace.told_all_code || !(trace.wanted & CORDON_TRACE_ALL_CODE))
        return true;
    module = PySys_GetObject("monitoring");
    done = module ? PyObject_CallMethod(module, "restart_events", NULL) : NULL;
    Py_XDECREF(done);
    return done != NULL;
}

static _PyMonitoringEventSet wanted_events(void)
{
    _PyMonitoringEventSet events = 0;

    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (trace.wanted & wanted[i].bit)
            events |= 1u << wanted[i].event;
    return events;
}

static void stop(void)
{
    sandbox_trace_tools = 0;
    sandbox_monitoring_give_back(trace.tool);
    trace.told_all_code = (trace.wanted & CORDON_TRACE_ALL_CODE) != 0;
    trace.wanted = 0;
    trace.last_code = NULL;
}

bool worker_trace_begin(unsigned asked)
{
    if ((asked & ~(unsigned)CORDON_TRACE_ALL_CODE) == 0)
        return true;
    if (!prepare())
        return false;
    trace.tool = sandbox_monitoring_take();
    if (trace.tool < 0)
        return false;
    trace.wanted = asked;
    sandbox_trace_tools = (unsigned char)(1u << trace.tool);
    worker_trace_records_begin();
    if (restart_events() && _PyMonitoring_SetEvents(trace.tool, wanted_events()) == 0)
        return true;
    worker_trace_records_end();
    stop();
    return false;
}

void worker_trace_renew(void)
{
    if (trace.wanted != 0)
        worker_trace_records_renumber();
}

void worker_trace_end(void)
{
    PyObject *raised;

    if (trace.wanted == 0)
        return;
    raised = PyErr_GetRaisedException();
    worker_trace_records_end();
    if (_PyMonitoring_SetEvents(trace.tool, 0) != 0)
        PyErr_Clear(); /* without a tool events lead to nothing */
    stop();
    PyErr_SetRaisedException(raised);
}

/* --- calls of the host --- */

bool worker_trace_wants_calls(void)
{
    return (trace.wanted & (CORDON_TRACE_HOST_CALL_START | CORDON_TRACE_HOST_CALL_END)) != 0;
}

/* The innermost frame that is told of. */
static void record_call(unsigned bit, const char *name, uint32_t call)
{
    struct _PyInterpreterFrame *frame = _PyThreadState_GetFrame(_PyThreadState_GET());

    for (; frame; frame = _PyFrame_GetFirstComplete(frame->previous)) {
        PyCodeObject *code = _PyFrame_GetCode(frame);
        struct code_info *info = info_of(code);
        if (!info)
            continue;
        worker_trace_record_named(bit, &info->traced, code, PyUnstable_InterpreterFrame_GetLine(frame), name, call);
        return;
    }
    worker_trace_record_named(bit, NULL, NULL, 0, name, call);
}

void worker_trace_call_begins(const char *name, uint32_t call)
{
    if (trace.wanted & CORDON_TRACE_HOST_CALL_START)
        record_call(HOST_CALL_START_BIT, name, call);
}

void worker_trace_call_ends(const char *name, uint32_t call)
{
    if (trace.wanted & CORDON_TRACE_HOST_CALL_END)
        record_call(HOST_CALL_END_BIT, name, call);
}
