/* Hides from a collector how lines are chained by seals and handed on. */
#include "audit/writer.h"

#include <stdlib.h>

#include "line_write.h"

struct audit_writer {
    output out;
    uint64_t lines_unsealed;
};

audit_writer *audit_writer_create(audit_write_function write, void *context)
{
    audit_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL)
        return NULL;
    writer->out.write = write;
    writer->out.context = context;
    writer->out.buffer = malloc(OUTPUT_BYTES);
    if (writer->out.buffer != NULL && seal_chain_open(&writer->out.chain))
        return writer;
    audit_writer_destroy(writer);
    return NULL;
}

static void put_seal(audit_writer *writer)
{
    output *out = &writer->out;
    char digits[SEAL_DIGITS + 1];
    output_flush(out); /* so that the seal's own line cannot be digested by a full buffer */
    if (!seal_chain_close_part(&out->chain, digits)) {
        out->has_failed = true;
        return;
    }
    output_literal(out, "{\"type\":\"seal\",\"lines\":");
    output_number(out, writer->lines_unsealed);
    output_literal(out, ",\"sha256\":");
    output_text(out, digits);
    output_literal(out, "}\n");
    out->digested = out->used;
    writer->lines_unsealed = 0;
}

bool audit_writer_line(audit_writer *writer, const audit_line *line)
{
    line_write(&writer->out, line);
    if (++writer->lines_unsealed == AUDIT_SEAL_LINES_MAX)
        return audit_writer_seal(writer);
    return !writer->out.has_failed;
}

bool audit_writer_seal(audit_writer *writer)
{
    if (writer->lines_unsealed > 0)
        put_seal(writer);
    output_flush(&writer->out);
    return !writer->out.has_failed;
}

void audit_writer_destroy(audit_writer *writer)
{
    if (writer == NULL)
        return;
    seal_chain_release(&writer->out.chain);
    free(writer->out.buffer);
    free(writer);
}
