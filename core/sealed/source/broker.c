/* Puts one question to the host and takes the answer apart; hides buffers and message bytes from those who ask. */
#include "broker_internal.h"

#include "sealed/error.h"

#include <string.h>

enum { ERROR_MAX = 4095 };

/* One question at a time, and threads do not switch while it is out. Static: the stacks of threads are small. */
static unsigned char question[SEALED_BROKER_HEADROOM + CORDON_BROKER_MESSAGE_MAX], reply[CORDON_BROKER_MESSAGE_MAX];
static unsigned char *const request = question + SEALED_BROKER_HEADROOM;
static sealed_broker_function call;
static cordon_broker_writer writer;
static cordon_broker_reader reader;
static size_t results_left;
static bool is_complete;

static const char *const operation_names[CORDON_BROKER_OPERATION_COUNT] = {
#define BROKER_NAME(name, function, text, arguments, results) [CORDON_BROKER_##name] = text,
    CORDON_BROKER_TABLE(BROKER_NAME)
#undef BROKER_NAME
};

void sealed_broker_set(sealed_broker_function wanted)
{
    call = wanted;
}

bool broker_is_there(void)
{
    return call != NULL;
}

void broker_wipe(void)
{
    memset(reply, 0, sizeof reply);
    results_left = 0;
}

cordon_broker_writer *broker_begin(cordon_broker_operation operation)
{
    cordon_broker_start(&writer, request, CORDON_BROKER_MESSAGE_MAX);
    cordon_broker_put_name(&writer, operation_names[operation]);
    return &writer;
}

/* The first value of a reply: 0 or a negative number that can be an error. */
static int read_outcome(int64_t reply_size)
{
    cordon_broker_value value;
    if (reply_size < 0)
        return reply_size < -ERROR_MAX ? -SEALED_EIO : (int)reply_size;
    reader = (cordon_broker_reader){reply, (size_t)reply_size};
    if ((size_t)reply_size > sizeof reply || !cordon_broker_read_count(&reader, &results_left) || results_left == 0 ||
        !cordon_broker_read(&reader, &value) || value.kind != CORDON_BROKER_INTEGER || value.number > 0 || value.number < -ERROR_MAX) {
        results_left = 0;
        return -SEALED_EIO;
    }
    results_left--;
    return (int)value.number;
}

int broker_ask(void)
{
    results_left = 0;
    is_complete = true;
    if (!call)
        return -SEALED_EIO;
    if (!cordon_broker_finish(&writer))
        return -SEALED_E2BIG;
    return read_outcome(call(request, writer.size, reply, sizeof reply));
}

static cordon_broker_value take(cordon_broker_kind kind)
{
    cordon_broker_value value = {.kind = kind};
    if (results_left == 0 || !cordon_broker_read(&reader, &value) || value.kind != kind || value.is_text) {
        results_left = 0;
        is_complete = false;
        return (cordon_broker_value){.kind = kind};
    }
    results_left--;
    return value;
}

int64_t broker_take_integer(void)
{
    return take(CORDON_BROKER_INTEGER).number;
}

int64_t broker_peek_integer(void)
{
    cordon_broker_reader copy = reader;
    cordon_broker_value value;
    return results_left > 0 && cordon_broker_read(&copy, &value) && value.kind == CORDON_BROKER_INTEGER ? value.number : 0;
}

const unsigned char *broker_take_bytes(size_t *size_out)
{
    cordon_broker_value value = take(CORDON_BROKER_BYTES);
    *size_out = value.size;
    return value.bytes;
}

size_t broker_results_left(void)
{
    return results_left;
}

bool broker_is_complete(void)
{
    return is_complete;
}
