/* Hides sandboxes from plugins: how one is got for a place, how files come into it, and how operations become INVOKE frames. */
#include "plugin_home_sandbox.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/files.h"
#include "failure.h"
#include "plugin_access.h"
#include "sandbox_internal.h"
#include "value_pack.h"

enum { PATH_BYTES_MAX = 4096, PACKED_KEPT_BYTES = 64 * 1024 };

/* A sandbox and the places in it; all but the sandbox under the home's lock. */
typedef struct residence {
    cordon_sandbox *sandbox;
    unsigned places;       /* the sandbox goes with the last one */
    struct place *leaving; /* not counted any more: moved out of while somebody else used the sandbox, and to be cleared up by whoever comes next */
    const struct place *waiting; /* atomic: whose operation is suspended, and may go on for nobody else; only compared */
} residence;

typedef struct place {
    struct place *next; /* of those that leave */
    residence *residence;
    uint64_t handle;
    bool is_loaded;
    char root[64];
    bytes packed;      /* what its operations are packed in, kept for the next one */
    size_t head_size;  /* bytes of a call's that come before its arguments; 0: what is packed is none, or no room was left for its names */
    char contract[64], function[64]; /* that these name */
    char **paths; /* of the files that were put there, relative; to be taken away again where others stay */
    size_t path_count;
} place;

struct plugin_sandboxes {
    cordon_plugin_home home;
    cordon_engine *engine;
    bool is_shared;
    pthread_mutex_t lock;
    residence *current; /* shared: where the next plugin moves in; NULL: none yet */
};

/* ---- Sandboxes ---- */

static cordon_status open_residence(plugin_sandboxes *own, const cordon_sandbox_config *config, residence **residence_out, cordon_error *error)
{
    residence *made = calloc(1, sizeof *made);
    if (made == NULL)
        return failure(error, "plugin_move_in", CORDON_NO_MEMORY, "no memory for a sandbox of a plugin");
    cordon_status status = cordon_sandbox_create(own->engine, config, &made->sandbox, error);
    if (status != CORDON_OK) {
        free(made);
        return status;
    }
    *residence_out = made;
    return CORDON_OK;
}

static bool has_ended(cordon_sandbox *sandbox)
{
    cordon_status status = sandbox_enter(sandbox, "plugin_is_lost", NULL);
    if (status == CORDON_OK)
        sandbox_leave(sandbox);
    return status == CORDON_SANDBOX_ENDED;
}

/* The one that is there, or a new one. One that has ended stays with those who are lost in it. */
static cordon_status enter_residence(plugin_sandboxes *own, const cordon_sandbox_config *config, residence **residence_out, cordon_error *error)
{
    cordon_status status = CORDON_OK;
    if (!own->is_shared) {
        status = open_residence(own, config, residence_out, error);
        if (status == CORDON_OK)
            (*residence_out)->places = 1;
        return status;
    }
    pthread_mutex_lock(&own->lock); /* also while a sandbox starts: two that move in at once shall not have one each */
    if (own->current != NULL && !has_ended(own->current->sandbox)) {
        *residence_out = own->current;
    } else {
        status = open_residence(own, config, residence_out, error);
        if (status == CORDON_OK)
            own->current = *residence_out;
    }
    if (status == CORDON_OK)
        (*residence_out)->places++;
    pthread_mutex_unlock(&own->lock);
    return status;
}

static void free_place(place *left)
{
    for (size_t i = 0; i < left->path_count; i++)
        free(left->paths[i]);
    free(left->paths);
    bytes_release(&left->packed);
    free(left);
}

static void leave_residence(plugin_sandboxes *own, residence *left)
{
    pthread_mutex_lock(&own->lock);
    bool is_last = --left->places == 0;
    if (is_last && own->current == left)
        own->current = NULL;
    pthread_mutex_unlock(&own->lock);
    if (!is_last)
        return;
    for (place *next; left->leaving != NULL; left->leaving = next) {
        next = left->leaving->next;
        free_place(left->leaving);
    }
    cordon_sandbox_destroy(left->sandbox);
    free(left);
}

