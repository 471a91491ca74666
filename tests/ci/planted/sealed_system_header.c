/* core/sealed includes a header of the operating system. */
#include <stdint.h>
#include <unistd.h> /* planted */
int planted;
