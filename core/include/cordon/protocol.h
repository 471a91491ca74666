/* The frames between a supervisor and a sandbox: numbers and sizes, shared by both sides. docs/protocol.md has the bytes.
 *
 * A frame is a 16-byte little-endian header, then `length` bytes:
 *     magic u32 · version u8 · type u8 · flags u16 · id u32 · length u32
 * The first byte of the magic is NUL: no Python source starts with it, so the image tells a supervisor from a program on standard input. */
#ifndef CORDON_PROTOCOL_H
#define CORDON_PROTOCOL_H

#define CORDON_FRAME_MAGIC 0x4E524300u /* "\0CRN" */
#define CORDON_FRAME_VERSION 2u
#define CORDON_FRAME_HEADER_SIZE 16u
#define CORDON_FRAME_LENGTH_MAX (16u * 1024u * 1024u)

/* X(name, number, sender) */
#define CORDON_FRAME_TABLE(X)                                                                                          \
    X(HELLO, 1, WORKER)                                                                                                \
    X(CONFIGURE, 2, HOST)                                                                                              \
    X(FILE, 3, HOST)                                                                                                   \
    X(PROGRAM, 4, HOST)                                                                                                \
    X(OUTPUT, 5, WORKER)                                                                                               \
    X(INPUT_WANTED, 6, WORKER)                                                                                         \
    X(INPUT, 7, HOST)                                                                                                  \
    X(EXIT, 8, WORKER)                                                                                                 \
    X(EXECUTE, 9, HOST)                                                                                                \
    X(RESULT, 10, WORKER)                                                                                              \
    X(CALLBACKS, 11, HOST)                                                                                             \
    X(CALL, 12, WORKER)                                                                                                \
    X(ANSWER, 13, HOST)                                                                                                \
    X(WAIT, 14, WORKER)                                                                                                \
    X(TICK, 15, HOST)                                                                                                  \
    X(BROKER, 16, WORKER)                                                                                              \
    X(BROKERED, 17, HOST)                                                                                              \
    X(FILES, 18, HOST)                                                                                                 \
    X(FILES_ANSWER, 19, WORKER)                                                                                        \
    X(LIMIT, 20, WORKER)                                                                                               \
    X(SAVE, 21, HOST)                                                                                                  \
    X(SAVED, 22, WORKER)                                                                                               \
    X(VIOLATION, 23, WORKER)                                                                                           \
    X(FIGURES, 24, WORKER)                                                                                             \
    X(RENEW, 25, HOST)                                                                                                 \
    X(TRACE, 26, WORKER)                                                                                               \
    X(INVOKE, 27, HOST)

typedef enum cordon_frame_type {
#define CORDON_FRAME_ENUM(name, number, sender) CORDON_FRAME_##name = number,
    CORDON_FRAME_TABLE(CORDON_FRAME_ENUM)
#undef CORDON_FRAME_ENUM
} cordon_frame_type;

/* EXIT's code: 0 to 255; or, after a signal that the program raised on itself and did not handle, this, whose lowest byte is the process's exit code. */
#define CORDON_EXIT_CODE_OF_SIGNAL(number) (((number) << 8) | (128 + (number)))
#define CORDON_EXIT_SIGNAL_MAX 64

/* flags of FILE: the content is added to the end of what earlier frames put there */
#define CORDON_FILE_APPEND 1u

/* flags of EXECUTE and PROGRAM: enum cordon_trace_bit (cordon/trace.h), what is to be told in TRACE frames */
#define CORDON_TRACE_FLAGS 0x7fu

/* flag of EXECUTE, INVOKE and PROGRAM: the host may say that a soft limit was reached */
#define CORDON_SOFT_LIMITS_FLAG 0x80u

/* The word that a host writes into a worker's memory, at the first address of HELLO's `attention`: an execution's id (0: a program) above the reasons why it
 * should stop. Then it writes CORDON_ATTENTION_BYTE at the second one, so that the word is looked at. */
