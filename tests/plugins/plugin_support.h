/* What the tests of plugins share: a world with an engine, a folder of its own and plugins in the home that is tested, and plugins written file by file. */
#ifndef PLUGIN_SUPPORT_H
#define PLUGIN_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cordon/cordon.h"

/* Where the plugins of this run live; the tests ask for what differs, and never guess it. */
typedef struct plugin_setting {
    const char *name;              /* of the home */
    cordon_plugin_home_kind kind;
    const cordon_plugin_home *home; /* of GIVEN */
    cordon_engine *engine;         /* NULL: there is none */
    bool has_limits;               /* of fuel, memory and time */
    bool has_grants;               /* it gives one plugin what others do not have */
    bool is_shared;                /* plugins share an interpreter */
} plugin_setting;

extern plugin_setting setting;
extern char test_folder[]; /* of this run, absolute */

/* Fills `setting` for the home of that name; false if this program has none such. The engine is `setting`'s from then on. */
bool setting_choose(const char *home, const char *image);

void write_file(const char *folder, const char *name, const char *content); /* below the test folder; makes folders */
void write_bytes(const char *folder, const char *name, const void *content, size_t size);
const char *path_of(const char *name); /* absolute; valid for ever */
void write_zip(const char *name, const char *folder, const char *const *files); /* of files of `folder`, ended by NULL; each "NAME" or "NAME IN THE ZIP=NAME" */
void remove_folder(const char *name);

/* NULL: defaults. Ends the test if it cannot be created. */
cordon_plugins *make_plugins(const cordon_plugins_config *config);
cordon_plugins_config config_of_setting(void);
cordon_plugin *load(cordon_plugins *plugins, const char *name);
/* Loading must fail with that status, and the message must hold `says`. */
void assert_refused(cordon_plugins *plugins, const char *name, cordon_plugin_status status, const char *says);
/* Calls contract.function(*positional), which must give that JSON. `positional`: ints, as many as `count`. */
void assert_call(cordon_plugin *plugin, const char *contract, const char *function, const char *json, int count, ...);
cordon_plugin_status call_without(cordon_plugin *plugin, const char *function, cordon_result **result_out, cordon_plugin_error *error); /* of contract "work" */

#endif
