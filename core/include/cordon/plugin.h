/* Plugins: folders, zips or wheels with a manifest, loaded into a home (one sandbox each, one for all, or another one), granted what they ask for and policy allows, and called.
 *
 * The manifest is plugin.yaml (docs/plugins.md, docs/plugin.schema.json), or MANIFEST of a module at its top: a literal, which is read and not run, in a sandbox of its own that is granted nothing.
 * A plugin is known by its name, and by its digest: SHA-256 over the names and contents of all its files. What was read for the digest is what runs; the folder is not looked at again.
 *
 * What a manifest asks for must be allowed by the policy. The first time, that is enough, unless `asks_first`; it is remembered in the grants file. A plugin of that name that has
 * changed and asks for no more goes on. One that asks for more is an ESCALATION, and is not loaded until cordon_plugins_grant says so.
 *
 * Threads: cordon_plugins may be used from any number of threads. A plugin is used by one thread at a time, and plugins that share a sandbox too: a second gets BUSY.
 * Lifetimes: plugins are unloaded before their cordon_plugins is destroyed, and that before the engine. */
#ifndef CORDON_PLUGIN_H
#define CORDON_PLUGIN_H

#include "cordon/execute.h"
#include "cordon/plugin_home.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, number, text) */
#define CORDON_PLUGIN_STATUS_TABLE(X)                                                                                  \
    X(OK, 0, "operation completed")                                                                                    \
    X(INVALID_ARGUMENT, 1, "an argument is not acceptable")                                                            \
    X(NO_MEMORY, 2, "the host has no memory left")                                                                     \
    X(UNREADABLE, 3, "the plugin's files cannot be read")                                                              \
    X(BAD_PACKAGE, 4, "the folder or archive is not one that a plugin may be")                                         \
    X(NO_MANIFEST, 5, "there is no manifest")                                                                          \
    X(BAD_MANIFEST, 6, "the manifest is wrong")                                                                        \
    X(WRONG_API_VERSION, 7, "the plugin was made for another version of the host's interface")                         \
    X(NO_ENTRY, 8, "the entry that the manifest names is not there")                                                   \
    X(INIT_RAISED, 9, "the plugin raised an exception while it was loaded")                                            \
    X(DENIED, 10, "policy does not allow what the plugin asks for")                                                    \
    X(NOT_GRANTED, 11, "the plugin was never granted what it asks for")                                                \
    X(ESCALATION, 12, "the plugin has changed and asks for more than it was granted")                                  \
    X(CANNOT_GIVE, 13, "its home cannot give what the plugin asks for")                                                \
    X(BAD_GRANTS, 14, "the file of grants is damaged, or not to be trusted")                                           \
    X(BAD_POLICY, 15, "the policy file cannot be used")                                                                \
    X(FUNCTION_MISSING, 16, "there is no such command, contract or function")                                          \
    X(BAD_ARGUMENTS, 17, "the arguments do not fit the function's schema")                                             \
    X(RAISED, 18, "the plugin's function raised an exception")                                                         \
    X(LIMIT, 19, "the plugin reached a limit")                                                                         \
    X(MEMORY, 20, "the plugin needed too much memory")                                                                 \
    X(CRASHED, 21, "the plugin's interpreter died")                                                                    \
    X(VIOLATION, 22, "the plugin's sandbox broke the rules")                                                           \
    X(CANCELLED, 23, "it was cancelled")                                                                               \
    X(SUSPENDED, 24, "it waits for effects")                                                                           \
    X(LOST, 25, "the plugin's interpreter has ended; reload it")                                                       \
    X(BUSY, 26, "the plugin, or one that shares its sandbox, is in use")                                               \
    X(UNSUPPORTED, 27, "its home has no such thing")                                                                   \
    X(EXITED, 28, "the plugin ended its interpreter")                                                                  \
    X(SETUP_FAILED, 29, "no sandbox could be started for it")                                                          \
    X(HOST_FAILURE, 30, "the host's system failed")

