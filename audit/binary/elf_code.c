/* Hides how machine code is read. The bytes of every instruction that enters a kernel are looked for first, at every
 * offset; only code around them is disassembled, from the nearest place where an instruction is known to begin, to tell
 * an instruction from bytes inside another one. Bytes that are no instruction, such as tables between functions, are
 * stepped over one by one. */
#include <capstone/capstone.h>
#include <stdlib.h>
#include <string.h>

#include "findings.h"

enum { SECTIONS_MAX = 1024 };

typedef struct function {
    uint64_t address;     /* in a relocatable object, within its section */
    unsigned int section; /* 0: the address says all */
    const char *name;
} function;

/* A stretch of code that is loaded as one. */
typedef struct stretch {
    elf_bytes content;
    uint64_t address;
    unsigned int section;
    const char *section_name; /* NULL: to be looked up by address */
} stretch;

typedef struct code_reader {
    const binary_input *input;
    const elf_file *file;
    function *functions; /* by section and address; owned */
    size_t function_count, function_capacity;
    csh disassembler;
    cs_insn *instruction;
} code_reader;

/* ---- Where functions are ---- */

static void note_function(void *context, const elf_symbol *symbol)
{
    code_reader *reader = context;
    bool is_relocatable = reader->file->type == ELF_TYPE_RELOCATABLE;
    bool is_code = symbol->kind == ELF_SYMBOL_FUNCTION || symbol->kind == ELF_SYMBOL_INDIRECT_FUNCTION;
    elf_section section;
    /* Assembler's labels have no kind. */
    if (symbol->kind == ELF_SYMBOL_NOTYPE && elf_file_section(reader->file, symbol->section, &section))
        is_code = section.flags & ELF_SECTION_IS_CODE;
    if (!is_code || symbol->section == 0 || symbol->name[0] == '\0' || symbol->name[0] == '$')
        return;
    if (reader->function_count == reader->function_capacity) {
        size_t capacity = reader->function_capacity == 0 ? 1024 : reader->function_capacity * 2;
        function *grown = realloc(reader->functions, capacity * sizeof *grown);
        reader->input->binary->has_no_memory |= grown == NULL;
        if (grown == NULL)
            return;
        reader->functions = grown;
        reader->function_capacity = capacity;
    }
    reader->functions[reader->function_count++] =
        (function){symbol->value, is_relocatable ? symbol->section : 0, symbol->name};
}

static int compare(const void *left, const void *right)
{
    const function *a = left, *b = right;
    if (a->section != b->section)
        return a->section < b->section ? -1 : 1;
    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    return strcmp(a->name, b->name);
}

static void collect_functions(code_reader *reader)
{
    elf_bytes names;
    elf_symbol symbol;
    elf_table symbols = elf_file_linkers_symbols(reader->file, &names);
    for (size_t i = 1; elf_file_symbol(reader->file, symbols, names, i, &symbol); i++)
        note_function(reader, &symbol);
    binary_each_dynamic_symbol(reader->file, note_function, reader);
    if (reader->function_count > 0)
        qsort(reader->functions, reader->function_count, sizeof *reader->functions, compare);
}

