/* Texts as people may see them. Private to audit. */
#ifndef AUDIT_VISIBLE_H
#define AUDIT_VISIBLE_H

#include "arena.h"

/* A copy in which what cannot be seen, or would change how other text is seen, stands as an escape: control characters,
 * marks of direction, spaces of no width, bytes that are no text, surrogates; \\ is a backslash. What remains is UTF-8.
 * NULL: no memory. */
const char *visible_text(arena *memory, const char *text);
/* How many columns of a terminal a visible text takes. */
unsigned int visible_width(const char *text);
/* A visible text of at most `width` columns: its middle stands as an ellipsis if it is longer. NULL: no memory. */
const char *visible_cut(arena *memory, const char *text, unsigned int width);

#endif
