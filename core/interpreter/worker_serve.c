/* Hides which frame leads to whom. */
#include "Python.h" /* for its version */

#include "worker_serve.h"

#include "sandbox_boot.h"
#include "sandbox_program.h"
#include "sandbox_rest.h"
#include "sandbox_streams.h"
#include "worker_broker.h"
#include "worker_calls.h"
#include "worker_configure.h"
#include "worker_figures.h"
#include "worker_files.h"
#include "worker_frame.h"
#include "worker_interrupt.h"
#include "worker_invoke.h"
#include "worker_limit.h"
#include "worker_message.h"
#include "worker_save.h"
#include "worker_session.h"
#include "worker_trace.h"

#include "sealed/limit.h"

#include <string.h>

static void greet(void)
{
    struct worker_pack pack;
    uint64_t counters[CORDON_COUNTER_COUNT], attention[2];

    worker_counter_addresses(counters);
    worker_interrupt_addresses(attention);
    worker_pack_begin(&pack);
    msgpack_pack_map(&pack.packer, 5);
    worker_pack_text(&pack, "version");
    msgpack_pack_uint32(&pack.packer, CORDON_FRAME_VERSION);
    worker_pack_text(&pack, "image");
    worker_pack_text(&pack, image_python_version);
    worker_pack_text(&pack, "ready");
    (sandbox_boot_was_done() ? msgpack_pack_true : msgpack_pack_false)(&pack.packer);
    worker_pack_text(&pack, "counters");
    msgpack_pack_array(&pack.packer, CORDON_COUNTER_COUNT);
    for (unsigned i = 0; i < CORDON_COUNTER_COUNT; i++)
        msgpack_pack_uint64(&pack.packer, counters[i]);
    worker_pack_text(&pack, "attention");
    msgpack_pack_array(&pack.packer, 2);
    msgpack_pack_uint64(&pack.packer, attention[0]);
    msgpack_pack_uint64(&pack.packer, attention[1]);
    if (pack.failure != WORKER_PACK_FITS)
        worker_cannot("no memory for a greeting");
    worker_pack_send(&pack, CORDON_FRAME_HELLO, 0);
    worker_pack_release(&pack);
}

/* The payload is kept: the program's text is in it. */
static int run_program(const struct worker_frame *frame)
{
    /* sys.argv[0] as python has it; NULL is the text itself */
    static const struct {
        enum sandbox_program_kind kind;
        const char *first_argument;
    } hows[] = {
        [CORDON_PROGRAM_SCRIPT] = {SANDBOX_PROGRAM_SCRIPT, NULL},
        [CORDON_PROGRAM_COMMAND] = {SANDBOX_PROGRAM_COMMAND, "-c"},
        [CORDON_PROGRAM_MODULE] = {SANDBOX_PROGRAM_MODULE, "-m"},
        [CORDON_PROGRAM_INPUT] = {SANDBOX_PROGRAM_INPUT, "-"},
    };
    const struct worker_settings *settings = worker_settings();
    const unsigned char *payload = worker_frame_payload(frame);
    const char *text = (const char *)payload + 1;
    size_t text_size = frame->length - 1;

    if (!payload)
        worker_cannot("no memory for the program");
    if (payload[0] >= sizeof hows / sizeof *hows)
        worker_protocol_broken("an unknown way to run a program");
    if (payload[0] != CORDON_PROGRAM_INPUT && strlen(text) != text_size)
        worker_protocol_broken("a program, path or module name with a NUL in it");
    const struct sandbox_program program = {
        .kind = hows[payload[0]].kind,
        .text = text,
        .first_argument = hows[payload[0]].first_argument ? hows[payload[0]].first_argument : text,
        .arguments = settings->arguments,
        .argument_count = settings->argument_count,
    };
    if (payload[0] == CORDON_PROGRAM_INPUT)
        sandbox_streams_set_input((const unsigned char *)text, text_size);
    worker_broker_begin(); /* until the process ends */
    worker_enter_directory();
    worker_interrupt_begin(0, frame->flags & CORDON_SOFT_LIMITS_FLAG ? WORKER_WITH_SOFT_LIMITS : WORKER_WITHOUT_SOFT_LIMITS);
    if (!worker_trace_begin(frame->flags & CORDON_TRACE_FLAGS))
        sandbox_boot_failed("its steps cannot be told");
    worker_limit_begin_guest();
    return sandbox_program_run(&program);
}

static const struct handler {
    uint8_t type;
    void (*handle)(const struct worker_frame *frame);
} handlers[] = {
    {CORDON_FRAME_FILE, worker_files_put},
    {CORDON_FRAME_FILES, worker_files_answer},
    {CORDON_FRAME_EXECUTE, worker_session_execute},
    {CORDON_FRAME_INVOKE, worker_invoke},
    {CORDON_FRAME_CALLBACKS, worker_calls_take_list},
};

static void handle(const struct worker_frame *frame)
{
    for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
        if (handlers[i].type == frame->type) {
            handlers[i].handle(frame);
            return;
        }
    }
    worker_protocol_broken("a frame of a type that may not come now");
}

void worker_serve_forget(void)
{
    sandbox_streams_end();
    sealed_limit_set_report(NULL);
    worker_calls_forget_host();
    worker_configure_forget();
}

static void renew(const struct worker_frame *frame)
{
    worker_renew(frame);
    worker_trace_renew();
}

int worker_serve(unsigned char first_byte)
{
    struct worker_frame frame;

    worker_frame_begin(first_byte);
    greet();
    worker_frame_next(WORKER_GREETED, &frame);
    if (frame.type != CORDON_FRAME_CONFIGURE)
        worker_save_image(&frame);
    worker_limit_begin();
    worker_calls_begin();
    worker_interrupt_prepare();
    worker_frame_set_renew(renew);
    worker_configure(&frame);
    if (!sandbox_rest_renew() || !worker_session_renew())
        sandbox_boot_failed("what the image brought cannot be made anew");
    for (;;) {
        worker_frame_next(WORKER_RESTING, &frame);
        if (frame.type == CORDON_FRAME_PROGRAM)
            return run_program(&frame);
        handle(&frame);
    }
}
