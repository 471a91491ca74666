/* An ELF file: what its headers tell, and the order in which the rest is looked for. */
#include <string.h>

#include "findings.h"

/* As the loader sees it. Without the note on the stack, Linux makes it executable, or did so for long. */
static void find_memory_of_segments(const binary_input *input, const elf_file *file)
{
    bool is_stack_closed = false;
    elf_segment segment;
    for (size_t i = 0; i < file->segments.count; i++) {
        (void)elf_file_segment(file, i, &segment);
        bool is_executable = segment.flags & ELF_FLAG_EXECUTE;
        if (segment.kind == ELF_SEGMENT_GNU_STACK)
            is_stack_closed = !is_executable;
        if (segment.kind == ELF_SEGMENT_LOAD && is_executable && (segment.flags & ELF_FLAG_WRITE))
            binary_add(input,
                       &(audit_finding){.kind = AUDIT_BINARY_MEMORY, .name = "segment", .address = segment.address});
    }
    if (!is_stack_closed)
        binary_add(input, &(audit_finding){.kind = AUDIT_BINARY_MEMORY, .name = "stack"});
}

static void find_memory_of_sections(const binary_input *input, const elf_file *file)
{
    const uint64_t both = ELF_SECTION_IS_WRITABLE | ELF_SECTION_IS_CODE | ELF_SECTION_IS_LOADED;
    elf_section section;
    for (size_t i = 1; i < file->sections.count; i++)
        if (elf_file_section(file, i, &section) && (section.flags & both) == both)
            binary_add(input,
                       &(audit_finding){.kind = AUDIT_BINARY_MEMORY, .name = "section", .section = section.name});
}

/* Code that is counted twice is a trick to keep readers busy. */
static bool has_more_code_than_bytes(const elf_file *file)
{
    uint64_t bytes = 0;
    elf_segment segment;
    elf_section section;
    for (size_t i = 0; i < file->segments.count; i++)
        if (elf_file_segment(file, i, &segment) && segment.kind == ELF_SEGMENT_LOAD &&
            (segment.flags & ELF_FLAG_EXECUTE))
            bytes += segment.content.size;
    for (size_t i = 1; file->segments.count == 0 && i < file->sections.count; i++)
        if (elf_file_section(file, i, &section) && (section.flags & ELF_SECTION_IS_CODE))
            bytes += section.content.size;
    return bytes > file->bytes.size;
}

binary_verdict binary_read_elf(const binary_input *input)
{
    elf_file file;
    const char *problem = elf_file_read(input->bytes, input->size, &file);
    if (problem == NULL && has_more_code_than_bytes(&file))
        problem = "its pieces of code overlap";
    if (problem != NULL)
        return binary_complain(input, "%s", problem);
    if (file.type == ELF_TYPE_RELOCATABLE)
        find_memory_of_sections(input, &file);
    else
        find_memory_of_segments(input, &file);
    binary_find_loader(input, &file);
    binary_find_names(input, &file);
    binary_find_instructions(input, &file);
    return BINARY_READ;
}
