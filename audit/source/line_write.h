/* One line as bytes. Private to audit. */
#ifndef AUDIT_LINE_WRITE_H
#define AUDIT_LINE_WRITE_H

#include "output.h"

/* With its newline. Seals are the writer's. */
void line_write(output *out, const audit_line *line);

#endif
