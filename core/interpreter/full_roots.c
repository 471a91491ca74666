/* Hides which rules about paths the kernel can hold by itself, and which need each name to be asked about. */
#include "full_roots.h"

#include <stdio.h>
#include <string.h>

#include "host_env/fs.h"

/* From <sys/stat.h>, whose other names the interpreter's rename. */
enum { TYPE_BITS = 0170000, TYPE_DIRECTORY = 0040000 };

/* ---- Folders and what lies in them ---------------------------------------------------------------------------------------------------- */

static bool is_beneath(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return length == 1 || (strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0'));
}

/* Cuts a path to the folder that is above its last name. */
static void cut_last_name(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash != NULL) slash[slash == path] = '\0';
}

/* The folder that everything lies in that a path of a rule may fit: what stands before its first wildcard. */
static bool folder_of(const policy_folder *rule, char path_out[FULL_ROOT_BYTES_MAX])
{
    int length = (int)strcspn(rule->path, "*?");
    if (length >= FULL_ROOT_BYTES_MAX) return false;
    snprintf(path_out, FULL_ROOT_BYTES_MAX, "%.*s", length, rule->path);
    if (rule->is_pattern) cut_last_name(path_out);
    return true;
}

static bool is_directory(host_env *reader, const char *path)
{
    host_file_status status;
    return host_fs_stat(reader, HOST_AT_CWD, path, 0, &status, NULL) == HOST_OK && (status.mode & TYPE_BITS) == TYPE_DIRECTORY;
}

/* ---- Collecting ----------------------------------------------------------------------------------------------------------------------- */

static bool fail(full_roots *roots, const char *place, const char *what, const char *detail)
{
    snprintf(roots->problem, sizeof roots->problem, "%.400s%s%.400s", place, what, detail);
    return false;
}

/* A folder that several rules name is one root with the rights of all. */
static bool add(full_roots *roots, const char *path, unsigned int rights)
{
    for (size_t i = 0; i < roots->count; i++) {
        if (strcmp(roots->roots[i].path, path) != 0) continue;
        roots->roots[i].rights |= rights;
        return true;
    }
    if (roots->count == FULL_ROOTS_MAX) return fail(roots, "", "it names too many folders", "");
    char *text = roots->texts[roots->count];
    snprintf(text, FULL_ROOT_BYTES_MAX, "%s", path);
    roots->roots[roots->count++] = (host_root){ .path = text, .rights = rights | HOST_ROOT_CROSS_MOUNTS };
    return true;
}

static unsigned int right_of(int capability) { return capability == policy_capability_number("fs.write") ? HOST_ROOT_WRITE : HOST_ROOT_READ; }

/* Reading and listing are one right of a root; where a policy tells them apart, names must. */
static bool is_half(const policy *rules, const policy_folder *rule)
{
    int list = policy_capability_number("fs.list"), read = policy_capability_number("fs.read");
    policy_folder other;
    if (rule->capability != list && rule->capability != read) return false;
    int wanted = rule->capability == list ? read : list;
    if (policy_allows_anywhere(rules, wanted)) return false;
    for (size_t i = 0; policy_folder_at(rules, i, &other); i++)
        if (other.capability == wanted && !other.is_deny && strcmp(other.path, rule->path) == 0) return false;
    return true;
}

/* A file, too, may be named: then its folder is the root, and nothing else in it fits. */
static bool add_rule(full_roots *roots, host_env *reader, const policy *rules, const policy_folder *rule)
{
    char folder[FULL_ROOT_BYTES_MAX];
    if (!folder_of(rule, folder)) return fail(roots, rule->place, ": the path is too long: ", rule->path);
    bool is_named = rule->is_pattern || is_half(rules, rule);
    if (!rule->is_pattern && !is_directory(reader, folder)) {
        cut_last_name(folder);
        is_named = true;
    }
    return add(roots, folder, right_of(rule->capability) | (is_named ? HOST_ROOT_BY_NAME : 0u));
}