/* ---- Files ---- */

static bool join(char *path, const char *root, const char *name)
{
    return snprintf(path, PATH_BYTES_MAX, "%s/%s", root, name) < PATH_BYTES_MAX;
}

cordon_status plugin_files_put(cordon_sandbox *sandbox, const char *root, const cordon_plugin_file *files, size_t count, cordon_error *error)
{
    char path[PATH_BYTES_MAX];
    cordon_status status = cordon_sandbox_put_folder(sandbox, root, 0, 0, error);
    for (size_t i = 0; i < count && status == CORDON_OK; i++) {
        if (!join(path, root, files[i].path))
            return failure(error, "plugin_move_in", CORDON_TOO_LARGE, "the path of a plugin's file is too long: %.100s", files[i].path);
        status = cordon_sandbox_put_file(sandbox, path, 0, 0, files[i].content, files[i].size, error);
    }
    return status;
}

static bool keep_paths(place *made, const cordon_plugin_parcel *parcel)
{
    made->paths = calloc(parcel->file_count, sizeof *made->paths);
    for (size_t i = 0; made->paths != NULL && i < parcel->file_count; i++) {
        made->paths[i] = strdup(parcel->files[i].path);
        if (made->paths[i] == NULL)
            return false;
        made->path_count++;
    }
    return made->paths != NULL;
}

static bool is_in_the_way(cordon_status status)
{
    return status == CORDON_BUSY || status == CORDON_SUSPENDED;
}

/* A file, then the folders that it lay in, inmost first: those that have become empty go. False: somebody else uses the sandbox. */
static bool remove_with_folders(cordon_sandbox *sandbox, const char *root, const char *name)
{
    char path[PATH_BYTES_MAX];
    size_t root_length = strlen(root);
    cordon_status status = join(path, root, name) ? CORDON_OK : CORDON_TOO_LARGE;
    while (status == CORDON_OK && strlen(path) >= root_length) {
        status = cordon_sandbox_remove(sandbox, path, NULL);
        *strrchr(path, '/') = '\0';
    }
    return !is_in_the_way(status);
}

static cordon_status invoke(place *where, const cordon_plugin_operation *operation, cordon_result **result_out, cordon_error *error);

/* What a plugin leaves in a sandbox where others stay. False: somebody else uses it, and some of that is still there. */
static bool clear_up(place *left)
{
    const cordon_plugin_operation unload = {.verb = CORDON_PLUGIN_VERB_UNLOAD, .handle = left->handle};
    cordon_result *result = NULL;
    if (left->is_loaded && is_in_the_way(invoke(left, &unload, &result, NULL)))
        return false;
    cordon_result_destroy(result);
    left->is_loaded = false;
    while (left->path_count > 0) {
        if (!remove_with_folders(left->residence->sandbox, left->root, left->paths[left->path_count - 1]))
            return false;
        free(left->paths[--left->path_count]);
    }
    return true;
}

static void put_off(plugin_sandboxes *own, place *left)
{
    pthread_mutex_lock(&own->lock);
    left->next = left->residence->leaving;
    left->residence->leaving = left;
    pthread_mutex_unlock(&own->lock);
}

/* What others could not clear up when they left. */
static void catch_up(plugin_sandboxes *own, residence *residence)
{
    pthread_mutex_lock(&own->lock);
    place *left = residence->leaving;
    residence->leaving = NULL;
    pthread_mutex_unlock(&own->lock);
    for (place *next; left != NULL; left = next) {
        next = left->next;
        if (clear_up(left))
            free_place(left);
        else
            put_off(own, left);
    }
}

/* ---- The table's functions ---- */

static void move_out(void *context, void *given)
{
    plugin_sandboxes *own = context;
    place *left = given;
    residence *residence = left->residence;
    if (!own->is_shared || clear_up(left))
        free_place(left);
    else
        put_off(own, left);
    leave_residence(own, residence);
}

