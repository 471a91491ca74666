/* The yardstick of the host calls' cost: cordon-python's own CPython, calling libc as it was written to. */
extern int Py_BytesMain(int count, char **arguments);

int main(int count, char **arguments) { return Py_BytesMain(count, arguments); }
