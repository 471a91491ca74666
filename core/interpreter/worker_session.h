/* The session: one __main__ that lives over many executions. Hides from the frames how code runs and what it leaves. */
#ifndef WORKER_SESSION_H
#define WORKER_SESSION_H

#include "worker_frame.h"

/* An execution begins, whatever it runs: its id is checked, and the first one begins the session. */
void worker_session_enter(const struct worker_frame *frame);

/* Receives an EXECUTE, runs it and sends RESULT. */
void worker_session_execute(const struct worker_frame *frame);

#endif