static cordon_status move_in(void *context, const cordon_plugin_parcel *parcel, void **place_out, const char **root_out, cordon_error *error)
{
    plugin_sandboxes *own = context;
    place *made = calloc(1, sizeof *made);
    if (made == NULL)
        return failure(error, "plugin_move_in", CORDON_NO_MEMORY, "no memory for a plugin");
    cordon_status status = enter_residence(own, parcel->sandbox, &made->residence, error);
    if (status != CORDON_OK) {
        free(made);
        return status;
    }
    made->handle = parcel->handle;
    if (own->is_shared)
        catch_up(own, made->residence);
    snprintf(made->root, sizeof made->root, "/plugins/%llu", (unsigned long long)parcel->handle);
    if (own->is_shared && !keep_paths(made, parcel))
        status = failure(error, "plugin_move_in", CORDON_NO_MEMORY, "no memory for a plugin");
    if (status == CORDON_OK)
        status = plugin_files_put(made->residence->sandbox, made->root, parcel->files, parcel->file_count, error);
    if (status != CORDON_OK) {
        move_out(own, made);
        return status;
    }
    *place_out = made;
    *root_out = made->root;
    return CORDON_OK;
}

static void pack_container(bytes *to, const cordon_value *value, bool is_dict, bool *fits)
{
    if (value != NULL)
        *fits &= pack_value(to, value);
    else if (is_dict)
        pack_map(to, 0);
    else
        pack_array(to, 0);
}

static bool has_head_of(const place *where, const cordon_plugin_operation *operation)
{
    return where->head_size != 0 && operation->verb == CORDON_PLUGIN_VERB_CALL && strcmp(where->function, operation->function) == 0 &&
           strcmp(where->contract, operation->contract) == 0;
}

static void note_head(place *where, const cordon_plugin_operation *operation)
{
    if (strlen(operation->contract) >= sizeof where->contract || strlen(operation->function) >= sizeof where->function)
        return;
    strcpy(where->contract, operation->contract);
    strcpy(where->function, operation->function);
    where->head_size = where->packed.size;
}

/* Up to a call's arguments. */
static void pack_head(place *where, const cordon_plugin_operation *operation, const char *name, unsigned further)
{
    bytes *to = &where->packed;
    where->head_size = 0;
    if (to->failed || to->capacity > PACKED_KEPT_BYTES)
        bytes_release(to);
    to->size = 0;
    pack_array(to, 2 + further);
    pack_text(to, name);
    pack_unsigned(to, operation->handle);
    if (operation->verb != CORDON_PLUGIN_VERB_CALL)
        return;
    pack_text(to, operation->contract);
    pack_text(to, operation->function);
    if (!to->failed)
        note_head(where, operation);
}

/* False: a value in it cannot be sent. */
static bool pack_operation(place *where, const cordon_plugin_operation *operation)
{
    static const struct {
        const char *name;
        unsigned further; /* arguments beside the handle */
    } verbs[] = {[CORDON_PLUGIN_VERB_LOAD] = {"load", 2},
                 [CORDON_PLUGIN_VERB_DESCRIBE] = {"describe", 0},
                 [CORDON_PLUGIN_VERB_EXECUTE] = {"execute", 1},
                 [CORDON_PLUGIN_VERB_CALL] = {"call", 4},
                 [CORDON_PLUGIN_VERB_UNLOAD] = {"unload", 0}};
    bytes *to = &where->packed;
    bool fits = true;
    if (has_head_of(where, operation) && to->capacity <= PACKED_KEPT_BYTES && !to->failed)
        to->size = where->head_size; /* its handle is the place's */
    else
        pack_head(where, operation, verbs[operation->verb].name, verbs[operation->verb].further);
    if (operation->verb == CORDON_PLUGIN_VERB_LOAD) {
        pack_text(to, operation->root);
        pack_container(to, operation->manifest, true, &fits);
    } else if (operation->verb == CORDON_PLUGIN_VERB_EXECUTE) {
        pack_container(to, operation->arguments, true, &fits);
    } else if (operation->verb == CORDON_PLUGIN_VERB_CALL) {
        pack_container(to, operation->positional, false, &fits);
        pack_container(to, operation->named, true, &fits);
    }
    return fits;
}

