/* Every primitive of the operating system that host_env uses, as one struct of named members made from listable tables.
 * Production fills it once, at host_env_create; a test swaps one member, or asks for the Nth call of one to fail.
 *
 * Each domain lists its primitives in operations_<domain>.def, one per line:
 *     OPERATION(return type, failure value, name, (parameters with types), (arguments))
 * `name` is a function that can be called with those arguments: libc's, or one that operations_types_<domain>.h declares
 * (for system calls that libc lacks, and to give open and fcntl a fixed list of parameters).
 * The failure value is what it returns when it sets errno. Where it returns the error number itself, write `errno`, which the injected
 * failure has set; nothing for void. A name is listed once, in the domain that owns it; every domain may use it.
 * Headers that parameter lists need are included by operations_types_<domain>.h. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_H
#define HOST_ENV_SOURCE_OPERATIONS_H

/* Marks what programs call for every file they look at: the linker puts it together, so that a host call needs few pages of code. */
#define HOST_HOT __attribute__((hot))

#include "operations_types_all.h" /* generated: the operations_types_<domain>.h that there are */

struct host_operations {
#define OPERATION(type, failure, name, parameters, arguments) type(*name) parameters;
#include "operations_all.def" /* generated: the operations_<domain>.def that there are */
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
