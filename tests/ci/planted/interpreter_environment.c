/* core reads the environment by libc's name. */
#include <stdlib.h>
const char *planted(const char *name);
const char *planted(const char *name)
{
    name = getenv(name); /* planted */
    return name;
}
