/* An image with code that can be written. */
__attribute__((noinline)) long image_system_call(long number);
long image_system_call(long number)
{
    __asm__ volatile("syscall" : "+a"(number)::"rcx", "r11", "memory");
    return number;
}
__asm__(".section .planted,\"awx\",@progbits\n.byte 0xc3\n.previous"); /* planted */
void _start(void);
void _start(void)
{
    image_system_call(60);
}