static cordon_status invoke(place *where, const cordon_plugin_operation *operation, cordon_result **result_out, cordon_error *error)
{
    *result_out = NULL;
    return pack_operation(where, operation) ? sandbox_invoke(where->residence->sandbox, &where->packed, &operation->streams, operation->timeout_ns, result_out, error)
                                            : failure(error, "plugin_operate", CORDON_INVALID_ARGUMENT, "the arguments hold an object that cannot be sent");
}

/* Once something of this place's has run. */
static void note_waiting(const place *where, cordon_status status, const cordon_result *result)
{
    if (status == CORDON_OK)
        __atomic_store_n(&where->residence->waiting, result->outcome == CORDON_OUTCOME_SUSPENDED ? where : NULL, __ATOMIC_RELEASE);
}

static cordon_status operate(void *context, void *given, const cordon_plugin_operation *operation, cordon_result **result_out, cordon_error *error)
{
    plugin_sandboxes *own = context;
    place *where = given;
    *result_out = NULL;
    if (operation->verb == CORDON_PLUGIN_VERB_UNLOAD)
        return CORDON_OK; /* its sandbox goes with it, or it is done when the plugin moves out */
    if (own->is_shared)
        catch_up(own, where->residence);
    cordon_status status = invoke(where, operation, result_out, error);
    note_waiting(where, status, *result_out);
    if (operation->verb == CORDON_PLUGIN_VERB_LOAD)
        where->is_loaded = status == CORDON_OK && (*result_out)->outcome == CORDON_OUTCOME_OK;
    return status;
}

static cordon_status resume(void *context, void *given, const cordon_resumption *resumption, cordon_result **result_out, cordon_error *error)
{
    const place *where = given, *waiting = __atomic_load_n(&where->residence->waiting, __ATOMIC_ACQUIRE);
    (void)context;
    *result_out = NULL;
    if (waiting != NULL && waiting != where)
        return failure(error, "plugin_resume", CORDON_INVALID_ARGUMENT, "it is another plugin that waits for effects");
    cordon_status status = cordon_sandbox_resume(where->residence->sandbox, resumption, result_out, error);
    note_waiting(where, status, *result_out);
    return status;
}

static void cancel(void *context, void *given)
{
    const place *where = given;
    (void)context;
    cordon_sandbox_cancel(where->residence->sandbox);
}

static bool is_lost(void *context, void *given)
{
    const place *where = given;
    (void)context;
    return has_ended(where->residence->sandbox);
}

/* ---- Life ---- */

plugin_sandboxes *plugin_sandboxes_create(cordon_engine *engine, bool is_shared)
{
    plugin_sandboxes *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NULL;
    made->engine = engine;
    made->is_shared = is_shared;
    pthread_mutex_init(&made->lock, NULL);
    made->home = (cordon_plugin_home){
        .struct_size = sizeof made->home,
        .name = is_shared ? "a sandbox shared by plugins" : "a sandbox of its own",
        .gives = plugin_access_gives,
        .context = made,
        .move_in = move_in,
        .operate = operate,
        .resume = resume,
        .cancel = cancel,
        .is_lost = is_lost,
        .move_out = move_out,
    };
    return made;
}

void plugin_sandboxes_destroy(plugin_sandboxes *sandboxes)
{
    if (sandboxes == NULL)
        return;
    pthread_mutex_destroy(&sandboxes->lock);
    free(sandboxes);
}

const cordon_plugin_home *plugin_sandboxes_home(const plugin_sandboxes *sandboxes)
{
    return &sandboxes->home;
}
