/* What can be said of an image from its file alone, whoever made it; hides disassembly. Pure, but for the memory it takes. */
#ifndef CORDON_SUPERVISOR_IMAGE_INSPECT_H
#define CORDON_SUPERVISOR_IMAGE_INSPECT_H

#include "image_elf.h"

enum { IMAGE_FINDINGS_MAX = 16, IMAGE_DIGEST_BYTES = 32 };

/* An instruction that enters a kernel. */
typedef struct image_call {
    uint64_t address;
    char instruction[32];
    char function[64]; /* "?" where no symbol says */
} image_call;

typedef struct image_proof {
    size_t segment_count, writable_executable; /* that are loaded; that are both */
    size_t overlapping;                        /* that share a page with another: what is mapped last counts, and may be writable where code was */
    bool stack_is_executable;                  /* or the file does not say */
    uint64_t executable_bytes;
    size_t function_count;
    size_t call_count;                         /* may be more than are told */
    image_call calls[IMAGE_FINDINGS_MAX];
    size_t undefined_count;
    char undefined[IMAGE_FINDINGS_MAX][64];
    size_t dynamic_count; /* segments that ask for a loader or thread-local storage */
    bool has_guard;       /* nothing is mapped for 64 KiB below the stack */
    uint64_t stack_bytes;
} image_proof;

/* Recomputes the proof. False without memory, or without the disassembler. Takes about a second for an image of the usual size. */
bool image_inspect(const image_file *file, image_proof *proof_out);

/* Whether the proof is that of an image: one system call, in image_system_call, and nothing of what must not be. *complaint_out: the first reason (static text). */
bool image_proof_holds(const image_proof *proof, const char **complaint_out);

/* SHA-256 of the whole file. False if the library refuses. */
bool image_digest(const image_file *file, unsigned char digest_out[IMAGE_DIGEST_BYTES]);

#endif
