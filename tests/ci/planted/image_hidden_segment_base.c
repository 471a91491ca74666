/* An image in which a jump into the middle of an instruction would set the base of FS. */
__attribute__((noinline)) long image_system_call(long number);
long image_system_call(long number)
{
    __asm__ volatile("syscall" : "+a"(number)::"rcx", "r11", "memory");
    return number;
}
void _start(void);
void _start(void)
{
    __asm__ volatile("movl $0xd0ae0ff3, %%eax" ::: "rax"); /* planted */
    image_system_call(60);
}
