/* Hides that Python is needed to read what Python exports. */
#include "plugin_exported.h"

#include <string.h>

#include "plugin_home_sandbox.h"

#define EXPORTED_ROOT "/plugin"

static const char source[] = "import cordon.plugins\ncordon.plugins.read_manifest('" EXPORTED_ROOT "')";

/* What was run in the sandbox said why it failed; only for people, and one line of it. */
static cordon_plugin_status judge(const cordon_result *result, cordon_value **manifest_out, cordon_plugin_error *error)
{
    const cordon_exception *raised = result->exception;
    if (result->outcome == CORDON_OUTCOME_OK && cordon_value_get_kind(result->value) == CORDON_VALUE_DICT) {
        *manifest_out = cordon_value_copy(result->value);
        return *manifest_out != NULL ? CORDON_PLUGIN_OK : plugin_no_memory(error);
    }
    if (raised != NULL && strstr(raised->message, "exports MANIFEST") != NULL)
        return plugin_failure(error, CORDON_PLUGIN_NO_MANIFEST, "there is no plugin.yaml, and no module at the top exports MANIFEST");
    return plugin_failure(error, CORDON_PLUGIN_BAD_MANIFEST, "there is no plugin.yaml, and what it exports cannot be read: %.500s",
                          raised != NULL ? raised->message : result->message);
}

cordon_plugin_status plugin_exported_read(cordon_engine *engine, const plugin_package *package, cordon_value **manifest_out, cordon_plugin_error *error)
{
    cordon_sandbox *sandbox = NULL;
    cordon_result *result = NULL;
    cordon_error cause;
    cordon_request request = CORDON_REQUEST_INIT;
    *manifest_out = NULL;
    if (engine == NULL)
        return plugin_failure(error, CORDON_PLUGIN_NO_MANIFEST, "there is no plugin.yaml, and without an engine no exported manifest can be read");
    request.source = source;
    cordon_status status = cordon_sandbox_create(engine, NULL, &sandbox, &cause);
    if (status == CORDON_OK)
        status = plugin_files_put(sandbox, EXPORTED_ROOT, package->files, package->count, &cause);
    if (status == CORDON_OK)
        status = cordon_sandbox_execute(sandbox, &request, &result, &cause);
    cordon_plugin_status told = status == CORDON_OK ? judge(result, manifest_out, error) : plugin_failure_of(error, &cause);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
    return told;
}
