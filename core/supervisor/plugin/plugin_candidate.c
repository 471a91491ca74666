/* Hides how a plugin becomes known, before anything of it runs: its files, its manifest, and whether it may have what it asks for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin_exported.h"
#include "plugins_internal.h"

/* ---- Reading ---- */

/* At the top; of a wheel also in its .dist-info folder. */
static const cordon_plugin_file *find_manifest(const plugin_package *package)
{
    static const char in_wheel[] = ".dist-info/plugin.yaml";
    const cordon_plugin_file *found = plugin_package_find(package, "plugin.yaml");
    for (size_t i = 0; i < package->count && found == NULL; i++) {
        const char *end = strstr(package->files[i].path, in_wheel);
        if (end != NULL && end[sizeof in_wheel - 1] == '\0' && strchr(package->files[i].path, '/') == end + strlen(".dist-info"))
            found = &package->files[i];
    }
    return found;
}

static cordon_plugin_status read_manifest(cordon_plugins *plugins, plugin_candidate *candidate, cordon_plugin_error *error)
{
    char place[512];
    plugin_document *document = NULL;
    cordon_value *exported = NULL;
    const cordon_plugin_file *file = find_manifest(&candidate->package);
    cordon_plugin_status status = CORDON_PLUGIN_OK;
    snprintf(place, sizeof place, "%.300s%s%.150s", candidate->path, file != NULL ? "/" : "", file != NULL ? file->path : ": MANIFEST");
    if (file == NULL)
        status = plugin_exported_read(plugins->engine, &candidate->package, &exported, error);
    if (status == CORDON_PLUGIN_OK)
        status = file != NULL ? plugin_document_read(file->content, file->size, place, CORDON_PLUGIN_BAD_MANIFEST, &document, error)
                              : plugin_document_of(exported, place, CORDON_PLUGIN_BAD_MANIFEST, &document, error);
    if (status == CORDON_PLUGIN_OK)
        status = plugin_manifest_read(document, plugins->api_version, &candidate->manifest, error);
    plugin_document_destroy(document);
    cordon_value_destroy(exported);
    return status;
}

cordon_plugin_status plugin_candidate_read(cordon_plugins *plugins, const char *path, plugin_candidate *candidate_out, cordon_plugin_error *error)
{
    *candidate_out = (plugin_candidate){0};
    cordon_plugin_status status = plugin_package_read(plugins->env, path, plugins->bytes_max, plugins->files_max, &candidate_out->package, error);
    if (status != CORDON_PLUGIN_OK)
        return status;
    candidate_out->path = strdup(path);
    status = candidate_out->path != NULL ? read_manifest(plugins, candidate_out, error) : plugin_no_memory(error);
    if (status != CORDON_PLUGIN_OK)
        plugin_candidate_release(candidate_out);
    return status;
}

void plugin_candidate_release(plugin_candidate *candidate)
{
    plugin_manifest_release(&candidate->manifest);
    plugin_package_release(&candidate->package);
    free(candidate->path);
    *candidate = (plugin_candidate){0};
}

/* ---- What home and policy say ---- */

static bool gives(const cordon_plugin_home *home, const char *capability)
{
    for (const char *const *given = home->gives; given != NULL && *given != NULL; given++)
        if (strcmp(*given, capability) == 0)
            return true;
    return home->gives == NULL;
}

static cordon_plugin_status ask_home(const cordon_plugins *plugins, const plugin_candidate *candidate, cordon_plugin_error *error)
{
    const cordon_value *wishes = cordon_value_get(candidate->manifest.value, "capabilities");
    for (size_t i = 0; i < cordon_value_count(wishes); i++) {
        const char *capability = cordon_value_get_text(cordon_value_get(cordon_value_at(wishes, i), "capability"), NULL);
        if (!gives(plugins->home, capability))
            return plugin_failure(error, CORDON_PLUGIN_CANNOT_GIVE, "plugin %s asks for %s, which %s cannot be given", candidate->manifest.name, capability, plugins->home->name);
    }
    return CORDON_PLUGIN_OK;
}

/* In a shared sandbox a plugin has what the sandbox has: no less than it was promised, and no more than it was granted. */
static cordon_plugin_status ask_neighbours(const cordon_plugins *plugins, const plugin_candidate *candidate, const plugin_access *access, cordon_plugin_error *error)
{
    if (plugins->kind != CORDON_PLUGIN_HOME_SHARED_SANDBOX || plugin_access_is_same(&access->config, &plugins->basis))
        return CORDON_PLUGIN_OK;
    return plugin_failure(error, CORDON_PLUGIN_CANNOT_GIVE, "plugin %s asks for other things of the host than the sandbox has that it would share: give it a sandbox of its own",
                          candidate->manifest.name);
}

cordon_plugin_status plugin_candidate_access(cordon_plugins *plugins, const plugin_candidate *candidate, plugin_access *access_out, cordon_plugin_error *error)
{
    char *lacking = NULL;
    cordon_plugin_status status = ask_home(plugins, candidate, error);
    if (status == CORDON_PLUGIN_OK && !plugin_wishes_are_within(&candidate->manifest.wishes, plugins->policy, &lacking))
        status = plugin_failure(error, CORDON_PLUGIN_DENIED, "plugin %s asks for what policy does not allow: %.700s", candidate->manifest.name,
                                lacking != NULL ? lacking : "(no memory to tell)");
    free(lacking);
    if (status != CORDON_PLUGIN_OK)
        return status;
    if (plugins->home->gives == NULL) { /* it keeps nothing apart, so there is nothing to set up */
        *access_out = (plugin_access){.config = plugins->basis};
        return CORDON_PLUGIN_OK;
    }
    status = plugin_access_make(&plugins->basis, candidate->manifest.value, candidate->manifest.wishes.asked, plugins->policy, plugins->env, access_out, error);
    if (status != CORDON_PLUGIN_OK)
        return status;
    status = ask_neighbours(plugins, candidate, access_out, error);
    if (status != CORDON_PLUGIN_OK)
        plugin_access_release(access_out);
    return status;
}

/* ---- What is remembered ---- */

cordon_plugin_status plugin_candidate_admit(cordon_plugins *plugins, const plugin_candidate *candidate, cordon_plugin_error *error)
{
    const plugin_manifest *manifest = &candidate->manifest;
    plugin_verdict verdict;
    char *lacking;
    cordon_plugin_status status = plugin_grants_admit(plugins->grants, manifest, candidate->package.digest, plugins->asks_first, &verdict, &lacking, error);
    if (status == CORDON_PLUGIN_OK && verdict == PLUGIN_FIRST && plugins->asks_first && manifest->wishes.asked != NULL)
        status = plugin_failure(error, CORDON_PLUGIN_NOT_GRANTED, "plugin %s %s was never granted what it asks for: %.700s", manifest->name, manifest->version,
                                manifest->wishes.rules);
    else if (status == CORDON_PLUGIN_OK && verdict == PLUGIN_ESCALATION)
        status = plugin_failure(error, CORDON_PLUGIN_ESCALATION, "plugin %s %s has changed and asks for more than it was granted: %.700s", manifest->name, manifest->version,
                                lacking != NULL ? lacking : "(no memory to tell)");
    free(lacking);
    return status;
}
