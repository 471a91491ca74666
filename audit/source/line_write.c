/* Hides the order and form of a line's keys from the writer. line_read.c reads the same grammar. */
#include "line_write.h"

#include <string.h>

static void write_list(output *out, const char *const *list)
{
    output_literal(out, "[");
    for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
        if (i > 0)
            output_literal(out, ",");
        output_text(out, list[i]);
    }
    output_literal(out, "]");
}

static void write_policy(output *out, const audit_policy *policy)
{
    if (policy == NULL) {
        output_literal(out, "null");
        return;
    }
    output_literal(out, "{\"file\":");
    output_text(out, policy->file);
    output_literal(out, ",\"profile\":");
    output_text(out, policy->profile);
    output_literal(out, ",\"sha256\":");
    output_text(out, policy->sha256);
    output_literal(out, "}");
}

static void write_start(output *out, const audit_line *line)
{
    const audit_start *start = &line->as.start;
    output_literal(out, "{\"type\":\"start\",\"version\":1,\"cordon\":");
    output_text(out, start->cordon);
    output_literal(out, ",\"python\":");
    output_text(out, start->python);
    output_literal(out, ",\"time\":");
    output_text(out, start->time);
    output_literal(out, ",\"command\":");
    write_list(out, start->command);
    output_literal(out, ",\"directory\":");
    output_text(out, start->directory);
    output_literal(out, ",\"home\":");
    output_text(out, start->home);
    output_literal(out, ",\"temporary\":");
    write_list(out, start->temporary);
    output_literal(out, ",\"policy\":");
    write_policy(out, start->policy);
    output_literal(out, ",\"report_policy\":");
    write_policy(out, start->report_policy);
}

static void write_process(output *out, const audit_line *line)
{
    const audit_process *process = line->as.process;
    output_literal(out, "{\"type\":\"process\",\"id\":");
    output_number(out, process->id);
    output_literal(out, ",\"parent\":");
    output_number(out, process->parent);
    output_literal(out, ",\"pid\":");
    output_signed(out, process->pid);
    output_literal(out, ",\"arguments\":");
    write_list(out, process->arguments);
}

static void write_site(output *out, const audit_line *line)
{
    const audit_site *site = line->as.site;
    output_literal(out, "{\"type\":\"site\",\"id\":");
    output_number(out, site->id);
    output_literal(out, ",\"file\":");
    output_text(out, site->file);
    output_literal(out, ",\"line\":");
    output_number(out, site->line);
    output_literal(out, ",\"function\":");
    output_text(out, site->function);
    output_literal(out, ",\"module\":");
    output_text(out, site->module);
    output_literal(out, ",\"distribution\":");
    output_text(out, site->distribution);
    output_literal(out, ",\"imports\":");
    write_list(out, site->imports);
    output_literal(out, ",\"caller\":");
    if (site->caller == NULL)
        output_literal(out, "null");
    else
        output_number(out, site->caller->id);
}

static void write_argument(output *out, const audit_argument *argument)
{
    output_text(out, argument->name);
    output_literal(out, ":");
    if (argument->text != NULL)
        output_text(out, argument->text);
    else if (argument->list != NULL)
        write_list(out, argument->list);
    else
        output_signed(out, argument->number);
}

static void write_arguments(output *out, const audit_access *access)
{
    output_literal(out, ",\"arguments\":{");
    for (size_t i = 0; i < access->argument_count; i++) {
        if (i > 0)
            output_literal(out, ",");
        write_argument(out, &access->arguments[i]);
    }
    output_literal(out, "}");
}

/* What accesses, events and modules begin with; `type` ends with `,"seq":`. */
static void write_when(output *out, const audit_access *access)
{
    output_number(out, access->sequence);
    output_literal(out, ",\"time\":");
    output_number(out, access->time_us);
    output_literal(out, ",\"process\":");
    output_number(out, access->process);
    output_literal(out, ",\"thread\":");
    output_number(out, access->thread);
}

