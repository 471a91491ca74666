/* Hides where an ELF file keeps the names it refers to. What the loader goes by counts, the dynamic segment; sections
 * are for linkers, and a file may lie in them. */
#include <stdlib.h>
#include <string.h>

#include "findings.h"

enum { NEED_BYTES = 16, VERSIONS_MAX = 0x8000 };

/* A file's dynamic segment, and the tables that it leads to. */
typedef struct dynamic {
    const elf_file *file;
    elf_table entries;
    elf_bytes strings;
    elf_table symbols;
    elf_bytes versions;         /* a half word for each symbol */
    unsigned char *is_called;   /* for each symbol; owned */
    const char **version_texts; /* for each number of a version; owned */
} dynamic;

typedef struct relocations {
    unsigned int table, size;
    bool is_plt;
} relocations;

static const relocations relocation_tables[] = {
    {ELF_DYNAMIC_RELA, ELF_DYNAMIC_RELA_SIZE, false},
    {ELF_DYNAMIC_REL, ELF_DYNAMIC_REL_SIZE, false},
    {ELF_DYNAMIC_PLT, ELF_DYNAMIC_PLT_SIZE, true},
};

static unsigned int word_bytes(const elf_file *file)
{
    return file->is_64 ? 8 : 4;
}

/* ---- The dynamic segment ---- */

static void entry_at(const dynamic *dynamic, size_t index, uint64_t *tag_out, uint64_t *value_out)
{
    unsigned int word = word_bytes(dynamic->file);
    *tag_out = elf_number(dynamic->file, dynamic->entries.bytes, (uint64_t)index * 2 * word, word);
    *value_out = elf_number(dynamic->file, dynamic->entries.bytes, (uint64_t)index * 2 * word + word, word);
}

static bool find_value(const dynamic *dynamic, uint64_t wanted, uint64_t *value_out)
{
    for (size_t i = 0; i < dynamic->entries.count; i++) {
        uint64_t tag;
        entry_at(dynamic, i, &tag, value_out);
        if (tag == wanted)
            return true;
    }
    *value_out = 0;
    return false;
}

static elf_bytes find_bytes(const dynamic *dynamic, uint64_t tag)
{
    uint64_t address;
    return find_value(dynamic, tag, &address) ? elf_file_at(dynamic->file, address) : (elf_bytes){0};
}

static elf_table relocations_of(const dynamic *dynamic, const relocations *kind)
{
    uint64_t size, plt_kind = 0;
    elf_bytes bytes = find_bytes(dynamic, kind->table);
    (void)find_value(dynamic, kind->size, &size);
    (void)find_value(dynamic, ELF_DYNAMIC_PLT_KIND, &plt_kind);
    bool has_addend = kind->table == ELF_DYNAMIC_RELA || (kind->is_plt && plt_kind == ELF_DYNAMIC_RELA);
    size_t record = (size_t)word_bytes(dynamic->file) * (has_addend ? 3 : 2);
    size = size < bytes.size ? size : bytes.size;
    return (elf_table){bytes, record, (size_t)(size / record)};
}

static size_t symbol_of_relocation(const dynamic *dynamic, elf_table table, size_t index)
{
    unsigned int word = word_bytes(dynamic->file);
    uint64_t information = elf_number(dynamic->file, table.bytes, (uint64_t)index * table.record_bytes + word, word);
    return (size_t)(information >> (dynamic->file->is_64 ? 32 : 8));
}

/* Nothing says how many symbols there are. Those that are bound are in a hash table or are referred to by a relocation,
 * so what is past all of these has no effect. */
static size_t count_symbols(const dynamic *dynamic)
{
    elf_bytes hash = find_bytes(dynamic, ELF_DYNAMIC_HASH), gnu = find_bytes(dynamic, ELF_DYNAMIC_GNU_HASH);
    uint64_t count = elf_number(dynamic->file, hash, 4, 4);
    uint64_t first_hashed = elf_number(dynamic->file, gnu, 4, 4);
    count = count > first_hashed ? count : first_hashed;
    for (size_t kind = 0; kind < sizeof relocation_tables / sizeof *relocation_tables; kind++) {
        elf_table table = relocations_of(dynamic, &relocation_tables[kind]);
        for (size_t i = 0; i < table.count; i++) {
            uint64_t symbol = symbol_of_relocation(dynamic, table, i);
            count = symbol >= count ? symbol + 1 : count;
        }
    }
    return (size_t)count;
}

