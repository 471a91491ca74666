/* Hides how an image file is laid out: base's read-only segments as they are, saved memory as few more segments, symbols for whoever wants to look inside. */
#include "image_write.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

/* Saved runs with fewer zero pages than this between them become one segment: each costs the kernel a mapping at every start. */
enum { GAP_BYTES = 64 * IMAGE_PAGE_BYTES, GROUPS_MAX = 12, SECTIONS_MAX = 2 * GROUPS_MAX + 24 };

typedef struct writer {
    const image_file *base;
    const image_content *content;
    bytes file;
    elf_segment segments[IMAGE_SEGMENTS_MAX];
    size_t segment_count;
    elf_section sections[SECTIONS_MAX];
    size_t section_count;
    bytes section_names;
} writer;

/* ---- bytes of the file ---- */

static void pad_to(writer *writer, size_t alignment)
{
    static const unsigned char zeros[IMAGE_PAGE_BYTES];

    size_t part;

    for (size_t rest = -writer->file.size % alignment; rest != 0; rest -= part) {
        part = rest < sizeof zeros ? rest : sizeof zeros;
        bytes_add(&writer->file, zeros, part);
    }
}

/* A large page maps what begins at its multiple in the file as in memory. What is written is mapped by small ones, so it needs no such place. */
static size_t alignment_of(const elf_segment *segment)
{
    bool is_large = !(segment->flags & IMAGE_WRITE) && segment->address % IMAGE_LARGE_PAGE_BYTES == 0 && segment->file_bytes >= IMAGE_LARGE_PAGE_BYTES;

    return is_large ? IMAGE_LARGE_PAGE_BYTES : IMAGE_PAGE_BYTES;
}

static uint32_t add_name(writer *writer, const char *name)
{
    uint32_t offset = (uint32_t)writer->section_names.size;

    bytes_add_string(&writer->section_names, name);
    return offset;
}

static bool add_section(writer *writer, const char *name, elf_section section)
{
    if (writer->section_count == SECTIONS_MAX)
        return false;
    section.name = add_name(writer, name);
    writer->sections[writer->section_count++] = section;
    return true;
}

static bool add_segment(writer *writer, const elf_segment *segment)
{
    if (writer->segment_count == IMAGE_SEGMENTS_MAX)
        return false;
    writer->segments[writer->segment_count++] = *segment;
    return true;
}

/* ---- what stays ---- */

static bool is_variables(const writer *writer, const elf_segment *segment)
{
    const image_pages *pages = writer->content->pages;

    return segment->kind == ELF_SEGMENT_LOAD && segment->address >= pages->first && segment->address < pages->end;
}

static const char *keep_segment(writer *writer, elf_segment segment)
{
    const unsigned char *content = writer->base->bytes + segment.offset;

    if (segment.kind == ELF_SEGMENT_LOAD) {
        if (segment.address % IMAGE_PAGE_BYTES != 0)
            return "a segment does not begin at a page";
        pad_to(writer, alignment_of(&segment));
        segment.offset = writer->file.size;
        bytes_add(&writer->file, content, (size_t)segment.file_bytes);
    }
    return add_segment(writer, &segment) ? NULL : "it has too many segments";
}

/* Sections of what stays; those of the variables give way to those of the saved memory. */
static const char *keep_sections(writer *writer)
{
    const image_pages *pages = writer->content->pages;

    for (size_t i = 1; i < writer->base->section_count; i++) {
        elf_section section = image_file_section(writer->base, i);
        if (!(section.flags & ELF_SECTION_ALLOCATE) || section.bytes == 0 || (section.address >= pages->first && section.address < pages->end))
            continue;
        for (size_t k = 0; k < writer->segment_count; k++)
            if (writer->segments[k].kind == ELF_SEGMENT_LOAD && section.address >= writer->segments[k].address &&
                section.address < writer->segments[k].address + writer->segments[k].memory_bytes)
                section.offset = writer->segments[k].offset + (section.address - writer->segments[k].address);
        if (!add_section(writer, image_file_section_name(writer->base, &section), section))
            return "it has too many sections";
    }
    return NULL;
}

/* ---- saved memory ---- */

/* How many of the runs from `first` on become one segment when gaps of up to `gap` bytes are filled with zeros. */
static size_t group_at(const image_pages *pages, size_t first, uint64_t gap)
{
    size_t last = first;

    while (last + 1 < pages->run_count && pages->runs[last + 1].address - (pages->runs[last].address + pages->runs[last].size) <= gap)
        last++;
    return last - first + 1;
}

static uint64_t choose_gap(const image_pages *pages)
{
    for (uint64_t gap = GAP_BYTES;; gap *= 2) {
        size_t groups = 0;
        for (size_t run = 0; run < pages->run_count; run += group_at(pages, run, gap))
            groups++;
        if (groups <= GROUPS_MAX)
            return gap;
    }
}

