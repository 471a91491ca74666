/* The smallest C program, as `cc -static` makes it: what starting and reaping a process with a C library costs. */
int main(void)
{
    return 0;
}
