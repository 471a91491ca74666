/* Hides that libc's functions stand behind the operations: the only file of host_env that names them. */
#include "operations.h"

#include <stddef.h>

/* libc declares some of them with attributes or other qualifiers, so a plain &name would not always fit the member. The wrapper costs a jump. */
#define OPERATION(type, failure, name, parameters, arguments)                                                       \
    HOST_HOT static type real_##name parameters                                                                              \
    {                                                                                                               \
        return name arguments;                                                                                      \
    }
#include "operations_all.def"
#undef OPERATION

const struct host_operations host_operations_real = {
#define OPERATION(type, failure, name, parameters, arguments) .name = real_##name,
#include "operations_all.def"
#undef OPERATION
};

static const char *const names[] = {
#define OPERATION(type, failure, name, parameters, arguments) #name,
#include "operations_all.def"
#undef OPERATION
    NULL,
};

const char *host_operations_name(host_operation_id id)
{
    return (unsigned)id < HOST_OPERATION_COUNT ? names[id] : NULL;
}
