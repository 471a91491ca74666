/* Hides how an ELF file is laid out, from everybody who asks what is in one. */
#include "elf_file.h"

#include <string.h>

/* Where a field lies: offset and width in the 32-bit form, then in the 64-bit one. */
typedef struct field {
    unsigned char offset_32, width_32, offset_64, width_64;
} field;

enum { HEADER_32 = 52, HEADER_64 = 64, RESERVED_SECTION = 0xffff, SYMBOL_32 = 16, SYMBOL_64 = 24 };

static const field header_type = {16, 2, 16, 2}, header_machine = {18, 2, 18, 2}, header_segments = {28, 4, 32, 8},
                   header_sections = {32, 4, 40, 8}, header_segment_bytes = {42, 2, 54, 2},
                   header_segment_count = {44, 2, 56, 2}, header_section_bytes = {46, 2, 58, 2},
                   header_section_count = {48, 2, 60, 2}, header_names = {50, 2, 62, 2};
static const field segment_kind = {0, 4, 0, 4}, segment_flags = {24, 4, 4, 4}, segment_offset = {4, 4, 8, 8},
                   segment_address = {8, 4, 16, 8}, segment_file_bytes = {16, 4, 32, 8},
                   segment_memory_bytes = {20, 4, 40, 8};
static const field section_name = {0, 4, 0, 4}, section_kind = {4, 4, 4, 4}, section_flags = {8, 4, 8, 8},
                   section_address = {12, 4, 16, 8}, section_offset = {16, 4, 24, 8}, section_bytes = {20, 4, 32, 8},
                   section_link = {24, 4, 40, 4}, section_information = {28, 4, 44, 4},
                   section_record_bytes = {36, 4, 56, 8};
static const field symbol_name = {0, 4, 0, 4}, symbol_information = {12, 1, 4, 1}, symbol_section = {14, 2, 6, 2},
                   symbol_value = {4, 4, 8, 8}, symbol_size = {8, 4, 16, 8};

uint64_t elf_number(const elf_file *file, elf_bytes bytes, uint64_t offset, unsigned int width)
{
    uint64_t number = 0;
    elf_bytes part = elf_part(bytes, offset, width);
    for (size_t i = 0; i < part.size; i++)
        number |= (uint64_t)part.data[i] << 8 * (file->is_big_endian ? part.size - 1 - i : i);
    return number;
}

elf_bytes elf_part(elf_bytes bytes, uint64_t offset, uint64_t size)
{
    if (offset > bytes.size || size > bytes.size - offset)
        return (elf_bytes){0};
    return (elf_bytes){bytes.data + offset, (size_t)size};
}

const char *elf_text(elf_bytes bytes, uint64_t offset)
{
    if (offset >= bytes.size || memchr(bytes.data + offset, '\0', bytes.size - (size_t)offset) == NULL)
        return "";
    return (const char *)bytes.data + offset;
}

static uint64_t read_field(const elf_file *file, elf_bytes record, field field)
{
    return file->is_64 ? elf_number(file, record, field.offset_64, field.width_64)
                       : elf_number(file, record, field.offset_32, field.width_32);
}

static elf_bytes record_at(elf_table table, size_t index)
{
    return index < table.count ? elf_part(table.bytes, (uint64_t)index * table.record_bytes, table.record_bytes)
                               : (elf_bytes){0};
}

/* False if it does not lie within the file. No records: an empty table. */
static bool make_table(const elf_file *file, uint64_t offset, uint64_t record_bytes, uint64_t count,
                       uint64_t record_bytes_min, elf_table *table_out)
{
    *table_out = (elf_table){0};
    if (count == 0)
        return true;
    if (record_bytes < record_bytes_min || count > file->bytes.size / record_bytes)
        return false;
    *table_out = (elf_table){elf_part(file->bytes, offset, count * record_bytes), (size_t)record_bytes, (size_t)count};
    return table_out->bytes.size > 0;
}

/* Counts that do not fit into the header are in the first section's record. */
static const char *read_tables(elf_file *file)
{
    uint64_t sections = read_field(file, file->bytes, header_sections);
    uint64_t section_count = read_field(file, file->bytes, header_section_count);
    uint64_t segment_count = read_field(file, file->bytes, header_segment_count);
    uint64_t record_bytes = read_field(file, file->bytes, header_section_bytes);
    uint64_t names = read_field(file, file->bytes, header_names);
    if (sections != 0) {
        elf_bytes first = elf_part(file->bytes, sections, file->is_64 ? 64 : 40);
        if (first.size == 0)
            return "its table of sections lies outside of the file";
        section_count = section_count != 0 ? section_count : read_field(file, first, section_bytes);
        segment_count =
            segment_count != RESERVED_SECTION ? segment_count : read_field(file, first, section_information);
        names = names != RESERVED_SECTION ? names : read_field(file, first, section_link);
    } else {
        section_count = 0;
    }
    if (!make_table(file, sections, record_bytes, section_count, file->is_64 ? 64 : 40, &file->sections))
        return "its table of sections lies outside of the file";
    if (!make_table(file, read_field(file, file->bytes, header_segments),
                    read_field(file, file->bytes, header_segment_bytes), segment_count, file->is_64 ? 56 : 32,
                    &file->segments))
        return "its table of segments lies outside of the file";
    elf_section section;
    if (names != 0 && elf_file_section(file, (size_t)names, &section))
        file->section_names = section.content;
    return NULL;
}

