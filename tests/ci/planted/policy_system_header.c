/* policy includes a header of the operating system. */
#include <stddef.h>
#include <fcntl.h> /* planted */
int planted;
