/* An ELF file of any class, byte order and machine as bytes. Hides encodings, offsets and the file's lies about them:
 * every answer lies within the bytes. */
#ifndef AUDIT_BINARY_ELF_FILE_H
#define AUDIT_BINARY_ELF_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The numbers of the ELF specification that are asked for. */
enum {
    ELF_TYPE_RELOCATABLE = 1,
    ELF_MACHINE_386 = 3,
    ELF_MACHINE_X86_64 = 62,
    ELF_MACHINE_AARCH64 = 183,
    ELF_SEGMENT_LOAD = 1,
    ELF_SEGMENT_DYNAMIC = 2,
    ELF_SEGMENT_INTERPRETER = 3,
    ELF_SEGMENT_GNU_STACK = 0x6474e551,
    ELF_FLAG_EXECUTE = 1, /* of segments */
    ELF_FLAG_WRITE = 2,
    ELF_SECTION_SYMTAB = 2,
    ELF_SECTION_NOBITS = 8,
    ELF_SECTION_IS_WRITABLE = 1,
    ELF_SECTION_IS_LOADED = 2,
    ELF_SECTION_IS_CODE = 4,
    ELF_SYMBOL_NOTYPE = 0,
    ELF_SYMBOL_FUNCTION = 2,
    ELF_SYMBOL_INDIRECT_FUNCTION = 10,
    ELF_BINDING_WEAK = 2,
    ELF_DYNAMIC_NEEDED = 1,
    ELF_DYNAMIC_PLT_SIZE = 2,
    ELF_DYNAMIC_HASH = 4,
    ELF_DYNAMIC_STRINGS = 5,
    ELF_DYNAMIC_SYMBOLS = 6,
    ELF_DYNAMIC_RELA = 7,
    ELF_DYNAMIC_RELA_SIZE = 8,
    ELF_DYNAMIC_STRINGS_SIZE = 10,
    ELF_DYNAMIC_RPATH = 15,
    ELF_DYNAMIC_REL = 17,
    ELF_DYNAMIC_REL_SIZE = 18,
    ELF_DYNAMIC_PLT_KIND = 20,
    ELF_DYNAMIC_TEXT_RELOCATIONS = 22,
    ELF_DYNAMIC_PLT = 23,
    ELF_DYNAMIC_RUNPATH = 29,
};
#define ELF_DYNAMIC_GNU_HASH 0x6ffffef5u
#define ELF_DYNAMIC_SYMBOL_VERSIONS 0x6ffffff0u
#define ELF_DYNAMIC_VERSIONS_NEEDED 0x6ffffffeu

typedef struct elf_bytes {
    const unsigned char *data;
    size_t size;
} elf_bytes;

/* A table of records of one size; record i begins at i * record_bytes. */
typedef struct elf_table {
    elf_bytes bytes;
    size_t record_bytes, count;
} elf_table;

typedef struct elf_file {
    elf_bytes bytes; /* borrowed */
    bool is_64, is_big_endian;
    unsigned int type, machine;
    elf_table segments, sections;
    elf_bytes section_names;
} elf_file;

typedef struct elf_segment {
    uint32_t kind, flags;
    uint64_t address;
    uint64_t memory_bytes;
    elf_bytes content;
} elf_segment;

typedef struct elf_section {
    const char *name; /* "" where the file does not say */
    uint32_t kind, link;
    uint64_t flags, address, record_bytes;
    elf_bytes content; /* empty for NOBITS */
} elf_section;

typedef struct elf_symbol {
    const char *name;
    unsigned int kind, binding, section; /* section 0: defined elsewhere */
    uint64_t value, size_bytes;
} elf_symbol;

/* NULL, or why the bytes are no whole ELF file (static text). They must outlive *file_out. */
const char *elf_file_read(const unsigned char *bytes, size_t size, elf_file *file_out);

/* False where they are not all within the file. */
bool elf_file_segment(const elf_file *file, size_t index, elf_segment *segment_out);
bool elf_file_section(const elf_file *file, size_t index, elf_section *section_out);
/* The bytes of the file that are loaded at `address`, as far as the segment reaches; size 0 if there are none. */
elf_bytes elf_file_at(const elf_file *file, uint64_t address);

/* `table` has symbol records, `names` their strings. False past its end. */
bool elf_file_symbol(const elf_file *file, elf_table table, elf_bytes names, size_t index, elf_symbol *symbol_out);
size_t elf_file_symbol_bytes(const elf_file *file);
/* The symbol table for linkers, of which a file has one or none, and its strings. */
elf_table elf_file_linkers_symbols(const elf_file *file, elf_bytes *names_out);

/* A number of `width` bytes (1, 2, 4, 8) at `offset`; 0 where they are not all there. */
uint64_t elf_number(const elf_file *file, elf_bytes bytes, uint64_t offset, unsigned int width);
/* Part of `bytes`; size 0 if it is not all there. */
elf_bytes elf_part(elf_bytes bytes, uint64_t offset, uint64_t size);
/* The text at `offset`, or "" if there is none that ends within `bytes`. */
const char *elf_text(elf_bytes bytes, uint64_t offset);

#endif
