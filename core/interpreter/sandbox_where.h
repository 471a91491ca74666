/* Tells the sealed layer where the guest's code is, for the report of a limit. */
#ifndef SANDBOX_WHERE_H
#define SANDBOX_WHERE_H

/* From now on a limit's report names file and line of the running Python frame. May be called again. */
void sandbox_where_begin(void);

#endif
