/* Takes a request apart and hands it to its operation; hides from the operations that an attacker wrote it. */
#include "broker_internal.h"

#include <stdio.h>

static const struct operation_row {
    const char *name;
    const char *arguments; /* letters of cordon/broker_message.h */
    broker_operation run;
} operations[CORDON_BROKER_OPERATION_COUNT] = {
#define BROKER_ROW(name, function, text, arguments, results) [CORDON_BROKER_##name] = {text, arguments, broker_##function},
    CORDON_BROKER_TABLE(BROKER_ROW)
#undef BROKER_ROW
};

static broker_verdict violation(broker *broker, const char *what)
{
    snprintf(broker->message, sizeof broker->message, "a broker request %s", what);
    return BROKER_VIOLATION;
}

static bool is_name(const cordon_broker_value *value, const char *name)
{
    return strlen(name) == value->size && memcmp(name, value->bytes, value->size) == 0;
}

static const struct operation_row *find_operation(const cordon_broker_value *name)
{
    for (size_t i = 0; i < CORDON_BROKER_OPERATION_COUNT; i++)
        if (is_name(name, operations[i].name))
            return &operations[i];
    return NULL;
}

/* ---- Arguments ---- */

static const char *take_mount(broker_request *request, const cordon_broker_value *value)
{
    if (value->number < 0 || (uint64_t)value->number >= request->broker->config.mount_count)
        return "names a mount that does not exist";
    request->mount = &request->broker->mounts[value->number];
    return NULL;
}

static const char *take_path(broker_request *request, const cordon_broker_value *value)
{
    if (!broker_path_is_canonical(value->bytes, value->size))
        return "has a path that is not canonical";
    char *path = request->paths[request->path_count++];
    if (value->size > 0)
        memcpy(path, value->bytes, value->size);
    path[value->size] = '\0';
    return NULL;
}

/* NULL, or what is wrong with the argument. */
static const char *take_argument(broker_request *request, char letter, const cordon_broker_value *value)
{
    bool wants_bytes = letter == 'p' || letter == 'b';
    if ((value->kind == CORDON_BROKER_BYTES) != wants_bytes || value->is_text)
        return "has an argument of the wrong type";
    switch (letter) {
    case 'm':
        return take_mount(request, value);
    case 'p':
        return take_path(request, value);
    case 'b':
        request->bytes = value->bytes;
        request->bytes_size = value->size;
        return value->size > CORDON_BROKER_DATA_MAX ? "has too much content" : NULL;
    default:
        request->numbers[request->number_count++] = value->number;
        return NULL;
    }
}

static const char *take_arguments(broker_request *request, const struct operation_row *row, cordon_broker_reader *reader, size_t count)
{
    cordon_broker_value value;
    if (row && strlen(row->arguments) != count)
        return "has the wrong number of arguments";
    for (size_t i = 0; i < count; i++) {
        if (!cordon_broker_read(reader, &value))
            return "is not well formed";
        const char *wrong = row ? take_argument(request, row->arguments[i], &value) : NULL;
        if (wrong)
            return wrong;
    }
    return reader->left > 0 ? "goes on behind its end" : NULL;
}

/* ---- Answering ---- */

static size_t write_reply(const struct operation_row *row, broker_request *request, void *reply)
{
    cordon_broker_writer writer;
    cordon_broker_start(&writer, reply, CORDON_BROKER_MESSAGE_MAX);
    cordon_broker_put_integer(&writer, 0);
    request->reply = &writer;
    /* An operation that this host does not know is not an attack: an image may be newer. */
    int error = row ? row->run(request) : -ENOSYS;
    if (!error && cordon_broker_finish(&writer))
        return writer.size;
    cordon_broker_start(&writer, reply, CORDON_BROKER_MESSAGE_MAX);
    cordon_broker_put_integer(&writer, error ? error : -EIO);
    cordon_broker_finish(&writer);
    return writer.size;
}

broker_verdict broker_answer(broker *broker, const void *bytes, size_t size, void *reply, size_t *reply_size_out)
{
    cordon_broker_reader reader = {bytes, size};
    cordon_broker_value name;
    broker_request request = {.broker = broker};
    size_t count;

    *reply_size_out = 0;
    broker->message[0] = '\0';
    broker->figures.requests++;
    broker->figures.bytes += size;
    if (size > CORDON_BROKER_MESSAGE_MAX)
        return violation(broker, "is too long");
    if (!cordon_broker_read_count(&reader, &count) || count == 0 || !cordon_broker_read(&reader, &name))
        return violation(broker, "is not well formed");
    if (name.kind != CORDON_BROKER_BYTES || !name.is_text || name.size > 31)
        return violation(broker, "does not begin with an operation");
    const struct operation_row *row = find_operation(&name);
    const char *wrong = take_arguments(&request, row, &reader, count - 1);
    if (wrong)
        return violation(broker, wrong);
    if (broker->figures.bytes > broker->config.bytes_max)
        return BROKER_LIMIT;
    *reply_size_out = write_reply(row, &request, reply);
    broker->figures.bytes += *reply_size_out;
    return BROKER_ANSWERED;
}

void broker_allow_bytes(broker *broker, uint64_t bytes)
{
    uint64_t moved = broker->figures.bytes;
    broker->config.bytes_max = bytes > UINT64_MAX - moved ? UINT64_MAX : moved + bytes;
}

size_t broker_mount_count(const broker *broker)
{
    return broker->config.mount_count;
}

static bool has_open_file(const broker *broker, size_t mount)
{
    for (uint32_t i = 0; i < broker->handle_limit; i++)
        if (broker->handles[i].kind != BROKER_HANDLE_FREE && broker->handles[i].mount == mount)
            return true;
    return false;
}

broker_holding broker_holds(const broker *broker, size_t *mount_out)
{
    for (*mount_out = 0; *mount_out < broker->config.mount_count; ++*mount_out) {
        const broker_mount *mount = &broker->mounts[*mount_out];
        if (broker->handles_open > 0 && has_open_file(broker, *mount_out))
            return BROKER_HOLDS_OPEN_FILE;
        if (mount->has_upper || mount->hidden.count > 0)
            return BROKER_HOLDS_CHANGES;
    }
    return BROKER_HOLDS_NOTHING;
}

const char *broker_message(const broker *broker)
{
    return broker->message;
}

void broker_figures_get(const broker *broker, broker_figures *figures_out)
{
    *figures_out = broker->figures;
    figures_out->handles = broker->handles_open;
}
