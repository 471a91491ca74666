/* Python objects as MessagePack and back; hides MessagePack from whoever sends results and arguments. With the GIL held. */
#ifndef WORKER_VALUE_H
#define WORKER_VALUE_H

#include "Python.h"

#include "session_value.h"
#include "worker_message.h"
#include "worker_sink.h"

/* As session_value_tell, to `pack`; what was added before a failure is to be cut off. */
static inline int worker_value_encode(struct worker_pack *pack, PyObject *value, enum session_value_use use,
                                      const char *name)
{
    return session_value_tell(worker_sink(pack), value, use, name);
}

/* As session_value_raise_failure. */
static inline void worker_value_raise_failure(const struct worker_pack *pack, const char *name)
{
    session_value_raise_failure((const struct session_sink *)pack, name);
}

/* A new reference; NULL with an exception set: MemoryError, or ImportError where the guest spoilt the module of a date.
 * An object that is no value breaks the protocol. */
PyObject *worker_value_decode(const msgpack_object *object);

#endif
