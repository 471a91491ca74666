/* The full interpreter's object opens a file by itself. */
#include <fcntl.h>
int planted_open(const char *path);
int planted_open(const char *path)
{
    int descriptor = path[0];
    descriptor = open(path, O_RDONLY); /* planted */
    return descriptor;
}

/* A pure name, so that there is something to inspect without the violation. */
unsigned long strlen(const char *text);
unsigned long planted_length(const char *text);
unsigned long planted_length(const char *text)
{
    return strlen(text);
}
