/* The sandbox object enters the kernel by the other fast instruction. */
long cordon_gate(long operation, void *buffer, unsigned long size);
void cordon_sandbox_main(void);
void cordon_sandbox_main(void)
{
    __asm__ volatile("sysenter" ::: "memory"); /* planted */
    cordon_gate(2, 0, 0);
}