static void add_runs(writer *writer, size_t first, size_t count, uint64_t address)
{
    static const unsigned char zeros[IMAGE_PAGE_BYTES];
    const image_pages *pages = writer->content->pages;

    for (size_t i = first; i < first + count; i++) {
        for (; address < pages->runs[i].address; address += IMAGE_PAGE_BYTES)
            bytes_add(&writer->file, zeros, sizeof zeros);
        bytes_add(&writer->file, pages->bytes + pages->runs[i].offset, pages->runs[i].size);
        address += pages->runs[i].size;
    }
}

static bool add_group(writer *writer, size_t first, size_t count, uint64_t address, uint64_t end)
{
    const image_run *last = &writer->content->pages->runs[first + count - 1];
    uint64_t file_bytes = last->address + last->size - address;
    elf_segment segment = {.kind = ELF_SEGMENT_LOAD, .flags = IMAGE_READ | IMAGE_WRITE, .address = address, .physical_address = address,
                           .file_bytes = file_bytes, .memory_bytes = end - address, .alignment = IMAGE_PAGE_BYTES};
    elf_section section = {.kind = ELF_SECTION_PROGBITS, .flags = ELF_SECTION_WRITE | ELF_SECTION_ALLOCATE, .address = address, .bytes = file_bytes, .alignment = IMAGE_PAGE_BYTES};

    pad_to(writer, IMAGE_PAGE_BYTES);
    segment.offset = section.offset = writer->file.size;
    add_runs(writer, first, count, address);
    if (!add_segment(writer, &segment) || !add_section(writer, ".memory", section))
        return false;
    section.kind = ELF_SECTION_NOBITS;
    section.offset = writer->file.size;
    section.address += file_bytes;
    section.bytes = segment.memory_bytes - file_bytes;
    return section.bytes == 0 || add_section(writer, ".zero", section);
}

/* Each segment reaches to the next one, zero behind what the file has of it. */
static const char *add_memory(writer *writer)
{
    const image_pages *pages = writer->content->pages;
    uint64_t gap = choose_gap(pages), address = pages->first;

    for (size_t run = 0; run < pages->run_count;) {
        size_t count = group_at(pages, run, gap);
        uint64_t end = run + count < pages->run_count ? pages->runs[run + count].address : pages->end;
        if (!add_group(writer, run, count, address, end))
            return "it has too many segments";
        run += count;
        address = end;
    }
    return NULL;
}

/* ---- symbols ---- */

static uint16_t section_at(const writer *writer, uint64_t address)
{
    for (size_t i = 1; i < writer->section_count; i++)
        if ((writer->sections[i].flags & ELF_SECTION_ALLOCATE) && address >= writer->sections[i].address &&
            address - writer->sections[i].address < writer->sections[i].bytes)
            return (uint16_t)i;
    return ELF_INDEX_ABSOLUTE;
}

static bool is_kept(const elf_symbol *symbol)
{
    unsigned type = symbol->information & 0xf;

    return type <= ELF_SYMBOL_FUNCTION || type == ELF_SYMBOL_FILE;
}

static bool add_symbols(writer *writer)
{
    const image_file *base = writer->base;
    elf_section table = {.kind = ELF_SECTION_SYMTAB, .alignment = 8, .entry_bytes = sizeof(elf_symbol), .link = (uint32_t)writer->section_count + 1};
    elf_section names = {.kind = ELF_SECTION_STRTAB, .alignment = 1, .bytes = base->names_size};

    pad_to(writer, 8);
    table.offset = writer->file.size;
    for (size_t i = 0; i < base->symbol_count; i++) {
        elf_symbol symbol = image_file_symbol(base, i);
        if (!is_kept(&symbol))
            continue;
        if (symbol.section != 0 && symbol.section < ELF_INDEX_RESERVED)
            symbol.section = section_at(writer, symbol.value);
        if (symbol.information >> 4 == 0) /* local symbols come first, and are counted */
            table.information++;
        bytes_add(&writer->file, &symbol, sizeof symbol);
        table.bytes += sizeof symbol;
    }
    names.offset = writer->file.size;
    bytes_add(&writer->file, base->names, base->names_size);
    return add_section(writer, ".symtab", table) && add_section(writer, ".strtab", names);
}

/* ---- the rest ---- */

static bool add_description(writer *writer)
{
    elf_section section = {.kind = ELF_SECTION_PROGBITS, .alignment = 1, .offset = writer->file.size};

    bytes_add_string(&writer->file, writer->content->description);
    section.bytes = writer->file.size - section.offset;
    return add_section(writer, ".cordon.image", section);
}

