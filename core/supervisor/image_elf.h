/* An image file as bytes: what of ELF an image consists of. Hides offsets and encodings; believes nothing that the bytes say before it was checked against
 * their size. Pure: no I/O. */
#ifndef CORDON_SUPERVISOR_IMAGE_ELF_H
#define CORDON_SUPERVISOR_IMAGE_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IMAGE_PAGE_BYTES = 4096, IMAGE_LARGE_PAGE_BYTES = 2 << 20, IMAGE_SEGMENTS_MAX = 32 };

enum image_segment_flag { IMAGE_EXECUTE = 1, IMAGE_WRITE = 2, IMAGE_READ = 4 };

/* The numbers of the ELF specification that an image uses. */
enum {
    ELF_TYPE_EXECUTABLE = 2,
    ELF_MACHINE_X86_64 = 62,
    ELF_SEGMENT_LOAD = 1,
    ELF_SEGMENT_GNU_STACK = 0x6474e551,
    ELF_SECTION_PROGBITS = 1,
    ELF_SECTION_SYMTAB = 2,
    ELF_SECTION_STRTAB = 3,
    ELF_SECTION_NOBITS = 8,
    ELF_SECTION_WRITE = 1,
    ELF_SECTION_ALLOCATE = 2,
    ELF_SECTION_EXECUTE = 4,
    ELF_SYMBOL_OBJECT = 1,
    ELF_SYMBOL_FUNCTION = 2,
    ELF_SYMBOL_FILE = 4,
    ELF_INDEX_RESERVED = 0xff00,
    ELF_INDEX_ABSOLUTE = 0xfff1,
};

typedef struct elf_header {
    unsigned char identification[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, segments_offset, sections_offset;
    uint32_t flags;
    uint16_t header_bytes, segment_bytes, segment_count, section_bytes, section_count, section_names;
} elf_header;

typedef struct elf_segment {
    uint32_t kind, flags;
    uint64_t offset, address, physical_address, file_bytes, memory_bytes, alignment;
} elf_segment;

typedef struct elf_section {
    uint32_t name, kind;
    uint64_t flags, address, offset, bytes;
    uint32_t link, information;
    uint64_t alignment, entry_bytes;
} elf_section;

typedef struct elf_symbol {
    uint32_t name;
    unsigned char information, other;
    uint16_t section;
    uint64_t value, bytes;
} elf_symbol;

typedef struct image_file {
    const unsigned char *bytes; /* borrowed */
    size_t size;
    elf_header header;
    elf_segment segments[IMAGE_SEGMENTS_MAX]; /* copies: the file's need not be aligned */
    size_t segment_count;
    size_t section_count;
    size_t symbol_count;
    const unsigned char *symbols; /* records of sizeof(elf_symbol); NULL without a symbol table */
    const char *names;            /* of symbols; ends with a NUL */
    size_t names_size;
    const char *section_names;
    size_t section_names_size;
} image_file;

/* Reads a static x86-64 executable. NULL, or why it is none or damaged (static text). `bytes` must outlive *file_out. */
const char *image_file_read(const unsigned char *bytes, size_t size, image_file *file_out);

elf_section image_file_section(const image_file *file, size_t index);
const char *image_file_section_name(const image_file *file, const elf_section *section);
/* The section's content, or NULL if there is no such section or it has none. */
const unsigned char *image_file_find_section(const image_file *file, const char *name, size_t *size_out);

elf_symbol image_file_symbol(const image_file *file, size_t index);
const char *image_file_symbol_name(const image_file *file, const elf_symbol *symbol);
/* The defined symbol of that name. */
bool image_file_find_symbol(const image_file *file, const char *name, elf_symbol *symbol_out);

/* Where in the file `count` bytes at `address` are, or NULL if they are not all there. */
const unsigned char *image_file_at(const image_file *file, uint64_t address, uint64_t count);

#endif
