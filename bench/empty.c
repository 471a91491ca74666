/* The smallest program there is: what starting and reaping any process costs. Static, no C library. */
void _start(void);
void _start(void)
{
    __asm__ volatile("syscall" : : "a"(60), "D"(0) : "rcx", "r11", "memory");
    __builtin_unreachable();
}