static void mark_called(dynamic *dynamic)
{
    elf_table table = relocations_of(dynamic, &relocation_tables[2]);
    dynamic->is_called = calloc(dynamic->symbols.count + 1, 1);
    for (size_t i = 0; dynamic->is_called != NULL && i < table.count; i++) {
        size_t symbol = symbol_of_relocation(dynamic, table, i);
        if (symbol < dynamic->symbols.count)
            dynamic->is_called[symbol] = 1;
    }
}

/* The texts of versions by number: the records of what is needed, one for each library, each with a chain of versions.
 * Each step leads on, and all together are not more than the numbers there are, so that no file makes this long. */
static void read_versions(dynamic *dynamic)
{
    const elf_file *file = dynamic->file;
    elf_bytes needs = find_bytes(dynamic, ELF_DYNAMIC_VERSIONS_NEEDED);
    size_t steps = VERSIONS_MAX;
    dynamic->version_texts = calloc(VERSIONS_MAX, sizeof *dynamic->version_texts);
    for (uint64_t at = 0, next = NEED_BYTES; dynamic->version_texts != NULL && at < needs.size && next >= NEED_BYTES;
         at += next) {
        uint64_t version = at + elf_number(file, needs, at + 8, 4), step = NEED_BYTES;
        next = elf_number(file, needs, at + 12, 4);
        for (uint64_t left = elf_number(file, needs, at + 2, 2); left > 0 && version < needs.size && step >= NEED_BYTES;
             left--) {
            uint64_t number = elf_number(file, needs, version + 6, 2) & (VERSIONS_MAX - 1);
            if (steps-- == 0)
                return;
            dynamic->version_texts[number] = elf_text(dynamic->strings, elf_number(file, needs, version + 8, 4));
            step = elf_number(file, needs, version + 12, 4);
            version += step;
        }
    }
}

static const char *version_of(const dynamic *dynamic, size_t symbol)
{
    uint64_t number = elf_number(dynamic->file, dynamic->versions, (uint64_t)symbol * 2, 2) & (VERSIONS_MAX - 1);
    return dynamic->version_texts[number] != NULL ? dynamic->version_texts[number] : "";
}

/* False: it is no dynamic file. */
static bool open_dynamic(const elf_file *file, dynamic *dynamic_out)
{
    elf_segment segment = {0};
    *dynamic_out = (dynamic){.file = file};
    for (size_t i = 0; i < file->segments.count && segment.kind != ELF_SEGMENT_DYNAMIC; i++)
        (void)elf_file_segment(file, i, &segment);
    if (segment.kind != ELF_SEGMENT_DYNAMIC)
        return false;
    size_t record = 2 * (size_t)word_bytes(file);
    dynamic_out->entries = (elf_table){segment.content, record, segment.content.size / record};
    for (size_t i = 0; i < dynamic_out->entries.count; i++) {
        uint64_t tag, value;
        entry_at(dynamic_out, i, &tag, &value);
        if (tag == 0)
            dynamic_out->entries.count = i;
    }
    dynamic_out->strings = find_bytes(dynamic_out, ELF_DYNAMIC_STRINGS);
    dynamic_out->versions = find_bytes(dynamic_out, ELF_DYNAMIC_SYMBOL_VERSIONS);
    elf_bytes symbols = find_bytes(dynamic_out, ELF_DYNAMIC_SYMBOLS);
    size_t bytes = elf_file_symbol_bytes(file), count = count_symbols(dynamic_out);
    count = count < symbols.size / bytes ? count : symbols.size / bytes;
    dynamic_out->symbols = (elf_table){symbols, bytes, count};
    mark_called(dynamic_out);
    read_versions(dynamic_out);
    return true;
}

static void close_dynamic(dynamic *dynamic)
{
    free(dynamic->is_called);
    free(dynamic->version_texts);
}

