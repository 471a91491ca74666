/* core/sealed includes a header of host_env. */
#include "sealed/error.h"
#include "host_env/status.h" /* planted */
int planted;