/* How many functions begin at or before `address` of the section, or in sections before. */
static size_t count_until(const code_reader *reader, unsigned int section, uint64_t address)
{
    size_t low = 0, high = reader->function_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const function *at = &reader->functions[middle];
        if (at->section < section || (at->section == section && at->address <= address))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The function that `address` of the stretch lies in, or NULL; *first_out and *next_out: from where to where an
 * instruction stream is sure to be one. */
static const function *function_at(const code_reader *reader, const stretch *stretch, uint64_t address,
                                   uint64_t *first_out, uint64_t *next_out)
{
    size_t next = count_until(reader, stretch->section, address);
    const function *found = next > 0 ? &reader->functions[next - 1] : NULL;
    *first_out = stretch->address;
    *next_out = stretch->address + stretch->content.size;
    if (next < reader->function_count && reader->functions[next].section == stretch->section &&
        reader->functions[next].address < *next_out)
        *next_out = reader->functions[next].address;
    if (found == NULL || found->section != stretch->section || found->address < stretch->address)
        return NULL;
    *first_out = found->address;
    return found;
}

/* ---- Instructions of x86 ---- */

static bool may_enter_kernel(const unsigned char *code, size_t left)
{
    return left >= 2 &&
           ((code[0] == 0x0f && (code[1] == 0x05 || code[1] == 0x34)) || (code[0] == 0xcd && code[1] == 0x80));
}

static const char *entry_word(const cs_insn *instruction)
{
    switch (instruction->id) {
    case X86_INS_SYSCALL:
        return "syscall";
    case X86_INS_SYSENTER:
        return "sysenter";
    case X86_INS_INT:
        return strcmp(instruction->op_str, "0x80") == 0 ? "int 0x80" : NULL;
    default:
        return NULL;
    }
}

/* A linked file has some dozens of sections; thousands of them are there to make this slow. */
static const char *section_name_at(const elf_file *file, uint64_t address)
{
    elf_section section;
    for (size_t i = 1; i < file->sections.count && file->sections.count <= SECTIONS_MAX; i++)
        if (elf_file_section(file, i, &section) && (section.flags & ELF_SECTION_IS_LOADED) &&
            address >= section.address && address - section.address < section.content.size)
            return section.name;
    return NULL;
}

static void add_instruction(const code_reader *reader, const stretch *stretch, const function *function,
                            const char *word, uint64_t address)
{
    const char *section =
        stretch->section_name != NULL ? stretch->section_name : section_name_at(reader->file, address);
    binary_add(reader->input, &(audit_finding){.kind = AUDIT_BINARY_INSTRUCTION,
                                               .name = word,
                                               .function = function != NULL ? function->name : NULL,
                                               .section = section,
                                               .address = address});
}

static uint64_t count_pairs(const unsigned char *code, size_t size)
{
    uint64_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += may_enter_kernel(code + i, size - i);
    return count;
}

/* From `first` to `next`, which are addresses of the stretch. */
static void disassemble(const code_reader *reader, const stretch *stretch, const function *function, uint64_t first,
                        uint64_t next)
{
    const unsigned char *code = stretch->content.data + (first - stretch->address);
    size_t size = (size_t)(next - first);
    uint64_t pairs = count_pairs(code, size);
    while (size > 0 && pairs > 0) {
        if (!cs_disasm_iter(reader->disassembler, &code, &size, &first, reader->instruction)) {
            code++;
            size--;
            first++;
            continue;
        }
        const char *word = entry_word(reader->instruction);
        if (word == NULL)
            continue;
        add_instruction(reader, stretch, function, word, reader->instruction->address);
        pairs -= pairs > 0;
    }
    reader->input->binary->hidden_count += pairs;
}

static void read_stretch_x86(const code_reader *reader, const stretch *stretch)
{
    for (size_t at = 0; at < stretch->content.size;) {
        uint64_t first, next;
        if (!may_enter_kernel(stretch->content.data + at, stretch->content.size - at)) {
            at++;
            continue;
        }
        const function *function = function_at(reader, stretch, stretch->address + at, &first, &next);
        disassemble(reader, stretch, function, first, next);
        at = (size_t)(next - stretch->address);
    }
}

/* ---- Instructions of aarch64: one of four bytes, little-endian whatever the data are ---- */

static void read_stretch_aarch64(const code_reader *reader, const stretch *stretch)
{
    for (size_t at = (4 - stretch->address % 4) % 4; at + 4 <= stretch->content.size; at += 4) {
        const unsigned char *code = stretch->content.data + at;
        uint32_t word = code[0] | (uint32_t)code[1] << 8 | (uint32_t)code[2] << 16 | (uint32_t)code[3] << 24;
        uint64_t first, next;
        if ((word & 0xffe0001f) == 0xd4000001)
            add_instruction(reader, stretch, function_at(reader, stretch, stretch->address + at, &first, &next), "svc",
                            stretch->address + at);
    }
}

/* ---- All code of a file ---- */

static const struct machine {
    unsigned int number;
    bool is_64;
    cs_mode mode;
    void (*read)(const code_reader *reader, const stretch *stretch);
} machines[] = {
    {ELF_MACHINE_X86_64, true, CS_MODE_64, read_stretch_x86},
    {ELF_MACHINE_X86_64, false, CS_MODE_64, read_stretch_x86}, /* x32 */
    {ELF_MACHINE_386, false, CS_MODE_32, read_stretch_x86},
    {ELF_MACHINE_AARCH64, true, CS_MODE_ARM, read_stretch_aarch64},
};

static const struct machine *machine_of(const elf_file *file)
{
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
        if (machines[i].number == file->machine && machines[i].is_64 == file->is_64)
            return &machines[i];
    return NULL;
}

/* What the loader makes executable; of an object that no loader takes, the sections that a linker makes code of. */
static void read_stretches(const code_reader *reader, const struct machine *machine)
{
    elf_segment segment;
    elf_section section;
    for (size_t i = 0; i < reader->file->segments.count; i++)
        if (elf_file_segment(reader->file, i, &segment) && segment.kind == ELF_SEGMENT_LOAD &&
            (segment.flags & ELF_FLAG_EXECUTE))
            machine->read(reader, &(stretch){segment.content, segment.address, 0, NULL});
    for (size_t i = 1; reader->file->segments.count == 0 && i < reader->file->sections.count; i++)
        if (elf_file_section(reader->file, i, &section) && (section.flags & ELF_SECTION_IS_CODE))
            machine->read(reader, &(stretch){section.content, 0, (unsigned int)i, section.name});
}

void binary_find_instructions(const binary_input *input, const elf_file *file)
{
    const struct machine *machine = machine_of(file);
    code_reader reader = {.input = input, .file = file};
    if (machine == NULL) {
        binary_add(input, &(audit_finding){.kind = AUDIT_BINARY_UNREAD, .name = "instructions"});
        return;
    }
    if (cs_open(CS_ARCH_X86, machine->mode == CS_MODE_32 ? CS_MODE_32 : CS_MODE_64, &reader.disassembler) !=
            CS_ERR_OK ||
        (reader.instruction = cs_malloc(reader.disassembler)) == NULL) {
        input->binary->has_no_memory = true;
    } else {
        collect_functions(&reader);
        read_stretches(&reader, machine);
        cs_free(reader.instruction, 1);
    }
    if (reader.disassembler != 0)
        cs_close(&reader.disassembler);
    free(reader.functions);
}