/* ---- Findings ---- */

/* Linkers write a symbol's version behind its name, too. */
static void add_name(const binary_input *input, const elf_symbol *symbol, const char *version, bool is_called)
{
    char name[256];
    size_t length = strcspn(symbol->name, "@");
    audit_finding finding = {.kind = AUDIT_BINARY_FUNCTION, .name = name, .is_called = is_called};
    if (symbol->section != 0 || length == 0 || length >= sizeof name)
        return;
    memcpy(name, symbol->name, length);
    name[length] = '\0';
    if (!binary_name_find(name, &finding.capability, &finding.operation))
        return;
    const char *behind = symbol->name + length + strspn(symbol->name + length, "@");
    version = version[0] != '\0' ? version : behind;
    finding.version = version[0] != '\0' ? version : NULL;
    finding.is_weak = symbol->binding == ELF_BINDING_WEAK;
    binary_add(input, &finding);
}

static void find_dynamic_names(const binary_input *input, const dynamic *dynamic)
{
    elf_symbol symbol;
    for (size_t i = 1; elf_file_symbol(dynamic->file, dynamic->symbols, dynamic->strings, i, &symbol); i++)
        if (symbol.section == 0)
            add_name(input, &symbol, version_of(dynamic, i), dynamic->is_called[i]);
}

static void find_linkers_names(const binary_input *input, const elf_file *file)
{
    elf_bytes names;
    elf_table symbols = elf_file_linkers_symbols(file, &names);
    elf_symbol symbol;
    for (size_t i = 1; elf_file_symbol(file, symbols, names, i, &symbol); i++)
        add_name(input, &symbol, "", false);
}

void binary_each_dynamic_symbol(const elf_file *file, void (*visit)(void *context, const elf_symbol *symbol),
                                void *context)
{
    dynamic dynamic;
    elf_symbol symbol;
    if (!open_dynamic(file, &dynamic))
        return;
    for (size_t i = 1; elf_file_symbol(file, dynamic.symbols, dynamic.strings, i, &symbol); i++)
        visit(context, &symbol);
    close_dynamic(&dynamic);
}

void binary_find_names(const binary_input *input, const elf_file *file)
{
    dynamic dynamic;
    if (!open_dynamic(file, &dynamic)) {
        find_linkers_names(input, file);
        return;
    }
    if (dynamic.is_called != NULL && dynamic.version_texts != NULL)
        find_dynamic_names(input, &dynamic);
    else
        input->binary->has_no_memory = true;
    close_dynamic(&dynamic);
}

static void find_libraries(const binary_input *input, const dynamic *dynamic)
{
    static const struct {
        uint64_t tag;
        audit_binary_kind kind;
    } texts[] = {{ELF_DYNAMIC_NEEDED, AUDIT_BINARY_LIBRARY},
                 {ELF_DYNAMIC_RPATH, AUDIT_BINARY_SEARCH_PATH},
                 {ELF_DYNAMIC_RUNPATH, AUDIT_BINARY_SEARCH_PATH}};
    for (size_t i = 0; i < dynamic->entries.count; i++) {
        uint64_t tag, value;
        entry_at(dynamic, i, &tag, &value);
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
            if (tag == texts[k].tag)
                binary_add(input, &(audit_finding){.kind = texts[k].kind, .name = elf_text(dynamic->strings, value)});
        if (tag == ELF_DYNAMIC_TEXT_RELOCATIONS)
            binary_add(input, &(audit_finding){.kind = AUDIT_BINARY_MEMORY, .name = "text relocations"});
    }
}

void binary_find_loader(const binary_input *input, const elf_file *file)
{
    elf_segment segment;
    dynamic dynamic;
    for (size_t i = 0; i < file->segments.count; i++)
        if (elf_file_segment(file, i, &segment) && segment.kind == ELF_SEGMENT_INTERPRETER)
            binary_add(input, &(audit_finding){.kind = AUDIT_BINARY_INTERPRETER, .name = elf_text(segment.content, 0)});
    if (open_dynamic(file, &dynamic))
        find_libraries(input, &dynamic);
    close_dynamic(&dynamic);
}
