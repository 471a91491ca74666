/* host_env includes a header of Python. */
#include "host_env/status.h"
#include <Python.h> /* planted */
int planted;