static bool add_section_names(writer *writer)
{
    elf_section section = {.kind = ELF_SECTION_STRTAB, .alignment = 1};

    if (!add_section(writer, ".shstrtab", section))
        return false;
    section = writer->sections[writer->section_count - 1];
    section.offset = writer->file.size;
    section.bytes = writer->section_names.size;
    writer->sections[writer->section_count - 1] = section;
    bytes_add(&writer->file, writer->section_names.data, writer->section_names.size);
    return true;
}

static void finish_header(writer *writer, size_t sections_offset)
{
    elf_header header = writer->base->header;

    header.segments_offset = sizeof header;
    header.segment_count = (uint16_t)writer->segment_count;
    header.sections_offset = sections_offset;
    header.section_bytes = sizeof(elf_section);
    header.section_count = (uint16_t)writer->section_count;
    header.section_names = (uint16_t)(writer->section_count - 1);
    memcpy(writer->file.data, &header, sizeof header);
    memcpy(writer->file.data + sizeof header, writer->segments, writer->segment_count * sizeof(elf_segment));
}

/* The table that image_populate reads: a count, then address and size of each range. */
static const char *set_ranges(const writer *writer)
{
    image_file made;
    elf_symbol table;
    const unsigned char *place;
    uint64_t *values;
    size_t size = (1 + 2 * IMAGE_RANGES_MAX) * sizeof *values;

    if (writer->content->range_count > IMAGE_RANGES_MAX)
        return "it has too many ranges to populate";
    if (image_file_read(writer->file.data, writer->file.size, &made) != NULL || !image_file_find_symbol(&made, "image_populate_table", &table) ||
        table.bytes != size || (place = image_file_at(&made, table.value, size)) == NULL)
        return "it has no table of ranges to populate";
    values = (uint64_t *)(void *)(writer->file.data + (place - writer->file.data));
    memset(values, 0, size);
    values[0] = writer->content->range_count;
    for (size_t i = 0; i < writer->content->range_count; i++) {
        values[1 + 2 * i] = writer->content->ranges[i].address;
        values[2 + 2 * i] = writer->content->ranges[i].bytes;
    }
    return NULL;
}

size_t image_ranges_read(const image_file *image, image_range *ranges_out)
{
    uint64_t values[1 + 2 * IMAGE_RANGES_MAX];
    elf_symbol table;
    const unsigned char *place = NULL;

    if (image_file_find_symbol(image, "image_populate_table", &table) && table.bytes == sizeof values)
        place = image_file_at(image, table.value, sizeof values);
    if (place == NULL)
        return 0;
    memcpy(values, place, sizeof values);
    for (size_t i = 0; i < values[0] && i < IMAGE_RANGES_MAX; i++)
        ranges_out[i] = (image_range){values[1 + 2 * i], values[2 + 2 * i]};
    return values[0] < IMAGE_RANGES_MAX ? (size_t)values[0] : IMAGE_RANGES_MAX;
}

static const char *write_all(writer *writer)
{
    static const unsigned char head[sizeof(elf_header) + IMAGE_SEGMENTS_MAX * sizeof(elf_segment)];
    const char *complaint = NULL;
    size_t sections_offset;

    if (!writer->content->pages->is_complete || writer->content->pages->run_count == 0)
        return "its memory was not saved whole";
    bytes_add(&writer->file, head, sizeof head); /* filled in at the end */
    writer->section_count = 1;                   /* section 0 is none */
    bytes_add_string(&writer->section_names, "");
    for (size_t i = 0; i < writer->base->segment_count && complaint == NULL; i++)
        if (!is_variables(writer, &writer->base->segments[i]))
            complaint = keep_segment(writer, writer->base->segments[i]);
    if (complaint == NULL)
        complaint = keep_sections(writer);
    if (complaint == NULL)
        complaint = add_memory(writer);
    if (complaint == NULL && (!add_description(writer) || !add_symbols(writer) || !add_section_names(writer)))
        complaint = "it has too many sections";
    if (complaint != NULL)
        return complaint;
    pad_to(writer, 8);
    sections_offset = writer->file.size;
    bytes_add(&writer->file, writer->sections, writer->section_count * sizeof(elf_section));
    if (writer->file.failed || writer->section_names.failed)
        return "there is no memory for it";
    finish_header(writer, sections_offset);
    return set_ranges(writer);
}

const char *image_write(const image_file *base, const image_content *content, unsigned char **bytes_out, size_t *size_out)
{
    writer writer = {.base = base, .content = content};
    const char *complaint = write_all(&writer);

    bytes_release(&writer.section_names);
    if (complaint != NULL) {
        bytes_release(&writer.file);
        return complaint;
    }
    *bytes_out = writer.file.data;
    *size_out = writer.file.size;
    return NULL;
}
