/* A worker that breaks the protocol in the way that its own file name's suffix says: it is started without arguments, as every worker is. */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cordon/protocol.h"

static void put(uint32_t magic, uint8_t version, uint8_t type, uint16_t flags, uint32_t id, uint32_t length, const void *payload, size_t size)
{
    unsigned char frame[CORDON_FRAME_HEADER_SIZE];
    memcpy(frame, &magic, 4);
    frame[4] = version;
    frame[5] = type;
    memcpy(frame + 6, &flags, 2);
    memcpy(frame + 8, &id, 4);
    memcpy(frame + 12, &length, 4);
    if (write(1, frame, sizeof frame) < 0 || (size > 0 && write(1, payload, size) < 0))
        _exit(99);
}

static void put_frame(uint8_t type, const void *payload, uint32_t size)
{
    put(CORDON_FRAME_MAGIC, CORDON_FRAME_VERSION, type, 0, 0, size, payload, size);
}

static void hello(void)
{
    put_frame(CORDON_FRAME_HELLO, "\x83\xa7version\2\xa5image\xa6Python\xa5ready\xc2", 30);
}

static void lie_honest(void) { hello(); put_frame(CORDON_FRAME_OUTPUT, "\1hello\n", 7); put_frame(CORDON_FRAME_EXIT, "\7\0\0\0", 4); }
static void lie_no_hello(void) { put_frame(CORDON_FRAME_OUTPUT, "\1x", 2); }
static void lie_two_hellos(void) { hello(); hello(); }
static void lie_magic(void) { hello(); put(0x12345678, CORDON_FRAME_VERSION, CORDON_FRAME_EXIT, 0, 0, 4, "\0\0\0\0", 4); }
static void lie_version(void) { hello(); put(CORDON_FRAME_MAGIC, 9, CORDON_FRAME_EXIT, 0, 0, 4, "\0\0\0\0", 4); }
static void lie_type(void) { hello(); put_frame(77, "x", 1); }
static void lie_host_type(void) { hello(); put_frame(CORDON_FRAME_PROGRAM, "x", 1); }
static void lie_flags(void) { hello(); put(CORDON_FRAME_MAGIC, CORDON_FRAME_VERSION, CORDON_FRAME_OUTPUT, 1, 0, 2, "\1x", 2); }
static void lie_id(void) { hello(); put(CORDON_FRAME_MAGIC, CORDON_FRAME_VERSION, CORDON_FRAME_OUTPUT, 0, 5, 2, "\1x", 2); }
static void lie_huge(void) { hello(); put(CORDON_FRAME_MAGIC, CORDON_FRAME_VERSION, CORDON_FRAME_OUTPUT, 0, 0, UINT32_MAX, "\1x", 2); }
static void lie_too_large(void) { hello(); put(CORDON_FRAME_MAGIC, CORDON_FRAME_VERSION, CORDON_FRAME_OUTPUT, 0, 0, 1024 * 1024 + 2, "\1x", 2); }
static void lie_empty_output(void) { hello(); put_frame(CORDON_FRAME_OUTPUT, "", 0); }
static void lie_stream(void) { hello(); put_frame(CORDON_FRAME_OUTPUT, "\3x", 2); }
static void lie_short_exit(void) { hello(); put_frame(CORDON_FRAME_EXIT, "\0", 1); }
static void lie_half_header(void) { hello(); if (write(1, "\0CRN\1", 5) < 0) _exit(99); }
static void lie_half_payload(void) { hello(); put(CORDON_FRAME_MAGIC, CORDON_FRAME_VERSION, CORDON_FRAME_OUTPUT, 0, 0, 100, "\1x", 2); }
static void lie_silence(void) { hello(); }
static void lie_dies(void) { hello(); raise(SIGSEGV); }
static void lie_bad_system_call(void) { hello(); raise(SIGSYS); }
static void violation(void) { put_frame(CORDON_FRAME_VIOLATION, "\51\0\0\0\x3e\0\0\xc0\0\0\x40\0\0\0\0\0", CORDON_VIOLATION_SIZE); }
static void lie_named_system_call(void) { hello(); violation(); raise(SIGSYS); }
static void lie_false_violation(void) { hello(); violation(); }
static void lie_violation_and_more(void) { hello(); violation(); put_frame(CORDON_FRAME_EXIT, "\5\0\0\0", 4); }
static void lie_setup(void) { _exit(121); }
static void lie_other_protocol(void) { put_frame(CORDON_FRAME_HELLO, "\x83\xa7version\1\xa5image\xa6Python\xa5ready\xc2", 30); }
static void lie_stays(void) { hello(); put_frame(77, "x", 1); for (;;) pause(); }
static void lie_exits_and_stays(void) { hello(); put_frame(CORDON_FRAME_EXIT, "\5\0\0\0", 4); for (;;) pause(); }
static void lie_flood(void) { hello(); for (int i = 0; i < 20000; i++) put_frame(CORDON_FRAME_OUTPUT, "\1................................", 33); put_frame(CORDON_FRAME_EXIT, "\0\0\0\0", 4); }
static void lie_input(void)
{
    unsigned char buffer[4096];
    hello();
    put_frame(CORDON_FRAME_INPUT_WANTED, "\377\377\377\377", 4);
    ssize_t count = read(0, buffer, sizeof buffer);
    put_frame(CORDON_FRAME_EXIT, count > 0 ? "\1\0\0\0" : "\2\0\0\0", 4);
}

static const struct lie {
    const char *name;
    void (*tell)(void);
} lies[] = {
#define LIE(name) {#name, lie_##name}
    LIE(honest), LIE(no_hello), LIE(two_hellos), LIE(magic), LIE(version), LIE(type), LIE(host_type), LIE(flags), LIE(id), LIE(huge),
    LIE(too_large), LIE(empty_output), LIE(stream), LIE(short_exit), LIE(half_header), LIE(half_payload), LIE(silence), LIE(dies),
    LIE(bad_system_call), LIE(named_system_call), LIE(false_violation), LIE(violation_and_more), LIE(setup), LIE(other_protocol), LIE(stays), LIE(exits_and_stays), LIE(flood), LIE(input),
#undef LIE
};

int main(int argument_count, char **arguments)
{
    char path[4096];
    (void)argument_count;
    (void)arguments;
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length < 0)
        return 98;
    path[length] = '\0';
    const char *name = strrchr(path, '.');
    for (size_t i = 0; name != NULL && i < sizeof lies / sizeof *lies; i++)
        if (strcmp(lies[i].name, name + 1) == 0) {
            lies[i].tell();
            return 0;
        }
    return 97;
}
