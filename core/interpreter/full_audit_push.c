/* Hides how an interpreter's event or a module becomes an entry of a ring. */
#include <string.h>

#include "full_audit_internal.h"
#include "host_env/fs.h"

enum { TEXT_BYTES_MAX = 8192, ARGUMENTS_MAX = 32 };

static uint64_t shown_length(const char *text)
{
    uint64_t length = text == NULL ? 0 : strlen(text);
    return length > TEXT_BYTES_MAX ? TEXT_BYTES_MAX : length;
}

static char *put_text(char *out, const char *text)
{
    uint64_t length = shown_length(text);
    memcpy(out, text == NULL ? "" : text, length);
    out[length] = '\0';
    return out + length + 1;
}

static uint64_t room_for(const full_audit_argument *argument)
{
    const char *text = argument->text == NULL ? "" : argument->text;
    switch (argument->kind) {
    case FULL_AUDIT_NUMBER: return sizeof argument->number;
    case FULL_AUDIT_PATH: return full_audit_path_max(text, shown_length(text));
    default: return shown_length(text) + 1;
    }
}

static uint64_t put_value(char *out, const full_audit_argument *argument)
{
    if (argument->kind == FULL_AUDIT_NUMBER) {
        memcpy(out, &argument->number, sizeof argument->number);
        return sizeof argument->number;
    }
    if (argument->kind == FULL_AUDIT_PATH && shown_length(argument->text) > 0)
        return full_audit_path(out, HOST_AT_CWD, argument->text, shown_length(argument->text)) + 1;
    return (uint64_t)(put_text(out, argument->text) - out);
}

static unsigned char *put_argument(unsigned char *next, uint32_t label, const full_audit_argument *argument)
{
    static const audit_argument_kind kinds[] = {
        [FULL_AUDIT_NUMBER] = AUDIT_ARGUMENT_NUMBER, [FULL_AUDIT_TEXT] = AUDIT_ARGUMENT_TEXT, [FULL_AUDIT_PATH] = AUDIT_ARGUMENT_PATH};
    uint64_t size = put_value((char *)next + sizeof(audit_entry_argument), argument);
    *(audit_entry_argument *)(void *)next = audit_entry_argument_of(label, kinds[argument->kind], size);
    return next + sizeof(audit_entry_argument) + audit_entry_padded(size);
}

void full_audit_push_event(const char *event, const full_audit_argument *arguments, size_t argument_count)
{
    uint32_t labels[ARGUMENTS_MAX];
    uint64_t position, size = sizeof(audit_entry_event);
    if (!full_audit_is_on()) return;
    full_audit_be_joined();
    if (argument_count > ARGUMENTS_MAX) argument_count = ARGUMENTS_MAX;
    uint32_t name = full_audit_text(event), site = full_audit_site();
    for (size_t i = 0; i < argument_count; i++) {
        labels[i] = full_audit_static_text(arguments[i].label);
        size += sizeof(audit_entry_argument) + audit_entry_padded(room_for(&arguments[i]));
    }
    audit_entry_event *entry = full_audit_reserve(size, site, &position);
    unsigned char *next = (unsigned char *)(entry + 1);
    entry->name = name;
    entry->argument_count = (uint32_t)argument_count;
    for (size_t i = 0; i < argument_count; i++) next = put_argument(next, labels[i], &arguments[i]);
    full_audit_commit(entry, position, AUDIT_ENTRY_EVENT, size, (uint64_t)(next - (unsigned char *)entry));
}

void full_audit_push_module(const full_audit_module *module)
{
    const char *const texts[] = {module->name, module->kind, module->origin, module->sha256, module->rule};
    uint64_t position, size = sizeof(audit_entry_module);
    if (!full_audit_is_on()) return;
    full_audit_be_joined();
    uint32_t site = full_audit_site();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) size += shown_length(texts[i]) + 1;
    audit_entry_module *entry = full_audit_reserve(size, site, &position);
    char *next = (char *)(entry + 1);
    entry->is_allowed = module->is_allowed;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) next = put_text(next, texts[i]);
    full_audit_commit(entry, position, AUDIT_ENTRY_MODULE, size, (uint64_t)(next - (char *)entry));
}
