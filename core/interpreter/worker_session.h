/* The session: one __main__ that lives over many executions. Hides from the frames how code runs and what it leaves. */
#ifndef WORKER_SESSION_H
#define WORKER_SESSION_H

#include "worker_frame.h"

#include <stdbool.h>

/* An execution begins, whatever it runs: its id is checked, and the first one begins the session. */
void worker_session_enter(const struct worker_frame *frame);

/* A new host has configured this memory. Of a session that had begun under another one (the image was made of a snapshot), ids count anew, and arguments and directory are those
 * given now. False with an exception set. */
bool worker_session_renew(void);

/* Receives an EXECUTE, runs it and sends RESULT. */
void worker_session_execute(const struct worker_frame *frame);

#endif
