/* The host functions that a sandbox may call: what the host registered, and how it is told to a worker. A set is used
 * under its owner's lock or by one thread; what is in it is shared by reference, because calls may outlive the sandbox
 * that made them. */
#ifndef CORDON_SUPERVISOR_CALLBACKS_H
#define CORDON_SUPERVISOR_CALLBACKS_H

#include "bytes.h"
#include "cordon/callback.h"

enum { CALLBACK_PARAMETERS_MAX = 255 };

/* Words of letters, digits and _, joined by dots if it may have them. */
bool callback_is_name(const char *text, bool may_have_dots);

typedef struct registered_parameter {
    char *name, *type, *description; /* type and description may be NULL */
    uint32_t kinds;                  /* bit n: a value of kind n fits */
    bool is_optional;
    cordon_value *initial_value; /* NULL: none */
} registered_parameter;

typedef struct registered {
    unsigned references;                /* changed atomically */
    char *name, *description, *returns; /* the last two may be NULL */
    registered_parameter *parameters;
    size_t parameter_count;
    bool takes_anything, is_effect;
    cordon_callback_function function; /* NULL: an effect */
    void *context;
} registered;

typedef struct callback_set {
    registered **entries;
    size_t count;
} callback_set;

/* Copies what is described; a name that is there already is replaced. */
cordon_status callbacks_add(callback_set *set, const cordon_callback *callback, const char *operation,
                            cordon_error *error);
bool callbacks_copy(callback_set *to, const callback_set *from); /* false without memory */
void callbacks_release(callback_set *set);
registered *callbacks_find(const callback_set *set, const char *name, size_t size); /* borrowed; NULL: none */
/* Whether a schema may have this for a type: "int", "str|none" ... */
bool callbacks_is_type(const char *text);
/* The payload of a CALLBACKS frame. */
void callbacks_pack(const callback_set *set, bytes *to);

registered *registered_hold(registered *callback);
void registered_release(registered *callback);

/* Puts the arguments of a call in the order of its parameters; an entry is NULL where one was left out. `bound_out` has
 * room for all parameters. Returns false, and why in `text`, if they do not fit. Values are borrowed from `positional`,
 * `named` and the callback. */
bool registered_bind(const registered *callback, const cordon_value *positional, const cordon_value *named,
                     const cordon_value **bound_out, char *text, size_t text_size);

#endif
