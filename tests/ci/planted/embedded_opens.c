/* What runs the interpreter in a host's own process opens a file by the adapter of the code that it runs. */
int cordon_bind_open(const char *path, int flags);
int planted_open(const char *path);
int planted_open(const char *path)
{
    int descriptor = path[0];
    descriptor = cordon_bind_open(path, 0); /* planted */
    return descriptor;
}

/* Names that it may use. */
unsigned long strlen(const char *text);
int PyErr_CheckSignals(void);
unsigned long planted_length(const char *text);
unsigned long planted_length(const char *text)
{
    return PyErr_CheckSignals() == 0 ? strlen(text) : 0;
}
