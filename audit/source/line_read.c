/* Hides the order and form of a line's keys from the reader. line_write.c writes the same grammar, and nothing else is
 * taken. */
#include "line_read.h"

#include <string.h>

static const audit_policy *read_policy(scan *in, audit_policy *policy)
{
    if (scan_try(in, "null"))
        return NULL;
    scan_literal(in, "{\"file\":");
    policy->file = scan_text(in);
    scan_literal(in, ",\"profile\":");
    policy->profile = scan_text_or_null(in);
    scan_literal(in, ",\"sha256\":");
    policy->sha256 = scan_text(in);
    scan_literal(in, "}");
    return policy;
}

static void read_start(scan *in, const line_tables *tables, raw_line *out)
{
    (void)tables;
    audit_start *start = &out->line.as.start;
    scan_literal(in, ",\"version\":1,\"cordon\":");
    start->cordon = scan_text(in);
    scan_literal(in, ",\"python\":");
    start->python = scan_text(in);
    scan_literal(in, ",\"time\":");
    start->time = scan_text(in);
    scan_literal(in, ",\"command\":");
    start->command = scan_list(in);
    scan_literal(in, ",\"directory\":");
    start->directory = scan_text(in);
    scan_literal(in, ",\"home\":");
    start->home = scan_text(in);
    scan_literal(in, ",\"temporary\":");
    start->temporary = scan_list(in);
    scan_literal(in, ",\"policy\":");
    start->policy = read_policy(in, &out->policy);
    scan_literal(in, ",\"report_policy\":");
    start->report_policy = read_policy(in, &out->report_policy);
}

static void read_process(scan *in, const line_tables *tables, raw_line *out)
{
    audit_process *process = &out->process;
    scan_literal(in, ",\"id\":");
    process->id = scan_number(in);
    if (process->id != tables->process_count + 1)
        scan_fail(in, "the process after the last one");
    scan_literal(in, ",\"parent\":");
    process->parent = scan_number(in);
    if (process->parent > tables->process_count)
        scan_fail(in, "a process that was told before");
    scan_literal(in, ",\"pid\":");
    process->pid = scan_signed(in);
    scan_literal(in, ",\"arguments\":");
    process->arguments = scan_list(in);
    out->line.as.process = process;
}

static const audit_site *known_site(scan *in, const line_tables *tables, uint64_t id)
{
    if (id == 0 || in->expected != NULL)
        return NULL;
    if (id <= tables->site_count)
        return tables->sites[id - 1];
    scan_fail(in, "a site that was told before");
    return NULL;
}

static void read_site(scan *in, const line_tables *tables, raw_line *out)
{
    audit_site *site = &out->site;
    scan_literal(in, ",\"id\":");
    site->id = scan_number(in);
    if (site->id != tables->site_count + 1)
        scan_fail(in, "the site after the last one");
    scan_literal(in, ",\"file\":");
    site->file = scan_text(in);
    scan_literal(in, ",\"line\":");
    uint64_t line = scan_number(in);
    if (line > UINT32_MAX)
        scan_fail(in, "a line of a file");
    site->line = (uint32_t)line;
    scan_literal(in, ",\"function\":");
    site->function = scan_text_or_null(in);
    scan_literal(in, ",\"module\":");
    site->module = scan_text_or_null(in);
    scan_literal(in, ",\"distribution\":");
    site->distribution = scan_text_or_null(in);
    scan_literal(in, ",\"imports\":");
    site->imports = scan_list(in);
    scan_literal(in, ",\"caller\":");
    site->caller = NULL; /* `out` has the site before this one */
    if (!scan_try(in, "null")) {
        site->caller = known_site(in, tables, scan_number(in));
        if (site->caller == NULL)
            scan_fail(in, "a site that was told before, or null");
    }
    out->line.as.site = site;
}

static void read_argument(scan *in, audit_argument *argument)
{
    *argument = (audit_argument){.name = scan_text(in)};
    scan_literal(in, ":");
    if (in->expected != NULL)
        return;
    if (in->next < in->end && *in->next == '"')
        argument->text = scan_text(in);
    else if (in->next < in->end && *in->next == '[')
        argument->list = scan_list(in);
    else
        argument->number = scan_signed(in);
}

static void read_arguments(scan *in, raw_line *out)
{
    audit_access *access = &out->line.as.access;
    access->arguments = out->arguments;
    scan_literal(in, ",\"arguments\":{");
    if (scan_try(in, "}"))
        return;
    do {
        if (access->argument_count == AUDIT_ARGUMENTS_MAX) {
            scan_fail(in, "no more arguments");
            return;
        }
        read_argument(in, &out->arguments[access->argument_count++]);
    } while (scan_try(in, ","));
    scan_literal(in, "}");
}

static void read_when(scan *in, const line_tables *tables, audit_access *access)
{
    access->count = 1;
    scan_literal(in, ",\"seq\":");
    access->sequence = scan_number(in);
    scan_literal(in, ",\"time\":");
    access->time_us = scan_number(in);
    scan_literal(in, ",\"process\":");
    access->process = scan_number(in);
    if (access->process == 0 || access->process > tables->process_count)
        scan_fail(in, "a process that was told before");
    scan_literal(in, ",\"thread\":");
    access->thread = scan_number(in);
}

static void read_where(scan *in, const line_tables *tables, audit_access *access)
{
    scan_literal(in, ",\"site\":");
    access->site = known_site(in, tables, scan_number(in));
}

