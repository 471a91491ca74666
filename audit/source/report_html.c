/* Hides from browsers that a name could be markup: the page with its data between its two halves. */
#include <stdlib.h>
#include <string.h>

#include "report_page.h"
#include "report_rows.h"

/* Within JSON these stand in texts only, where an escape means the same: no name can end the script element, begin a
 * comment or another script in it, or end a line of script. Texts come in whole characters. */
static const struct escaped {
    const char *text, *stands_as;
} escaped[] = {
    {"<", "\\u003c"}, {">", "\\u003e"}, {"&", "\\u0026"}, {"\xe2\x80\xa8", "\\u2028"}, {"\xe2\x80\xa9", "\\u2029"},
};

static const struct escaped *escape_at(const char *bytes, size_t size)
{
    for (size_t i = 0; i < sizeof escaped / sizeof *escaped; i++) {
        size_t length = strlen(escaped[i].text);
        if (length <= size && memcmp(bytes, escaped[i].text, length) == 0)
            return &escaped[i];
    }
    return NULL;
}

static bool write_escaped(void *context, const char *bytes, size_t size)
{
    report *to = context;
    size_t plain = 0;
    for (size_t i = 0; i < size;) {
        const struct escaped *found = escape_at(bytes + i, size - i);
        if (found == NULL) {
            i++;
            continue;
        }
        output_bytes(to->out, bytes + plain, i - plain);
        output_string(to->out, found->stands_as);
        plain = i += strlen(found->text);
    }
    output_bytes(to->out, bytes + plain, size - plain);
    return true;
}

void report_html(report *to)
{
    output data = {.buffer = malloc(OUTPUT_BYTES), .write = write_escaped, .context = to, .is_unsealed = true};
    if (data.buffer == NULL) {
        to->has_failed = true;
        return;
    }
    json_out json = {.out = &data};
    output_string(to->out, (const char *)report_page_before);
    report_json_whole(to, &json);
    output_flush(&data);
    output_string(to->out, (const char *)report_page_after);
    free(data.buffer);
}
