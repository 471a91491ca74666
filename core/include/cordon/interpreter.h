/* The full interpreter in this very process: CPython whose every access to the host goes through host_env, asks a policy before and is recorded after. libcordon_full.a, which
 * holds all of libcordon as well: a program links one of the two. The types of requests, results, values and callbacks are those of sandboxes, and mean the same.
 *
 * What it is for: code that is trusted with this process, but not with the host. Nothing here stands between Python code and the process's own memory: an extension module or a fault
 * in C is a fault of this process, a crash ends it, and no limit on memory, processor time or fuel can be held from within. Whoever needs those starts a sandbox (engine.h). What
 * only a sandbox can do answers UNSUPPORTED here and says why.
 *
 * One to a process, from cordon_interpreter_create to the process's end: CPython cannot be started twice, so there is no destroy. atexit handlers of Python do not run.
 *
 * Threads: the thread that creates it becomes Python's main thread; any thread may execute, one at a time (a second gets BUSY), and none needs to know of the interpreter lock. Between
 * calls the lock is free, so threads that Python code started go on. cordon_interpreter_interrupt is for any thread, and for a signal handler it is not.
 * Signals: no handler is installed and none changed. Python's signal.signal() works as the policy allows, and then changes the process's.
 * Forks: the child of a fork must not use it (a call there gets UNSUPPORTED), but for Python code that forked by itself.
 * Descriptors: sys.stdin, sys.stdout and sys.stderr are the request's; descriptors 0, 1 and 2 are the process's own, and what is written there by os.write, by a program that is started
 * or by C code goes where this process's output goes. */
#ifndef CORDON_INTERPRETER_H
#define CORDON_INTERPRETER_H

#include "cordon/access.h"
#include "cordon/callback.h"
#include "cordon/execute.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cordon_interpreter cordon_interpreter;

typedef struct cordon_interpreter_config {
    size_t struct_size; /* set by CORDON_INTERPRETER_CONFIG_INIT */
    const char *home;   /* the folder in which lib/python3.13 lies, absolute; NULL: the parent of the folder in which this program lies */
    /* What the code may do. One of the three must be given: rules of a file, FILE or FILE:PROFILE (docs/policy.md); a function; or all. With rules and a function both must allow. */
    const char *policy;
    cordon_permit_function permit_access; /* asked on any thread, also in the child of a fork; must not use the interpreter */
    bool allows_everything;
    cordon_record_function record_access; /* told of each access, refused ones too; same rules. NULL: nobody is told */
    void *access_context;                 /* borrowed for the life of the process */
    const char *const *arguments;         /* sys.argv[1:], NULL-terminated; NULL: none */
    const char *const *module_paths;      /* behind the library in sys.path, NULL-terminated; NULL: none */
    /* Of a limit that cannot be held in one's own process every value but 0 and CORDON_LIMIT_NONE is UNSUPPORTED: all of them today. */
    cordon_limits limits;
    /* What is written to sys.stdout and sys.stderr outside of executions, by threads that go on and by plugins; NULL: it is dropped. */
    cordon_output_function stray_output;
    void *stray_context;
} cordon_interpreter_config;
#define CORDON_INTERPRETER_CONFIG_INIT { .struct_size = sizeof(cordon_interpreter_config) }

/* Everything in `config` but the context is borrowed for the call. Call while no other thread reads or changes the environment or the locale. Fails with INVALID_ARGUMENT (no such policy, a policy that cannot be
 * held, no library at home), UNSUPPORTED (a limit), BUSY (there is one, or there was an attempt that failed half-way), SETUP_FAILED, NO_MEMORY. */
CORDON_API cordon_status cordon_interpreter_create(const cordon_interpreter_config *config, cordon_interpreter **interpreter_out, cordon_error *error);

/* From the next execution on; as cordon_sandbox_register. The function is called on the thread whose code calls, without the interpreter lock. An effect is UNSUPPORTED: execution here cannot be
 * put aside. */
CORDON_API cordon_status cordon_interpreter_register(cordon_interpreter *interpreter, const cordon_callback *callback, cordon_error *error);

/* As cordon_sandbox_execute. Of the figures there are wall_ns, cpu_ns (of this thread), output_bytes and calls. Functions of `streams` are called with the interpreter lock held, on the
 * thread that writes or reads. Outcomes: OK, PYTHON_EXCEPTION, CANCELLED. Fails with INVALID_ARGUMENT, BUSY, NO_MEMORY, and UNSUPPORTED for a timeout (call
 * cordon_interpreter_interrupt when it has passed) and for `trace`. */