typedef enum cordon_plugin_status {
#define CORDON_PLUGIN_STATUS_ENUM(name, number, text) CORDON_PLUGIN_##name = number,
    CORDON_PLUGIN_STATUS_TABLE(CORDON_PLUGIN_STATUS_ENUM)
#undef CORDON_PLUGIN_STATUS_ENUM
} cordon_plugin_status;
CORDON_API const char *cordon_plugin_status_name(cordon_plugin_status status); /* "?" for a number that is none. Static. */
CORDON_API const char *cordon_plugin_status_text(cordon_plugin_status status);

/* Provided by the caller, filled on failure only. Every function accepts NULL for it. */
typedef struct cordon_plugin_error {
    cordon_plugin_status status;
    char plugin[68];    /* its name, as far as it is known; else empty */
    char message[1024]; /* UTF-8; for a file "FILE:LINE:COLUMN: what, and what was expected" */
} cordon_plugin_error;

typedef struct cordon_plugins cordon_plugins;
typedef struct cordon_plugin cordon_plugin;

typedef enum cordon_plugin_home_kind {
    CORDON_PLUGIN_HOME_OWN_SANDBOX = 0, /* one sandbox each: exactly what it was granted, and what it ends is its own */
    CORDON_PLUGIN_HOME_SHARED_SANDBOX,  /* one for all: only plugins that were granted exactly what `sandbox` grants; what one of them ends is lost for all */
    CORDON_PLUGIN_HOME_GIVEN            /* `given_home` */
} cordon_plugin_home_kind;

typedef struct cordon_plugins_config {
    size_t struct_size;     /* set by CORDON_PLUGINS_CONFIG_INIT */
    const char *api_version; /* of the host's interface: a plugin names exactly this one, or is refused */
    cordon_plugin_home_kind home;
    const cordon_plugin_home *given_home; /* borrowed for the life of the plugins */
    cordon_engine *engine;   /* borrowed; for the sandboxes, and to read exported manifests; may be NULL with a given home */
    /* Limits, seed, folder, arguments and so on of the sandboxes. OWN_SANDBOX: without mounts, real clock and the host's random bytes, which only grants bring; `environment` is
     * what a plugin may ask for by env.read. SHARED_SANDBOX: what all plugins there have. NULL: all defaults. What it points to is borrowed for the life of the plugins. */
    const cordon_sandbox_config *sandbox;
    const char *policy_file;    /* what plugins may be granted (docs/policy.md); NULL: nothing */
    const char *policy_profile; /* NULL: the file's default one */
    const char *grants_file;    /* absolute; made if it is not there, readable for its owner alone; NULL: remembered as long as this cordon_plugins lives */
    bool asks_first;            /* what policy allows is not enough the first time either */
    uint64_t bytes_max;         /* that a plugin's files may have, unpacked; 0: 64 MiB */
    uint32_t files_max;         /* that it may consist of; 0: 10,000 */
} cordon_plugins_config;
#define CORDON_PLUGINS_CONFIG_INIT { .struct_size = sizeof(cordon_plugins_config) }

/* On CORDON_PLUGIN_OK the caller owns *plugins_out. Fails with INVALID_ARGUMENT, NO_MEMORY, BAD_POLICY, BAD_GRANTS, HOST_FAILURE. */
CORDON_API cordon_plugin_status cordon_plugins_create(const cordon_plugins_config *config, cordon_plugins **plugins_out, cordon_plugin_error *error);
/* All its plugins must have been unloaded. Accepts NULL. */
CORDON_API void cordon_plugins_destroy(cordon_plugins *plugins);

/* Reads the plugin at `path` (folder, zip, wheel) and remembers what its manifest asks for as granted, to it and to what follows of the same name. What policy does not allow cannot be
 * granted: DENIED. For a person who has looked at it, or code that stands for one. */
CORDON_API cordon_plugin_status cordon_plugins_grant(cordon_plugins *plugins, const char *path, cordon_plugin_error *error);
/* Forgets what the plugin of that name was granted; plugins that are loaded keep it. NOT_GRANTED: there was nothing. */
CORDON_API cordon_plugin_status cordon_plugins_revoke(cordon_plugins *plugins, const char *name, cordon_plugin_error *error);
/* Reads and checks it without loading: a dict with the manifest, "digest", and "granted" ("yes", "first", "escalation" or "denied"). The caller owns *description_out. */
CORDON_API cordon_plugin_status cordon_plugins_inspect(cordon_plugins *plugins, const char *path, cordon_value **description_out, cordon_plugin_error *error);

