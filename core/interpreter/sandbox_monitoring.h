/* A tool of sys.monitoring that the sandbox keeps for itself: hides how guests are kept from it. */
#ifndef SANDBOX_MONITORING_H
#define SANDBOX_MONITORING_H

#include <stdbool.h>

/* Once, before code of a guest runs. False with an exception set. */
bool sandbox_monitoring_begin(void);

/* Takes the highest number that no tool of the guest's has. -1 with an exception set: all are taken. What
 * sys.monitoring is asked to do with it is refused until it is given back. */
int sandbox_monitoring_take(void);
void sandbox_monitoring_give_back(int tool);

#endif
