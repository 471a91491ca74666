/* The sites of a record: each place once, whichever process tells it. */
#ifndef CORDON_SUPERVISOR_COLLECTOR_SITES_H
#define CORDON_SUPERVISOR_COLLECTOR_SITES_H

#include <stdbool.h>

#include "audit/record.h"

typedef struct collector_sites collector_sites;

/* NULL: no memory. */
collector_sites *collector_sites_create(void);
/* The site that is like `site` but for its id; NULL: no memory. *is_new_out: it was not known, and has the next id.
 * Lives as long as the sites do. */
const audit_site *collector_sites_find(collector_sites *sites, const audit_site *site, bool *is_new_out);
/* Accepts NULL. */
void collector_sites_destroy(collector_sites *sites);

#endif
