/* The findings while files are read, and what the readers of one kind of file share. Private to audit/binary. */
#ifndef AUDIT_BINARY_FINDINGS_H
#define AUDIT_BINARY_FINDINGS_H

#include "audit/binary.h"
#include "elf_file.h"

struct audit_binary {
    audit_finding *findings; /* its texts are owned, but for those of the table of names */
    size_t count, capacity;
    uint64_t hidden_count;
    bool has_no_memory; /* then nothing it holds is told */
};

/* What is being read: the file that was given, or a member of an archive of it. */
typedef struct binary_input {
    audit_binary *binary;
    const char *name; /* with the names of the archives that it lies in */
    const unsigned char *bytes;
    size_t size;
    unsigned int depth;       /* how many archives it lies in */
    uint64_t *unpacked_bytes; /* of the whole file so far */
    size_t *members;          /* likewise */
    char *problem;            /* AUDIT_BINARY_PROBLEM_BYTES */
} binary_input;

typedef enum binary_verdict { BINARY_READ, BINARY_OTHER_KIND, BINARY_BAD } binary_verdict;

/* Copies the texts of `finding`, and gives it the file's name. */
void binary_add(const binary_input *input, const audit_finding *finding);
/* Notes what is wrong and returns BINARY_BAD; the name of a member is put in front. */
binary_verdict binary_complain(const binary_input *input, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Whatever the input is. BINARY_OTHER_KIND: nothing that is known. */
binary_verdict binary_read(const binary_input *input);
/* Whether bytes that begin so can be anything that is read. At least BINARY_MAGIC_BYTES, or all there are. */
enum { BINARY_MAGIC_BYTES = 8 };
bool binary_is_known(const unsigned char *bytes, size_t size);
/* A member of an archive: counts it, names it, reads it. BINARY_OTHER_KIND never: what is not known is passed over. */
binary_verdict binary_read_member(const binary_input *archive, const char *name, const unsigned char *bytes,
                                  size_t size);

/* Readers of one kind each. */
binary_verdict binary_read_elf(const binary_input *input);
binary_verdict binary_read_ar(const binary_input *input);
binary_verdict binary_read_zip(const binary_input *input);

/* Of an ELF file: the names it refers to, and the instructions that enter a kernel. */
void binary_find_names(const binary_input *input, const elf_file *file);
void binary_find_loader(const binary_input *input, const elf_file *file);
void binary_find_instructions(const binary_input *input, const elf_file *file);
void binary_each_dynamic_symbol(const elf_file *file, void (*visit)(void *context, const elf_symbol *symbol),
                                void *context);

/* What a symbol's name reaches. False: nothing that is known. Texts are static. */
bool binary_name_find(const char *name, const char **capability_out, const char **operation_out);

/* The word of the table for a kind. */
const char *binary_kind_word(audit_binary_kind kind);

#endif