CORDON_API cordon_status cordon_interpreter_execute(cordon_interpreter *interpreter, const cordon_request *request, cordon_result **result_out, cordon_error *error);

/* Raises KeyboardInterrupt in the code that is being executed, once for each execution however often it is called; its outcome is CANCELLED unless the code catches it. Nothing if
 * nothing is executed. A wait for the host or of the event loop is left at once; code that waits in a call of the system, or computes in C, hears of it when that returns, and this function waits for the
 * interpreter lock until then. The session goes on. Any thread; accepts NULL. */
CORDON_API void cordon_interpreter_interrupt(cordon_interpreter *interpreter);

/* Sums since the interpreter was created, of what the figures of its executions and calls into plugins have; the rest is 0. Not while another thread uses it. */
CORDON_API void cordon_interpreter_get_session_figures(const cordon_interpreter *interpreter, cordon_session_figures *figures_out);

/* UNSUPPORTED, always: what code has done to a process that is not its own can only be undone with the process. cordon_interpreter_restore replaces named state; a sandbox can be cleared. */
CORDON_API cordon_status cordon_interpreter_clear(cordon_interpreter *interpreter, cordon_error *error);

/* ---- Named state: the session's variables, by pickle ----
 *
 * A snapshot holds each variable of the session that can be pickled, and functions that the session defined (by their code, for the same version of Python). What two variables share they share
 * afterwards. Left out, each with its reason: classes that the session defined and their instances, functions and classes that a library owns, what pickle refuses (open files, locks, generators ...).
 * Modules are imported anew by name. docs/interpreter.md has the list.
 *
 * Restoring unpickles, which is running code that the snapshot chose. So a snapshot carries an HMAC-SHA256 by the caller's key, which is held against the whole before anything of it is
 * looked at; whoever wants to do without says so. */

typedef enum cordon_state_trust {
    CORDON_STATE_KEYED = 0,
    CORDON_STATE_UNKEYED /* only for what never left this program's hands: damage is noticed, forgery is not */
} cordon_state_trust;

typedef struct cordon_state_key {
    cordon_state_trust trust;
    const void *bytes; /* KEYED: at least CORDON_STATE_KEY_BYTES_MIN; else NULL */
    size_t size;
} cordon_state_key;
enum { CORDON_STATE_KEY_BYTES_MIN = 16 };

/* On CORDON_OK *bytes_out is the caller's (cordon_text_release), and so is *report_out (cordon_value_destroy; NULL: not wanted): a dict {"kept": [name ...], "imported": [name ...],
 * "skipped": [(name, reason) ...]}, each sorted. Runs code of the session: what its objects do when they are pickled. Fails with INVALID_ARGUMENT (key), BUSY, TOO_LARGE, NO_MEMORY. */
CORDON_API cordon_status cordon_interpreter_snapshot(cordon_interpreter *interpreter, const cordon_state_key *key, char **bytes_out, size_t *size_out, cordon_value **report_out,
                                                     cordon_error *error);
/* Replaces the session's variables: what the snapshot does not have is gone. On failure the session is as it was. *report_out as above: what is there now, and what the snapshot lacked when it was
 * taken. Fails with INVALID_ARGUMENT (no snapshot, damaged, another version of format or Python, another key; what went wrong while it was unpickled), BUSY, NO_MEMORY. */
CORDON_API cordon_status cordon_interpreter_restore(cordon_interpreter *interpreter, const void *bytes, size_t size, const cordon_state_key *key, cordon_value **report_out,
                                                    cordon_error *error);

/* ---- Plugins (plugin.h) ---- */

struct cordon_plugin_home;

/* This interpreter as a home of plugins, for cordon_plugins_config.given_home. Each plugin has modules of its own, but all may do what the interpreter may, and nothing keeps one from the
 * memory of another: what a plugin asks for is held against policy and grants before it is loaded, and not afterwards. One with limits is UNSUPPORTED. `folder`: absolute, there, written to by nobody else, and readable for the
 * interpreter's policy; a plugin's files lie there as long as it is loaded, in a folder `cordon-plugin-NUMBER` (one that a process left there which died is removed). The same for all calls in a
 * process; any number of hosts of plugins may share it. *home_out is static. Fails with INVALID_ARGUMENT, BUSY. */
CORDON_API cordon_status cordon_interpreter_plugin_home(cordon_interpreter *interpreter, const char *folder, const struct cordon_plugin_home **home_out, cordon_error *error);

#ifdef __cplusplus
}
#endif
#endif
