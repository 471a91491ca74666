/* Where plugins live: a table of functions between a host of plugins (plugin.h) and what runs them. libcordon has two homes of its own, one sandbox for each plugin and one for
 * all; a library that has another hands out such a table, and cordon_plugins_config names it.
 *
 * A home hides where the interpreter is. It brings a plugin's files to a place there, and carries operations to the package cordon.plugins of that interpreter. It decides
 * nothing: what a plugin may have was decided before.
 *
 * Threads: the functions may be called from any thread, for one place by one at a time; a home whose places share something answers BUSY where it is in use. */
#ifndef CORDON_PLUGIN_HOME_H
#define CORDON_PLUGIN_HOME_H

#include "cordon/execute.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One file of a plugin, as it was when the plugin's digest was taken. */
typedef struct cordon_plugin_file {
    const char *path; /* relative, components joined by slashes, none of them empty, "." or ".."; UTF-8 */
    const void *content;
    size_t size;
} cordon_plugin_file;

/* What is moved in. Borrowed for the call. */
typedef struct cordon_plugin_parcel {
    size_t struct_size;
    const char *name;                   /* the plugin's, for messages */
    const char *path;                   /* where the host has it: folder, zip or wheel; may have changed since */
    const cordon_plugin_file *files;    /* sorted by path */
    size_t file_count;
    uint64_t handle;                    /* of this load: no other load of these plugins ever has it. cordon.plugins is told it, or, where others count plugins in the same interpreter, something that is this load's alone */
    const cordon_sandbox_config *sandbox; /* limits, and what was granted: mounts, clock, random bytes, variables */
} cordon_plugin_parcel;

typedef enum cordon_plugin_verb {
    CORDON_PLUGIN_VERB_LOAD = 0,
    CORDON_PLUGIN_VERB_DESCRIBE,
    CORDON_PLUGIN_VERB_EXECUTE,
    CORDON_PLUGIN_VERB_CALL,
    CORDON_PLUGIN_VERB_UNLOAD
} cordon_plugin_verb;

/* A call of cordon.plugins; values are borrowed for the call. */
typedef struct cordon_plugin_operation {
    size_t struct_size;
    cordon_plugin_verb verb;
    uint64_t handle;
    const char *root;                        /* LOAD: as `move_in` told it */
    const cordon_value *manifest;            /* LOAD: a dict */
    const cordon_value *arguments;           /* EXECUTE: a dict */
    const char *contract, *function;         /* CALL */
    const cordon_value *positional, *named;  /* CALL: a list and a dict; NULL: empty */
    cordon_streams streams;
    uint64_t timeout_ns;                     /* 0: the time limit */
} cordon_plugin_operation;

typedef struct cordon_plugin_home {
    size_t struct_size;
    const char *name;          /* for people: "a sandbox of its own" */
    const char *const *gives;  /* capabilities that it can give to one plugin and not to others, ended by NULL; NULL: it cannot keep plugins apart, and says so in its documentation */
    void *context;             /* given to every function; borrowed */
    /* A place with the files in it. On CORDON_OK *place_out is to be given to move_out, and *root_out is where the files are for the interpreter, valid as long. */
    cordon_status (*move_in)(void *context, const cordon_plugin_parcel *parcel, void **place_out, const char **root_out, cordon_error *error);
    /* As cordon_sandbox_execute: CORDON_OK with a result, whatever its outcome; otherwise nothing was run. */
    cordon_status (*operate)(void *context, void *place, const cordon_plugin_operation *operation, cordon_result **result_out, cordon_error *error);
    /* As cordon_sandbox_resume, of an operation whose outcome was SUSPENDED. NULL: this home has no effects. */
    cordon_status (*resume)(void *context, void *place, const cordon_resumption *resumption, cordon_result **result_out, cordon_error *error);
    /* Ends what `place` runs and waits for, from any thread. */
    void (*cancel)(void *context, void *place);
    /* Whether its interpreter has ended, and every plugin there with it. */
    bool (*is_lost)(void *context, void *place);
    /* Whatever is in it goes. After UNLOAD, or instead of it. */
    void (*move_out)(void *context, void *place);
} cordon_plugin_home;

#ifdef __cplusplus
}
#endif
#endif
