/* Hides the sandbox's process from the rest of the host: its pipes, its frames, its end. */
#include "worker.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/exit_code.h"
#include "frame.h"
#include "host_env/fd.h"
#include "host_env/ipc.h"
#include "host_env/poll.h"
#include "host_env/process.h"
#include "violation.h"

enum { INPUT_CHUNK = 64 * 1024 };

typedef struct worker {
    host_env *env;
    host_process_child child; /* pid 0: none */
    int to_worker, from_worker; /* -1: closed */
    unsigned char *payload; /* of the frame being read; grows to the largest that came */
    size_t payload_capacity;
    bool said_hello, said_violation;
    violation violation; /* if said */
    worker_result *result;
} worker;

static void worker_end(worker *worker, worker_outcome outcome, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Notes how the run ended. The first word stands: what follows a failure is its consequence. */
static void worker_end(worker *worker, worker_outcome outcome, const char *format, ...)
{
    va_list arguments;
    if (worker->result->message[0] != '\0')
        return;
    worker->result->outcome = outcome;
    va_start(arguments, format);
    vsnprintf(worker->result->message, sizeof worker->result->message, format, arguments);
    va_end(arguments);
}

static void close_descriptor(worker *worker, int *fd)
{
    if (*fd >= 0)
        (void)host_fd_close(worker->env, *fd, NULL); /* a pipe has nothing left to lose at its close */
    *fd = -1;
}

/* Two pipes; the child gets the far ends as descriptors 0 and 1, and this process's standard error as 2, for a lock that fails; behind the filter it is of no use. */
static bool worker_start(worker *worker, const char *image)
{
    host_error error;
    int input[2] = {-1, -1}, output[2] = {-1, -1};
    bool is_started = false;
    if (host_ipc_pipe(worker->env, O_CLOEXEC, input, &error) != HOST_OK ||
        host_ipc_pipe(worker->env, O_CLOEXEC, output, &error) != HOST_OK) {
        worker_end(worker, WORKER_SETUP_FAILED, "cannot make a pipe to the sandbox: %s", error.message);
        goto cleanup;
    }
    const char *const arguments[] = {"cordon-sandbox", NULL};
    const char *const environment[] = {NULL};
    const host_descriptor_pair descriptors[] = {{.child = 0, .parent = input[0]}, {.child = 1, .parent = output[1]}, {.child = 2, .parent = 2}};
    host_process_spawn_config config = HOST_PROCESS_SPAWN_CONFIG_INIT;
    config.program = image;
    config.arguments = arguments;
    config.environment = environment;
    config.descriptors = descriptors;
    config.descriptor_count = sizeof descriptors / sizeof *descriptors;
    config.group = HOST_PROCESS_GROUP_NEW;
    config.parent_death_signal = SIGKILL;
    if (host_process_spawn(worker->env, &config, &worker->child, &error) != HOST_OK) {
        worker_end(worker, WORKER_SETUP_FAILED, "cannot start the sandbox %s: %s", image, error.message);
        goto cleanup;
    }
    worker->to_worker = input[1];
    worker->from_worker = output[0];
    input[1] = output[0] = -1;
    is_started = true;
cleanup:
    for (int i = 0; i < 2; i++) {
        close_descriptor(worker, &input[i]);
        close_descriptor(worker, &output[i]);
    }
    return is_started;
}

/* Reads exactly `size` bytes. False at the end of the stream or on an error; *is_clean_end_out tells an end before the first byte. */
static bool read_exactly(worker *worker, unsigned char *buffer, size_t size, bool *is_clean_end_out)
{
    size_t done = 0;
    *is_clean_end_out = false;
    while (done < size) {
        host_error error;
        size_t count = 0;
        host_status status = host_fd_read(worker->env, worker->from_worker, buffer + done, size - done, &count, &error);
        if (status == HOST_INTERRUPTED)
            continue;
        if (status != HOST_OK) {
            worker_end(worker, WORKER_HOST_FAILURE, "cannot read from the sandbox: %s", error.message);
            return false;
        }
        if (count == 0) {
            *is_clean_end_out = done == 0;
            return false;
        }
        done += count;
    }
    return true;
}

static bool send_all(worker *worker, const unsigned char *data, size_t size)
{
    size_t done = 0;
    while (done < size) {
        host_error error;
        size_t count = 0;
        host_status status = host_fd_write(worker->env, worker->to_worker, data + done, size - done, &count, &error);
        if (status == HOST_INTERRUPTED)
            continue;
        if (status == HOST_BROKEN_PIPE)
            return false; /* it died; how, the wait will tell */
        if (status != HOST_OK) {
            worker_end(worker, WORKER_HOST_FAILURE, "cannot write to the sandbox: %s", error.message);
            return false;
        }
        done += count;
    }
    return true;
}

static bool send_input(worker *worker, const worker_streams *streams, uint32_t wanted)
{
    unsigned char frame[CORDON_FRAME_HEADER_SIZE + INPUT_CHUNK];
    host_error error;
    size_t count = 0, most = wanted < INPUT_CHUNK ? wanted : INPUT_CHUNK;
    if (streams->read_input(streams->context, frame + CORDON_FRAME_HEADER_SIZE, most, &count, &error) != HOST_OK) {
        worker_end(worker, WORKER_HOST_FAILURE, "cannot read standard input: %s", error.message);
        return false;
    }
    frame_header_encode(&(frame_header){.type = CORDON_FRAME_INPUT, .length = (uint32_t)count}, frame);
    return send_all(worker, frame, CORDON_FRAME_HEADER_SIZE + count);
}

static bool take_output(worker *worker, const worker_streams *streams, uint32_t length)
{
    host_error error;
    int stream = worker->payload[0];
    if (stream != CORDON_OUTPUT_STDOUT && stream != CORDON_OUTPUT_STDERR) {
        worker_end(worker, WORKER_BAD_FRAME, "the sandbox broke the protocol: output for a stream %d, which there is not", stream);
        return false;
    }
    host_status status = streams->write_output(streams->context, stream, worker->payload + 1, length - 1, &error);
    if (status == HOST_BROKEN_PIPE)
        worker_end(worker, WORKER_OUTPUT_CLOSED, "the reader of the program's output has gone");
    else if (status != HOST_OK)
        worker_end(worker, WORKER_HOST_FAILURE, "cannot write the program's output: %s", error.message);
    return status == HOST_OK;
}

/* Acts on one whole frame. False when it was the last, one way or the other. */
static bool take_frame(worker *worker, const worker_streams *streams, const frame_header *header)
{
    if ((header->type == CORDON_FRAME_HELLO) == worker->said_hello) {
        worker_end(worker, WORKER_BAD_FRAME, "the sandbox broke the protocol: %s",
                   worker->said_hello ? "it greeted twice" : "its first frame is no greeting");
        return false;
    }
    if (worker->said_violation) {
        worker_end(worker, WORKER_BAD_FRAME, "the sandbox broke the protocol: a frame after its last");
        return false;
    }
    switch ((cordon_frame_type)header->type) {
    case CORDON_FRAME_VIOLATION:
        worker->said_violation = true;
        violation_decode(worker->payload, &worker->violation);
        return true; /* it is about to die, and only its death is believed */
    case CORDON_FRAME_HELLO:
        worker->said_hello = true;
        if (memcmp(worker->payload, "\x83\xa7version", 9) == 0 && worker->payload[9] == CORDON_FRAME_VERSION)
            return true;
        worker_end(worker, WORKER_SETUP_FAILED, "the sandbox image speaks protocol %u, this program %u", worker->payload[9], CORDON_FRAME_VERSION);
        return false;
    case CORDON_FRAME_LIMIT:
        worker_end(worker, WORKER_EXITED, "the sandbox reached a limit");
        worker->result->exit_code = CORDON_EXIT_LIMIT;
        return false;
    case CORDON_FRAME_OUTPUT:
        return take_output(worker, streams, header->length);
    case CORDON_FRAME_INPUT_WANTED:
        return send_input(worker, streams, frame_get_u32(worker->payload));
    case CORDON_FRAME_EXIT:
        worker->result->outcome = WORKER_EXITED;
        worker->result->exit_code = (int)frame_get_u32(worker->payload) & 0xff;
        return false;
    default:
        worker_end(worker, WORKER_BAD_FRAME, "the sandbox broke the protocol: frame type %u", header->type);
        return false;
    }
}

/* Reads one frame into worker->payload. The header has said a length within the bounds of its type, so memory is asked for only after that. */
static bool next_frame(worker *worker, frame_header *header_out)
{
    unsigned char bytes[CORDON_FRAME_HEADER_SIZE];
    bool is_clean_end;
    if (!read_exactly(worker, bytes, sizeof bytes, &is_clean_end)) {
        worker_end(worker, WORKER_CRASHED, is_clean_end ? "the sandbox ended without saying so" : "the sandbox ended in the middle of a frame");
        return false;
    }
    const char *complaint = frame_header_decode(bytes, header_out);
    if (complaint != NULL) {
        worker_end(worker, WORKER_BAD_FRAME, "the sandbox broke the protocol: frame type %u: %s", header_out->type, complaint);
        return false;
    }
    if (header_out->length > worker->payload_capacity) {
        unsigned char *larger = realloc(worker->payload, header_out->length);
        if (larger == NULL) {
            worker_end(worker, WORKER_HOST_FAILURE, "no memory for a frame of %u bytes", header_out->length);
            return false;
        }
        worker->payload = larger;
        worker->payload_capacity = header_out->length;
    }
    if (!read_exactly(worker, worker->payload, header_out->length, &is_clean_end)) {
        worker_end(worker, WORKER_CRASHED, "the sandbox ended in the middle of a frame");
        return false;
    }
    return true;
}

/* Ends the process if it has not ended, reaps it, and corrects the result by how it died. */
static void worker_reap(worker *worker)
{
    int64_t pid = 0;
    int status = 0;
    if (worker->child.pid == 0)
        return;
    close_descriptor(worker, &worker->to_worker);
    close_descriptor(worker, &worker->from_worker);
    /* One whose stream has ended is dying, and how it dies is wanted. Any other has said its last word or broken a rule, and is not waited for. */
    worker_outcome outcome = worker->result->outcome;
    if (outcome != WORKER_CRASHED)
        (void)host_process_kill(worker->env, worker->child.pid, SIGKILL, NULL);
    host_status waited;
    do
        waited = host_process_wait4(worker->env, worker->child.pid, 0, &pid, &status, NULL, NULL);
    while (waited == HOST_INTERRUPTED);
    close_descriptor(worker, &worker->child.fd);
    if (waited != HOST_OK)
        return;
    int signal = status & 0x7f, code = status >> 8 & 0xff;
    if (outcome != WORKER_CRASHED)
        return;
    worker->result->signal = signal;
    worker->result->message[0] = '\0';
    if (signal == SIGSYS) {
        worker->result->outcome = WORKER_VIOLATION;
        violation_describe(worker->said_violation ? &worker->violation : NULL, worker->result->message, sizeof worker->result->message);
    } else if (worker->said_violation)
        worker_end(worker, WORKER_BAD_FRAME, "the sandbox broke the protocol: it told of a refused system call and did not die of it");
    else if (signal != 0)
        worker_end(worker, WORKER_CRASHED, "the sandbox was ended by signal %d", signal);
    else if (!worker->said_hello && code == CORDON_EXIT_SETUP_FAILED)
        worker_end(worker, WORKER_SETUP_FAILED, "the sandbox could not lock itself; nothing was run");
    else
        worker_end(worker, WORKER_CRASHED, "the sandbox ended with code %d without saying so", code);
    worker->result->exit_code = code;
}

void worker_run(host_env *env, const char *image, const unsigned char *frames, size_t frames_size, const worker_streams *streams,
                worker_result *result_out)
{
    worker worker = {.env = env, .child = {.fd = -1}, .to_worker = -1, .from_worker = -1, .result = result_out};
    frame_header header;
    *result_out = (worker_result){.outcome = WORKER_HOST_FAILURE};
    if (worker_start(&worker, image)) {
        /* The first byte tells the worker that frames follow. Its greeting comes before anything else is sent: a worker that could not lock itself
         * never sees the program. Whether the byte arrived shows in what is read. */
        (void)send_all(&worker, frames, 1);
        bool goes_on = next_frame(&worker, &header) && take_frame(&worker, streams, &header);
        if (goes_on) {
            /* A worker that has gone meanwhile may have said why: what it wrote is read all the same. */
            (void)send_all(&worker, frames + 1, frames_size - 1);
            goes_on = result_out->message[0] == '\0';
        }
        while (goes_on && next_frame(&worker, &header))
            goes_on = take_frame(&worker, streams, &header);
        worker_reap(&worker);
    }
    free(worker.payload);
}