/* Names can be told apart only where they are the only ones: a folder by a link would have two. */
static bool check_links(full_roots *roots, host_env *reader, const char *place, const char *folder)
{
    char real[FULL_ROOT_BYTES_MAX];
    if (host_fs_realpath(reader, folder, real, sizeof real, NULL) != HOST_OK || strcmp(real, folder) == 0) return true;
    return fail(roots, place, ": a path can be denied only where folders are named without links; this one leads to ", real);
}

/* What is denied must lie beneath roots that ask about names. */
static bool mark_denied(full_roots *roots, host_env *reader, const policy_folder *rule)
{
    char folder[FULL_ROOT_BYTES_MAX];
    if (!folder_of(rule, folder)) return fail(roots, rule->place, ": the path is too long: ", rule->path);
    if (!check_links(roots, reader, rule->place, folder)) return false;
    for (size_t i = 0; i < roots->count; i++) {
        host_root *root = &roots->roots[i];
        if (!is_beneath(folder, root->path) && !is_beneath(root->path, folder)) continue;
        if (strcmp(root->path, "/") == 0)
            return fail(roots, rule->place, ": a path can be denied only beneath folders that are allowed by name, not where files are allowed everywhere: ", rule->path);
        if (!check_links(roots, reader, rule->place, root->path)) return false;
        root->rights |= HOST_ROOT_BY_NAME;
    }
    return true;
}

/* What may be done in a folder may be done beneath each root in it as well; host_env looks for one root that grants all that a call needs. */
static void spread_rights(full_roots *roots)
{
    enum { GRANTS = HOST_ROOT_READ | HOST_ROOT_WRITE };
    for (size_t inner = 0; inner < roots->count; inner++) {
        for (size_t outer = 0; outer < roots->count; outer++) {
            host_root *to = &roots->roots[inner];
            const host_root *from = &roots->roots[outer];
            if (inner == outer || !is_beneath(to->path, from->path) || (from->rights & ~to->rights & GRANTS) == 0) continue;
            to->rights |= from->rights & (GRANTS | HOST_ROOT_BY_NAME);
        }
    }
}

static bool add_everywhere(full_roots *roots, const policy *rules)
{
    static const char *const files[] = { "fs.read", "fs.write" };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        int capability = policy_capability_number(files[i]);
        if (policy_allows_anywhere(rules, capability) && !add(roots, "/", right_of(capability))) return false;
    }
    return true;
}

bool full_roots_collect(host_env *reader, const policy *rules, const char *library, full_roots *roots_out)
{
    policy_folder rule;
    roots_out->count = 0;
    if (policy_allows_anywhere(rules, policy_capability_number("fs.list")) != policy_allows_anywhere(rules, policy_capability_number("fs.read")))
        return fail(roots_out, "", "it must allow fs.read and fs.list everywhere together: both are held by one right", "");
    for (size_t i = 0; policy_folder_at(rules, i, &rule); i++)
        if (!rule.is_deny && !add_rule(roots_out, reader, rules, &rule)) return false;
    if (!add_everywhere(roots_out, rules)) return false;
    for (size_t i = 0; policy_folder_at(rules, i, &rule); i++)
        if (rule.is_deny && !mark_denied(roots_out, reader, &rule)) return false;
    spread_rights(roots_out);
    return library[0] == '\0' || add(roots_out, library, HOST_ROOT_READ);
}

/* ---- Deciding ------------------------------------------------------------------------------------------------------------------------- */

static bool allows(const policy *rules, const char *capability, const char *path)
{
    policy_fact fact = { .field = POLICY_FIELD_PATH, .text = path };
    policy_question question = { .capability = policy_capability_number(capability), .facts = &fact, .fact_count = 1 };
    return policy_decide(rules, &question) == POLICY_ALLOW;
}

host_decision full_roots_decide_name(const policy *rules, const char *path, unsigned int rights)
{
    const char *looks = (rights & HOST_ROOT_LIST) ? "fs.list" : "fs.read";
    bool is_allowed = (!(rights & HOST_ROOT_READ) || allows(rules, looks, path)) && (!(rights & HOST_ROOT_WRITE) || allows(rules, "fs.write", path));
    return is_allowed ? HOST_DECISION_ALLOW : HOST_DECISION_DENY;
}
