/* What controlling a descriptor reaches beside it. Private to host_env. */
#ifndef HOST_ENV_SOURCE_FD_CONTROL_H
#define HOST_ENV_SOURCE_FD_CONTROL_H

#include "host_call.h"

/* Makes the call one of the capability that the request (ioctl) or command (fcntl) is really about, with what a policy can look at, and asks for it and for
 * fd.use. False: refused, as host_call_permitted says. `argument` of a command whose argument is memory: 0. */
bool fd_request_permitted(host_call *call, unsigned long long_request);
bool fd_command_permitted(host_call *call, int command, int64_t argument);

#endif