#define CORDON_INTERRUPT_SHIFT 8
#define CORDON_INTERRUPT_REASONS 0xffu
enum cordon_interrupt_reason {
    CORDON_INTERRUPT_ASKED = 1, /* KeyboardInterrupt */
    CORDON_INTERRUPT_TIME = 2,  /* cordon.LimitReached */
    CORDON_INTERRUPT_FUEL = 4   /* likewise */
};
/* CPython's bits for pending signals, calls and exceptions, which it clears where there are none, and the one that has the word looked at. All of them, so
 * that none that the worker sets meanwhile is lost. */
#define CORDON_ATTENTION_BYTE 0x8eu

/* First byte of each record in TRACE: the number of an event's bit, or: */
typedef enum cordon_trace_record {
    CORDON_TRACE_RECORD_CODE = 16,  /* what code a number stands for from here on */
    CORDON_TRACE_RECORD_NAME = 17,  /* likewise of names */
    CORDON_TRACE_RECORD_THREAD = 18 /* whose events follow */
} cordon_trace_record;

/* Numbers of code and names are below these; texts no longer, in bytes. */
enum {
    CORDON_TRACE_CODES = 4096,
    CORDON_TRACE_NAMES = 256,
    CORDON_TRACE_FILE_MAX = 1024,
    CORDON_TRACE_FUNCTION_MAX = 512,
    CORDON_TRACE_NAME_MAX = 120,
    CORDON_TRACE_LENGTH_MAX = 64 * 1024
};

/* What a worker counts of one execution, X(name): keys of RESULT's map, and FIGURES has a u64 for each, in this order. */
#define CORDON_FIGURE_TABLE(X)                                                                                         \
    X(fuel)                                                                                                            \
    X(memory_bytes)                                                                                                    \
    X(memory_peak_bytes)                                                                                               \
    X(fs_bytes)                                                                                                        \
    X(fs_files)
#define CORDON_FIGURE_ONE(name) +1
enum { CORDON_FIGURE_COUNT = 0 CORDON_FIGURE_TABLE(CORDON_FIGURE_ONE), CORDON_FIGURES_SIZE = 8 * CORDON_FIGURE_COUNT };
#undef CORDON_FIGURE_ONE

/* The 64-bit numbers of a worker that figures are made of, X(name): HELLO's `counters` has their addresses, in this order, for a host that ends
 * a worker in the middle of an execution. Fuel used is fuel_given - fuel_left. */
#define CORDON_COUNTER_TABLE(X)                                                                                        \
    X(fuel_given)                                                                                                      \
    X(fuel_left)                                                                                                       \
    X(memory_bytes)                                                                                                    \
    X(memory_peak_bytes)                                                                                               \
    X(fs_bytes)                                                                                                        \
    X(fs_files)
#define CORDON_COUNTER_ONE(name) +1
enum { CORDON_COUNTER_COUNT = 0 CORDON_COUNTER_TABLE(CORDON_COUNTER_ONE) };
#undef CORDON_COUNTER_ONE

/* payload of VIOLATION: i32 number, u32 architecture (the kernel's AUDIT_ARCH), u64 address of the instruction */
#define CORDON_VIOLATION_SIZE 16u

/* first byte of PROGRAM: what the text after it is */
typedef enum cordon_program_how {
    CORDON_PROGRAM_SCRIPT = 0, /* path of a file that FILE frames brought */
    CORDON_PROGRAM_COMMAND = 1, /* text, as after -c */
    CORDON_PROGRAM_MODULE = 2,  /* module name, as after -m */
    CORDON_PROGRAM_INPUT = 3    /* text that came from standard input, as after - */
} cordon_program_how;

/* first byte of OUTPUT */
typedef enum cordon_output_stream { CORDON_OUTPUT_STDOUT = 1, CORDON_OUTPUT_STDERR = 2 } cordon_output_stream;

#endif
