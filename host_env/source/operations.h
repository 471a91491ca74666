/* Every primitive of the operating system that host_env uses, as one struct of named members made from listable tables.
 * Production fills it once, at host_env_create; a test swaps one member, or asks for the Nth call of one to fail.
 *
 * Each domain lists its primitives in operations_<domain>.def, one per line:
 *     OPERATION(return type, failure value, name, (parameters with types), (arguments))
 * The failure value is what the libc function returns when it sets errno. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_H
#define HOST_ENV_SOURCE_OPERATIONS_H

#include "operations_types.h" /* the OS headers that the parameter lists need */

struct host_operations {
#define OPERATION(type, failure, name, parameters, arguments) type (*name) parameters;
#include "operations_all.def"
#undef OPERATION
};

typedef enum host_operation_id {
#define OPERATION(type, failure, name, parameters, arguments) HOST_OPERATION_##name,
#include "operations_all.def"
#undef OPERATION
    HOST_OPERATION_COUNT
} host_operation_id;

/* The operating system's own functions. */
extern const struct host_operations host_operations_real;
/* The operations' names, in the table's order; host_operations_name(HOST_OPERATION_COUNT) is NULL. */
const char *host_operations_name(host_operation_id id);

#endif
