/* Lets the sealed layer ask the host while a program runs; hides the frames. */
#ifndef WORKER_BROKER_H
#define WORKER_BROKER_H

#include <msgpack/object.h>

/* CONFIGURE's mounts: an array of maps. NULL: none. Breaks the protocol for what is no mount, ends the sandbox for one that cannot be made. */
void worker_broker_mount(const msgpack_object *mounts);

/* From now on questions may be asked: between EXECUTE and RESULT, and while a program runs. */
void worker_broker_begin(void);
void worker_broker_end(void);

#endif
