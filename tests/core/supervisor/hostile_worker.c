/* A worker that speaks the protocol and lies. Which lie, its own file name's last number says: it is started without
 * arguments, as every worker is. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cordon/protocol.h"
#include "hostile_cases.h"

static unsigned char received[CORDON_FRAME_LENGTH_MAX];
static unsigned char payload[CORDON_FRAME_HEADER_SIZE + CORDON_FRAME_LENGTH_MAX + 64];
static uint32_t last_id, counted;

static _Noreturn void leave(int code)
{
    for (;;)
        syscall(SYS_exit, code); /* not exit_group, which a strict filter does not let pass */
}

static void lock(enum hostile_lock kind)
{
    struct sock_filter strict[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_read, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_filter lax[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {.len = kind == LOCK_LAX ? 1 : sizeof strict / sizeof *strict,
                                 .filter = kind == LOCK_LAX ? lax : strict};
    if (kind != LOCK_NONE && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
        leave(99);
}

static void send(const unsigned char *data, size_t size)
{
    while (size > 0) {
        ssize_t count = write(1, data, size);
        if (count <= 0)
            leave(98);
        data += count;
        size -= (size_t)count;
    }
}

static void receive(unsigned char *data, size_t size)
{
    while (size > 0) {
        ssize_t count = read(0, data, size);
        if (count <= 0)
            leave(0);
        data += count;
        size -= (size_t)count;
    }
}

static void listen_for_ever(void)
{
    while (read(0, received, sizeof received) > 0) {}
    leave(0);
}

/* One whole frame; returns its type. The very first has its first byte read already. */
static unsigned receive_frame(void)
{
    static bool is_later;
    unsigned char header[CORDON_FRAME_HEADER_SIZE] = {0};
    uint32_t length;
    receive(header + !is_later, sizeof header - !is_later);
    is_later = true;
    memcpy(&last_id, header + 8, 4);
    memcpy(&length, header + 12, 4);
    receive(received, length);
    return header[5];
}

static void send_frame(const struct hostile_step *step)
{
    uint32_t magic = step->magic ? step->magic : CORDON_FRAME_MAGIC, id = step->id;
    size_t size = step->size + step->fill;
    uint32_t length = step->claimed > 0 ? (uint32_t)step->claimed : step->claimed < 0 ? 0 : (uint32_t)size;
    if (id == HOSTILE_SAME_ID)
        id = last_id;
    if (id == HOSTILE_COUNT_UP)
        id = ++counted;
    memcpy(payload, &magic, 4);
    payload[4] = step->version ? step->version : CORDON_FRAME_VERSION;
    payload[5] = step->type;
    memcpy(payload + 6, &step->flags, 2);
    memcpy(payload + 8, &id, 4);
    memcpy(payload + 12, &length, 4);
    if (step->size > 0)
        memcpy(payload + 16, step->data, step->size);
    memset(payload + 16 + step->size, step->filler, step->fill);
    send(payload, 16 + size);
}

static void send_raw(const struct hostile_step *step)
{
    if (step->size > 0)
        memcpy(payload, step->data, step->size);
    memset(payload + step->size, step->filler, step->fill);
    send(payload, step->size + step->fill);
}

static void pause_a_little(void)
{
    for (volatile int i = 0; i < 100000; i++) {}
}

static void drip(const struct hostile_step *step)
{
    for (size_t i = 0; i < step->size + step->fill; i++) {
        unsigned char byte = i < step->size ? ((const unsigned char *)step->data)[i] : step->filler;
        send(&byte, 1);
        pause_a_little();
    }
}

static void hello(void)
{
    static const struct hostile_step greeting = {.op = OP_FRAME,
                                                 .type = CORDON_FRAME_HELLO,
                                                 .data = "\x83\xa7version\x02\xa5image\xa7hostile\xa5ready\xc3",
                                                 .size = 31};
    send_frame(&greeting);
}

static void take(const struct hostile_step *step)
{
    uint32_t times = step->times ? step->times : 1;
    switch (step->op) {
    case OP_END:
        leave(0);
    case OP_FRAME:
        for (uint32_t i = 0; i < times || times == HOSTILE_ENDLESS; i++)
            send_frame(step);
        break;
    case OP_RAW:
        for (uint32_t i = 0; i < times || times == HOSTILE_ENDLESS; i++)
            send_raw(step);
        break;
    case OP_DRIP:
        drip(step);
        break;
    case OP_HELLO:
        hello();
        break;
    case OP_READ:
        receive_frame();
        break;
    case OP_LISTEN:
        listen_for_ever();
        break;
    case OP_SPIN:
        for (volatile int i = 0;; i++) {}
    case OP_STOP:
        kill(getpid(), SIGSTOP);
        leave(97);
    case OP_CLOSE_INPUT:
        close(0);
        break;
    case OP_CLOSE_OUTPUT:
        close(1);
        break;
    case OP_DIE:
        kill(getpid(), (int)step->id);
        leave(96);
    case OP_LEAVE:
        leave((int)step->id);
    case OP_FORBIDDEN:
        syscall(SYS_getpid);
        leave(95);
    }
}

/* Goes along with the host until the lie's moment has come. */
static void behave_until(enum hostile_stage stage)
{
    static const unsigned types[] = {[STAGE_RESTING] = CORDON_FRAME_CONFIGURE,
                                     [STAGE_EXECUTING] = CORDON_FRAME_EXECUTE,
                                     [STAGE_ASKED] = CORDON_FRAME_FILES};
    if (stage == STAGE_GREETING)
        return;
    hello();
    while (stage != STAGE_DEAF && receive_frame() != types[stage]) {}
}

/* Answers every EXECUTE with the number of its id, until the host goes: what runs beside the liars. */
static _Noreturn void be_honest(void)
{
    unsigned char answer[] = "\x82\xa6status\xa2ok\xa5value\xce....";
    hello();
    for (;;) {
        if (receive_frame() != CORDON_FRAME_EXECUTE)
            continue;
        for (int i = 0; i < 4; i++)
            answer[18 + i] = (unsigned char)(last_id >> (8 * (3 - i)));
        send_frame(&(struct hostile_step){
            .op = OP_FRAME, .type = CORDON_FRAME_RESULT, .id = HOSTILE_SAME_ID, .data = answer, .size = 22});
    }
}

/* No arguments but a name, no variables, no descriptors but two: else not one test would pass. */
static void look_around(int argument_count)
{
    if (argument_count != 1 || environ[0] != NULL)
        leave(93);
    for (int fd = 2; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) != -1)
            leave(92);
}

int main(int argument_count, char **arguments)
{
    char path[4096];
    (void)arguments;
    look_around(argument_count);
    unsigned char first;
    size_t count;
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length < 0)
        leave(94);
    path[length] = '\0';
    const char *number = strrchr(path, '.');
    const struct hostile_case *cases = hostile_cases(&count);
    size_t index = number ? strtoul(number + 1, NULL, 10) : count;
    bool is_honest = index >= count;
    lock(is_honest ? LOCK_STRICT : cases[index].lock);
    receive(&first, 1);
    if (is_honest)
        be_honest();
    behave_until(cases[index].stage);
    for (size_t i = 0; i < HOSTILE_STEPS_MAX; i++)
        take(&cases[index].steps[i]);
    leave(0);
}
