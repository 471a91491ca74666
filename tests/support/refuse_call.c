/* Starts a program on a machine that lacks something: refuse_call NUMBER ERRNO [ARGUMENT VALUE] -- PROGRAM ARGUMENTS. The kernel then answers system call
 * NUMBER (with VALUE as that argument, if given) with ERRNO, for the program and its children. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int refuse(unsigned number, unsigned error, int argument, unsigned value)
{
    /* Without an argument the second comparison is made with the number again, and holds. */
    unsigned at = argument < 0 ? (unsigned)offsetof(struct seccomp_data, nr) : (unsigned)(offsetof(struct seccomp_data, args) + 8 * (size_t)argument);
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, argument < 0 ? number : value, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

int main(int argument_count, char **arguments)
{
    int separator = 3;

    while (separator < argument_count && strcmp(arguments[separator], "--") != 0)
        separator++;
    if ((separator != 3 && separator != 5) || separator + 1 >= argument_count) {
        fprintf(stderr, "usage: %s NUMBER ERRNO [ARGUMENT VALUE] -- PROGRAM ARGUMENTS\n", arguments[0]);
        return 2;
    }
    if (refuse((unsigned)atoi(arguments[1]), (unsigned)atoi(arguments[2]), separator == 5 ? atoi(arguments[3]) : -1, separator == 5 ? (unsigned)atoi(arguments[4]) : 0) != 0) {
        perror("refuse_call: seccomp");
        return 3;
    }
    execv(arguments[separator + 1], arguments + separator + 1);
    perror("refuse_call: execv");
    return 4;
}