/* On CORDON_PLUGIN_OK the caller owns *plugin_out (cordon_plugin_unload). Two loads of the same plugin are two plugins. */
CORDON_API cordon_plugin_status cordon_plugin_load(cordon_plugins *plugins, const char *path, cordon_plugin **plugin_out, cordon_plugin_error *error);
/* After LOST: the same files, loaded anew; what the plugin had in memory is gone. Of a plugin that is not lost: nothing is done. */
CORDON_API cordon_plugin_status cordon_plugin_reload(cordon_plugin *plugin, cordon_plugin_error *error);
/* Accepts NULL. No other thread may be using it. */
CORDON_API void cordon_plugin_unload(cordon_plugin *plugin);

/* Borrowed from the plugin. */
CORDON_API const char *cordon_plugin_name(const cordon_plugin *plugin);
CORDON_API const char *cordon_plugin_version(const cordon_plugin *plugin);
CORDON_API const char *cordon_plugin_digest(const cordon_plugin *plugin);            /* 64 digits */
CORDON_API const cordon_value *cordon_plugin_manifest(const cordon_plugin *plugin);  /* checked; a dict */

/* How an operation is run; NULL: without streams and with the time limit. */
typedef struct cordon_plugin_run {
    size_t struct_size; /* set by CORDON_PLUGIN_RUN_INIT */
    cordon_streams streams;
    uint64_t timeout_ns; /* shorter than the time limit; 0: that limit */
} cordon_plugin_run;
#define CORDON_PLUGIN_RUN_INIT { .struct_size = sizeof(cordon_plugin_run) }

/* The operations that follow: OK, SUSPENDED, RAISED, FUNCTION_MISSING, BAD_ARGUMENTS, LIMIT, MEMORY, CRASHED, VIOLATION, CANCELLED, EXITED: something was run, and *result_out, which is the caller's
 * (cordon_result_destroy), says what came of it. Otherwise it is NULL. After LIMIT, MEMORY, CRASHED, VIOLATION, CANCELLED and EXITED the plugin is usually LOST. */

/* What the interpreter says about the loaded plugin: result->value is a dict. */
CORDON_API cordon_plugin_status cordon_plugin_describe(cordon_plugin *plugin, cordon_result **result_out, cordon_plugin_error *error);
/* Runs the plugin's entry with `arguments`, a dict (NULL: empty). */
CORDON_API cordon_plugin_status cordon_plugin_execute(cordon_plugin *plugin, const cordon_value *arguments, const cordon_plugin_run *run, cordon_result **result_out,
                                                      cordon_plugin_error *error);
/* Calls a function of one of its contracts. `positional`: a list, `named`: a dict; NULL: empty. */
CORDON_API cordon_plugin_status cordon_plugin_call(cordon_plugin *plugin, const char *contract, const char *function, const cordon_value *positional,
                                                   const cordon_value *named, const cordon_plugin_run *run, cordon_result **result_out, cordon_plugin_error *error);
/* Whether the plugin's home knows effects (callback.h): whether operations may be SUSPENDED, and resumed. */
CORDON_API bool cordon_plugin_supports_effects(const cordon_plugin *plugin);
/* After SUSPENDED: result->suspension says what the plugin waits for. Goes on as cordon_sandbox_resume does, and ends as the operation would have. UNSUPPORTED: its home has no effects. While a
 * plugin is suspended, others in a shared sandbox are BUSY. */
CORDON_API cordon_plugin_status cordon_plugin_resume(cordon_plugin *plugin, const cordon_resumption *resumption, cordon_result **result_out, cordon_plugin_error *error);
/* Ends what the plugin is doing, from any thread; in a shared sandbox that is the end of all that is there. */
CORDON_API void cordon_plugin_cancel(cordon_plugin *plugin);

#ifdef __cplusplus
}
#endif
#endif