static void read_decision(scan *in, audit_access *access)
{
    scan_literal(in, ",\"decision\":");
    access->decision = scan_try(in, "\"allow\"") ? AUDIT_ALLOWED : AUDIT_DENIED;
    if (access->decision == AUDIT_DENIED)
        scan_literal(in, "\"deny\"");
    scan_literal(in, ",\"rule\":");
    access->rule = scan_text_or_null(in);
    scan_literal(in, ",\"report\":");
    access->report_denies = scan_try(in, "\"deny\"");
    if (!access->report_denies)
        scan_literal(in, "null");
    scan_literal(in, ",\"report_rule\":");
    if (access->report_denies)
        access->report_rule = scan_text_or_null(in);
    else
        scan_literal(in, "null");
}

static void read_access(scan *in, const line_tables *tables, raw_line *out)
{
    audit_access *access = &out->line.as.access;
    read_when(in, tables, access);
    scan_literal(in, ",\"capability\":");
    access->capability = scan_text(in);
    scan_literal(in, ",\"operation\":");
    access->operation = scan_text(in);
    read_arguments(in, out);
    scan_literal(in, ",\"result\":");
    access->result = scan_signed(in);
    scan_literal(in, ",\"error\":");
    access->error = scan_text_or_null(in);
    read_decision(in, access);
    read_where(in, tables, access);
    if (scan_try(in, ",\"count\":")) {
        access->count = scan_number(in);
        if (access->count < 2)
            scan_fail(in, "a count of at least 2");
    }
}

static void read_event(scan *in, const line_tables *tables, raw_line *out)
{
    audit_access *access = &out->line.as.access;
    read_when(in, tables, access);
    scan_literal(in, ",\"event\":");
    access->operation = scan_text(in);
    access->decision = AUDIT_ALLOWED;
    read_arguments(in, out);
    read_where(in, tables, access);
}

static void add_text_argument(audit_access *access, raw_line *out, const char *name, const char *text)
{
    if (text != NULL)
        out->arguments[access->argument_count++] = (audit_argument){.name = name, .text = text};
}

static void read_module(scan *in, const line_tables *tables, raw_line *out)
{
    audit_access *access = &out->line.as.access;
    access->capability = "import";
    access->arguments = out->arguments;
    read_when(in, tables, access);
    scan_literal(in, ",\"name\":");
    add_text_argument(access, out, "name", scan_text(in));
    scan_literal(in, ",\"kind\":");
    access->operation = scan_text(in);
    scan_literal(in, ",\"origin\":");
    add_text_argument(access, out, "origin", scan_text_or_null(in));
    scan_literal(in, ",\"sha256\":");
    add_text_argument(access, out, "sha256", scan_text_or_null(in));
    read_decision(in, access);
    read_where(in, tables, access);
}

static void read_exit(scan *in, const line_tables *tables, raw_line *out)
{
    audit_exit *end = &out->line.as.exit;
    scan_literal(in, ",\"process\":");
    end->process = scan_number(in);
    if (end->process == 0 || end->process > tables->process_count)
        scan_fail(in, "a process that was told before");
    scan_literal(in, ",\"code\":");
    end->code = scan_signed(in);
    scan_literal(in, ",\"signal\":");
    end->signal = scan_text_or_null(in);
}

static void read_end(scan *in, const line_tables *tables, raw_line *out)
{
    (void)tables;
    audit_end *end = &out->line.as.end;
    scan_literal(in, ",\"accesses\":");
    end->accesses = scan_number(in);
    scan_literal(in, ",\"events\":");
    end->events = scan_number(in);
    scan_literal(in, ",\"modules\":");
    end->modules = scan_number(in);
    scan_literal(in, ",\"lost\":");
    end->lost = scan_number(in);
    scan_literal(in, ",\"outcome\":");
    end->outcome = scan_text(in);
    scan_literal(in, ",\"code\":");
    end->code = scan_signed(in);
}

static void read_seal(scan *in, const line_tables *tables, raw_line *out)
{
    (void)tables;
    scan_literal(in, ",\"lines\":");
    out->seal_lines = scan_number(in);
    scan_literal(in, ",\"sha256\":");
    out->seal_digits = scan_text(in);
}

static const struct line_kind {
    const char *begin;
    audit_line_type type;
    void (*read)(scan *in, const line_tables *tables, raw_line *out);
} kinds[] = {
    {"\"access\"", AUDIT_ACCESS, read_access},
    {"\"event\"", AUDIT_EVENT, read_event},
    {"\"site\"", AUDIT_SITE, read_site},
    {"\"module\"", AUDIT_MODULE, read_module},
    {"\"seal\"", AUDIT_SEAL, read_seal},
    {"\"exit\"", AUDIT_EXIT, read_exit},
    {"\"process\"", AUDIT_PROCESS, read_process},
    {"\"start\"", AUDIT_START, read_start},
    {"\"end\"", AUDIT_END, read_end},
};

bool line_read(scan *in, const line_tables *tables, raw_line *out)
{
    memset(&out->line, 0, sizeof out->line);
    if (!scan_literal(in, "{\"type\":"))
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!scan_try(in, kinds[i].begin))
            continue;
        out->line.type = kinds[i].type;
        kinds[i].read(in, tables, out);
        scan_literal(in, "}");
        if (in->next != in->end)
            scan_fail(in, "the end of the line");
        return in->expected == NULL;
    }
    scan_fail(in, "a type of line that version 1 of the format has");
    return false;
}
