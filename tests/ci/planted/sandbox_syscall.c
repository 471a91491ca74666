/* The sandbox object enters the kernel by itself. */
long cordon_gate(long operation, void *buffer, unsigned long size);
void cordon_sandbox_main(void);
void cordon_sandbox_main(void)
{
    __asm__ volatile("syscall" ::: "rcx", "r11", "memory"); /* planted */
    cordon_gate(2, 0, 0);
}
