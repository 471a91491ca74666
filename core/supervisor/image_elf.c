/* Hides the checks that make an unknown file safe to read as an image. */
#include "image_elf.h"

#include <string.h>

_Static_assert(sizeof(elf_header) == 64 && sizeof(elf_segment) == 56 && sizeof(elf_section) == 64 && sizeof(elf_symbol) == 24,
               "the records of 64-bit ELF, read on a little-endian machine");

static bool lies_within(uint64_t offset, uint64_t count, uint64_t size)
{
    return offset <= size && count <= size - offset;
}

static const char *read_header(image_file *file)
{
    static const unsigned char identification[] = {0x7f, 'E', 'L', 'F', 2, 1, 1}; /* 64 bits, little endian, version 1 */

    if (file->size < sizeof file->header)
        return "it is too short for an executable";
    memcpy(&file->header, file->bytes, sizeof file->header);
    if (memcmp(file->header.identification, identification, sizeof identification) != 0)
        return "it is no 64-bit ELF file";
    if (file->header.type != ELF_TYPE_EXECUTABLE || file->header.machine != ELF_MACHINE_X86_64)
        return "it is no executable with fixed addresses for x86-64";
    return NULL;
}

static const char *read_segments(image_file *file)
{
    const elf_header *header = &file->header;

    if (header->segment_bytes != sizeof(elf_segment) || header->segment_count == 0 || header->segment_count > IMAGE_SEGMENTS_MAX)
        return "its table of segments is not an image's";
    if (!lies_within(header->segments_offset, (uint64_t)header->segment_count * sizeof(elf_segment), file->size))
        return "it ends before its table of segments";
    file->segment_count = header->segment_count;
    memcpy(file->segments, file->bytes + header->segments_offset, file->segment_count * sizeof(elf_segment));
    for (size_t i = 0; i < file->segment_count; i++) {
        const elf_segment *segment = &file->segments[i];
        if (segment->kind != ELF_SEGMENT_LOAD)
            continue;
        if (!lies_within(segment->offset, segment->file_bytes, file->size))
            return "it ends before a segment does";
        if (segment->file_bytes > segment->memory_bytes || segment->address > UINT64_MAX / 2 || segment->memory_bytes > UINT64_MAX / 4)
            return "a segment has an impossible size";
    }
    return NULL;
}

elf_section image_file_section(const image_file *file, size_t index)
{
    elf_section section;

    memcpy(&section, file->bytes + file->header.sections_offset + index * sizeof section, sizeof section);
    return section;
}

/* The content of a table of texts, which must end with a NUL. */
static const char *text_table(const image_file *file, size_t index, size_t *size_out)
{
    elf_section section;

    if (index >= file->section_count)
        return NULL;
    section = image_file_section(file, index);
    if (section.kind != ELF_SECTION_STRTAB || section.bytes == 0 || !lies_within(section.offset, section.bytes, file->size) ||
        file->bytes[section.offset + section.bytes - 1] != '\0')
        return NULL;
    *size_out = (size_t)section.bytes;
    return (const char *)file->bytes + section.offset;
}

static const char *read_sections(image_file *file)
{
    const elf_header *header = &file->header;

    if (header->section_count == 0)
        return NULL;
    if (header->section_bytes != sizeof(elf_section) || !lies_within(header->sections_offset, (uint64_t)header->section_count * sizeof(elf_section), file->size))
        return "it ends before its table of sections";
    file->section_count = header->section_count;
    file->section_names = text_table(file, header->section_names, &file->section_names_size);
    if (file->section_names == NULL)
        return "its sections have no names";
    for (size_t i = 0; i < file->section_count; i++) {
        elf_section section = image_file_section(file, i);
        if (section.kind != 0 && section.kind != ELF_SECTION_NOBITS && !lies_within(section.offset, section.bytes, file->size))
            return "it ends before a section does";
        if (section.kind != ELF_SECTION_SYMTAB)
            continue;
        file->names = text_table(file, section.link, &file->names_size);
        if (section.entry_bytes != sizeof(elf_symbol) || file->names == NULL)
            return "its table of symbols is damaged";
        file->symbols = file->bytes + section.offset;
        file->symbol_count = (size_t)(section.bytes / sizeof(elf_symbol));
    }
    return NULL;
}

const char *image_file_read(const unsigned char *bytes, size_t size, image_file *file_out)
{
    const char *complaint;

    *file_out = (image_file){.bytes = bytes, .size = size};
    complaint = read_header(file_out);
    if (complaint == NULL)
        complaint = read_segments(file_out);
    if (complaint == NULL)
        complaint = read_sections(file_out);
    return complaint;
}

const char *image_file_section_name(const image_file *file, const elf_section *section)
{
    return section->name < file->section_names_size ? file->section_names + section->name : "";
}

const unsigned char *image_file_find_section(const image_file *file, const char *name, size_t *size_out)
{
    for (size_t i = 1; i < file->section_count; i++) {
        elf_section section = image_file_section(file, i);
        if (section.kind == ELF_SECTION_NOBITS || strcmp(image_file_section_name(file, &section), name) != 0)
            continue;
        *size_out = (size_t)section.bytes;
        return file->bytes + section.offset;
    }
    return NULL;
}

elf_symbol image_file_symbol(const image_file *file, size_t index)
{
    elf_symbol symbol;

    memcpy(&symbol, file->symbols + index * sizeof symbol, sizeof symbol);
    return symbol;
}

const char *image_file_symbol_name(const image_file *file, const elf_symbol *symbol)
{
    return symbol->name < file->names_size ? file->names + symbol->name : "";
}

bool image_file_find_symbol(const image_file *file, const char *name, elf_symbol *symbol_out)
{
    for (size_t i = 0; i < file->symbol_count; i++) {
        elf_symbol symbol = image_file_symbol(file, i);
        if (symbol.section == 0 || strcmp(image_file_symbol_name(file, &symbol), name) != 0)
            continue;
        *symbol_out = symbol;
        return true;
    }
    return false;
}

const unsigned char *image_file_at(const image_file *file, uint64_t address, uint64_t count)
{
    for (size_t i = 0; i < file->segment_count; i++) {
        const elf_segment *segment = &file->segments[i];
        if (segment->kind == ELF_SEGMENT_LOAD && address >= segment->address && lies_within(address - segment->address, count, segment->file_bytes))
            return file->bytes + segment->offset + (address - segment->address);
    }
    return NULL;
}
