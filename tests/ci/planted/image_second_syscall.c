/* An image with a second instruction that enters the kernel, outside the gate. */
__attribute__((noinline)) long image_system_call(long number);
long image_system_call(long number)
{
    __asm__ volatile("syscall" : "+a"(number)::"rcx", "r11", "memory");
    return number;
}
void _start(void);
void _start(void)
{
    __asm__ volatile("syscall" ::: "rcx", "r11", "memory"); /* planted */
    image_system_call(60);
}