static const char *check_tables(const elf_file *file)
{
    elf_segment segment;
    elf_section section;
    for (size_t i = 0; i < file->segments.count; i++) {
        if (!elf_file_segment(file, i, &segment))
            return "a segment reaches past the end of the file";
        if (segment.kind == ELF_SEGMENT_LOAD && segment.address > UINT64_MAX - segment.content.size)
            return "a segment reaches past the last address";
    }
    for (size_t i = 0; i < file->sections.count; i++)
        if (!elf_file_section(file, i, &section))
            return "a section reaches past the end of the file";
    return NULL;
}

const char *elf_file_read(const unsigned char *bytes, size_t size, elf_file *file_out)
{
    *file_out = (elf_file){.bytes = {bytes, size}};
    if (size < 16 || memcmp(bytes, "\177ELF", 4) != 0)
        return "it is no ELF file";
    if ((bytes[4] != 1 && bytes[4] != 2) || (bytes[5] != 1 && bytes[5] != 2))
        return "its ELF header names an unknown class or byte order";
    file_out->is_64 = bytes[4] == 2;
    file_out->is_big_endian = bytes[5] == 2;
    if (size < (size_t)(file_out->is_64 ? HEADER_64 : HEADER_32))
        return "its ELF header is cut off";
    file_out->type = (unsigned int)read_field(file_out, file_out->bytes, header_type);
    file_out->machine = (unsigned int)read_field(file_out, file_out->bytes, header_machine);
    const char *problem = read_tables(file_out);
    return problem != NULL ? problem : check_tables(file_out);
}

bool elf_file_segment(const elf_file *file, size_t index, elf_segment *segment_out)
{
    elf_bytes record = record_at(file->segments, index);
    uint64_t size = read_field(file, record, segment_file_bytes);
    *segment_out = (elf_segment){
        .kind = (uint32_t)read_field(file, record, segment_kind),
        .flags = (uint32_t)read_field(file, record, segment_flags),
        .address = read_field(file, record, segment_address),
        .memory_bytes = read_field(file, record, segment_memory_bytes),
        .content = elf_part(file->bytes, read_field(file, record, segment_offset), size),
    };
    return record.size > 0 && segment_out->content.size == size;
}

bool elf_file_section(const elf_file *file, size_t index, elf_section *section_out)
{
    elf_bytes record = record_at(file->sections, index);
    uint64_t size = read_field(file, record, section_bytes);
    *section_out = (elf_section){
        .name = elf_text(file->section_names, read_field(file, record, section_name)),
        .kind = (uint32_t)read_field(file, record, section_kind),
        .link = (uint32_t)read_field(file, record, section_link),
        .flags = read_field(file, record, section_flags),
        .address = read_field(file, record, section_address),
        .record_bytes = read_field(file, record, section_record_bytes),
    };
    /* The first record is no section: its fields have another meaning. */
    if (section_out->kind == ELF_SECTION_NOBITS || section_out->kind == 0)
        return record.size > 0;
    section_out->content = elf_part(file->bytes, read_field(file, record, section_offset), size);
    return record.size > 0 && section_out->content.size == size;
}

elf_bytes elf_file_at(const elf_file *file, uint64_t address)
{
    elf_segment segment;
    for (size_t i = 0; i < file->segments.count; i++)
        if (elf_file_segment(file, i, &segment) && segment.kind == ELF_SEGMENT_LOAD && address >= segment.address &&
            address - segment.address < segment.content.size)
            return elf_part(segment.content, address - segment.address,
                            segment.content.size - (address - segment.address));
    return (elf_bytes){0};
}

size_t elf_file_symbol_bytes(const elf_file *file)
{
    return file->is_64 ? SYMBOL_64 : SYMBOL_32;
}

bool elf_file_symbol(const elf_file *file, elf_table table, elf_bytes names, size_t index, elf_symbol *symbol_out)
{
    elf_bytes record = record_at(table, index);
    unsigned int information = (unsigned int)read_field(file, record, symbol_information);
    *symbol_out = (elf_symbol){
        .name = elf_text(names, read_field(file, record, symbol_name)),
        .kind = information & 0xf,
        .binding = information >> 4,
        .section = (unsigned int)read_field(file, record, symbol_section),
        .value = read_field(file, record, symbol_value),
        .size_bytes = read_field(file, record, symbol_size),
    };
    return record.size > 0;
}

elf_table elf_file_linkers_symbols(const elf_file *file, elf_bytes *names_out)
{
    elf_section section, names;
    *names_out = (elf_bytes){0};
    for (size_t i = 1; i < file->sections.count; i++) {
        if (!elf_file_section(file, i, &section) || section.kind != ELF_SECTION_SYMTAB ||
            !elf_file_section(file, section.link, &names))
            continue;
        *names_out = names.content;
        return (elf_table){section.content, elf_file_symbol_bytes(file),
                           section.content.size / elf_file_symbol_bytes(file)};
    }
    return (elf_table){0};
}