static void write_where(output *out, const audit_access *access)
{
    output_literal(out, ",\"site\":");
    output_number(out, access->site == NULL ? 0 : access->site->id);
}

static void write_decision(output *out, const audit_access *access)
{
    if (access->decision == AUDIT_ALLOWED)
        output_literal(out, ",\"decision\":\"allow\",\"rule\":");
    else
        output_literal(out, ",\"decision\":\"deny\",\"rule\":");
    output_text(out, access->rule);
    if (access->report_denies)
        output_literal(out, ",\"report\":\"deny\",\"report_rule\":");
    else
        output_literal(out, ",\"report\":null,\"report_rule\":");
    output_text(out, access->report_denies ? access->report_rule : NULL);
}

static void write_access(output *out, const audit_line *line)
{
    const audit_access *access = &line->as.access;
    output_literal(out, "{\"type\":\"access\",\"seq\":");
    write_when(out, access);
    output_literal(out, ",\"capability\":");
    output_text(out, access->capability);
    output_literal(out, ",\"operation\":");
    output_text(out, access->operation);
    write_arguments(out, access);
    output_literal(out, ",\"result\":");
    output_signed(out, access->result);
    output_literal(out, ",\"error\":");
    output_text(out, access->error);
    write_decision(out, access);
    write_where(out, access);
    if (access->count > 1) {
        output_literal(out, ",\"count\":");
        output_number(out, access->count);
    }
}

static void write_event(output *out, const audit_line *line)
{
    const audit_access *access = &line->as.access;
    output_literal(out, "{\"type\":\"event\",\"seq\":");
    write_when(out, access);
    output_literal(out, ",\"event\":");
    output_text(out, access->operation);
    write_arguments(out, access);
    write_where(out, access);
}

static const char *text_argument(const audit_access *access, const char *name)
{
    for (size_t i = 0; i < access->argument_count; i++)
        if (strcmp(access->arguments[i].name, name) == 0)
            return access->arguments[i].text;
    return NULL;
}

static void write_module(output *out, const audit_line *line)
{
    const audit_access *access = &line->as.access;
    output_literal(out, "{\"type\":\"module\",\"seq\":");
    write_when(out, access);
    output_literal(out, ",\"name\":");
    output_text(out, text_argument(access, "name"));
    output_literal(out, ",\"kind\":");
    output_text(out, access->operation);
    output_literal(out, ",\"origin\":");
    output_text(out, text_argument(access, "origin"));
    output_literal(out, ",\"sha256\":");
    output_text(out, text_argument(access, "sha256"));
    write_decision(out, access);
    write_where(out, access);
}

static void write_exit(output *out, const audit_line *line)
{
    const audit_exit *end = &line->as.exit;
    output_literal(out, "{\"type\":\"exit\",\"process\":");
    output_number(out, end->process);
    output_literal(out, ",\"code\":");
    output_signed(out, end->code);
    output_literal(out, ",\"signal\":");
    output_text(out, end->signal);
}

static void write_end(output *out, const audit_line *line)
{
    const audit_end *end = &line->as.end;
    output_literal(out, "{\"type\":\"end\",\"accesses\":");
    output_number(out, end->accesses);
    output_literal(out, ",\"events\":");
    output_number(out, end->events);
    output_literal(out, ",\"modules\":");
    output_number(out, end->modules);
    output_literal(out, ",\"lost\":");
    output_number(out, end->lost);
    output_literal(out, ",\"outcome\":");
    output_text(out, end->outcome);
    output_literal(out, ",\"code\":");
    output_signed(out, end->code);
}

void line_write(output *out, const audit_line *line)
{
    static void (*const writers[])(output *, const audit_line *) = {
        [AUDIT_START] = write_start,   [AUDIT_PROCESS] = write_process, [AUDIT_SITE] = write_site,
        [AUDIT_ACCESS] = write_access, [AUDIT_EVENT] = write_event,     [AUDIT_MODULE] = write_module,
        [AUDIT_EXIT] = write_exit,     [AUDIT_END] = write_end,
    };
    writers[line->type](out, line);
    output_literal(out, "}\n");
}
