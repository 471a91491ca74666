/* Hides how machine code is read. The bytes of every instruction that enters a kernel are looked for first, at every offset; only functions that have them are
 * disassembled, from their first byte, to tell an instruction from bytes inside another one. So what is not shown is not there, whatever the symbols say. */
#include "image_inspect.h"

#include <capstone/capstone.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUARD_BYTES (64u * 1024)
enum { SEGMENT_DYNAMIC = 2, SEGMENT_INTERPRETER = 3, SEGMENT_THREAD_LOCAL = 7 };

typedef struct function {
    uint64_t address;
    const char *name;
} function;

typedef struct inspection {
    const image_file *file;
    image_proof *proof;
    function *functions; /* by address */
    size_t function_count;
    csh disassembler;
} inspection;

/* ---- segments ---- */

static bool share_a_page(const elf_segment *left, const elf_segment *right)
{
    uint64_t left_end = (left->address + left->memory_bytes + IMAGE_PAGE_BYTES - 1) / IMAGE_PAGE_BYTES;
    uint64_t right_end = (right->address + right->memory_bytes + IMAGE_PAGE_BYTES - 1) / IMAGE_PAGE_BYTES;

    return left->address / IMAGE_PAGE_BYTES < right_end && right->address / IMAGE_PAGE_BYTES < left_end;
}

static bool overlaps_an_earlier_one(const image_file *file, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (file->segments[i].kind == ELF_SEGMENT_LOAD && share_a_page(&file->segments[i], &file->segments[index]))
            return true;
    return false;
}

static void inspect_segments(const image_file *file, image_proof *proof)
{
    proof->stack_is_executable = true;
    for (size_t i = 0; i < file->segment_count; i++) {
        const elf_segment *segment = &file->segments[i];
        if (segment->kind == SEGMENT_DYNAMIC || segment->kind == SEGMENT_INTERPRETER || segment->kind == SEGMENT_THREAD_LOCAL)
            proof->dynamic_count++;
        if (segment->kind == ELF_SEGMENT_GNU_STACK)
            proof->stack_is_executable = segment->flags & IMAGE_EXECUTE;
        if (segment->kind != ELF_SEGMENT_LOAD)
            continue;
        proof->segment_count++;
        proof->overlapping += overlaps_an_earlier_one(file, i);
        if ((segment->flags & IMAGE_WRITE) && (segment->flags & IMAGE_EXECUTE))
            proof->writable_executable++;
        if (segment->flags & IMAGE_EXECUTE)
            proof->executable_bytes += segment->file_bytes;
    }
}

/* The segment that the stack's top ends, and whether another reaches close to its lowest address. */
static void inspect_stack(const image_file *file, image_proof *proof)
{
    const elf_segment *stack = NULL;
    elf_symbol top;

    if (!image_file_find_symbol(file, "image_stack_top", &top))
        return;
    for (size_t i = 0; i < file->segment_count; i++)
        if (file->segments[i].kind == ELF_SEGMENT_LOAD && file->segments[i].address + file->segments[i].memory_bytes == top.value)
            stack = &file->segments[i];
    if (stack == NULL)
        return;
    proof->stack_bytes = stack->memory_bytes;
    proof->has_guard = stack->address > GUARD_BYTES;
    for (size_t i = 0; i < file->segment_count; i++) {
        const elf_segment *other = &file->segments[i];
        if (other != stack && other->kind == ELF_SEGMENT_LOAD && other->address < stack->address &&
            other->address + other->memory_bytes > stack->address - GUARD_BYTES)
            proof->has_guard = false;
    }
}

/* ---- symbols ---- */

static int compare_functions(const void *left, const void *right)
{
    uint64_t a = ((const function *)left)->address, b = ((const function *)right)->address;

    return a < b ? -1 : a > b;
}

static bool collect_functions(inspection *inspection)
{
    const image_file *file = inspection->file;

    inspection->functions = malloc((file->symbol_count + 1) * sizeof *inspection->functions);
    if (inspection->functions == NULL)
        return false;
    for (size_t i = 0; i < file->symbol_count; i++) {
        elf_symbol symbol = image_file_symbol(file, i);
        const char *name = image_file_symbol_name(file, &symbol);
        if (symbol.section == 0 && name[0] != '\0') {
            if (inspection->proof->undefined_count < IMAGE_FINDINGS_MAX)
                snprintf(inspection->proof->undefined[inspection->proof->undefined_count], sizeof inspection->proof->undefined[0], "%s", name);
            inspection->proof->undefined_count++;
        }
        if (symbol.section != 0 && (symbol.information & 0xf) == ELF_SYMBOL_FUNCTION)
            inspection->functions[inspection->function_count++] = (function){symbol.value, name};
    }
    qsort(inspection->functions, inspection->function_count, sizeof *inspection->functions, compare_functions);
    inspection->proof->function_count = inspection->function_count;
    return true;
}

/* Index of the last function that begins at or before `address`; function_count if there is none. */
static size_t function_at(const inspection *inspection, uint64_t address)
{
    size_t low = 0, high = inspection->function_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (inspection->functions[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? inspection->function_count : low - 1;
}

/* ---- instructions ---- */

/* syscall, sysenter, int n, int1. */
static bool may_enter_kernel(const unsigned char *code, size_t left)
{
    return (left >= 2 && code[0] == 0x0f && (code[1] == 0x05 || code[1] == 0x34)) || code[0] == 0xcd || code[0] == 0xf1;
}

static bool enters_kernel(const cs_insn *instruction)
{
    return instruction->id == X86_INS_SYSCALL || instruction->id == X86_INS_SYSENTER || instruction->id == X86_INS_INT || instruction->id == X86_INS_INT1;
}

static void note_call(image_proof *proof, const cs_insn *instruction, const char *function)
{
    image_call *call = &proof->calls[proof->call_count];

    if (proof->call_count++ >= IMAGE_FINDINGS_MAX)
        return;
    call->address = instruction->address;
    snprintf(call->instruction, sizeof call->instruction, "%.20s%s%.10s", instruction->mnemonic, instruction->op_str[0] ? " " : "", instruction->op_str);
    snprintf(call->function, sizeof call->function, "%s", function);
}

/* From `first` on, which is where an instruction begins. Bytes that are no instruction are stepped over one by one. */
static void disassemble(const inspection *inspection, const unsigned char *code, size_t size, uint64_t first, const char *name, cs_insn *instruction)
{
    while (size > 0) {
        if (!cs_disasm_iter(inspection->disassembler, &code, &size, &first, instruction)) {
            code++;
            size--;
            first++;
        } else if (enters_kernel(instruction)) {
            note_call(inspection->proof, instruction, name);
        }
    }
}

static void inspect_code(const inspection *inspection, const elf_segment *segment, cs_insn *instruction)
{
    const unsigned char *code = inspection->file->bytes + segment->offset;
    uint64_t end = segment->address + segment->file_bytes;

    for (uint64_t at = segment->address; at < end;) {
        size_t index, offset = (size_t)(at - segment->address);
        uint64_t first, next;
        if (!may_enter_kernel(code + offset, (size_t)(end - at))) {
            at++;
            continue;
        }
        index = function_at(inspection, at);
        first = index < inspection->function_count && inspection->functions[index].address >= segment->address ? inspection->functions[index].address : segment->address;
        next = end;
        for (size_t i = index < inspection->function_count ? index + 1 : 0; i < inspection->function_count; i++) {
            if (inspection->functions[i].address > at) {
                next = inspection->functions[i].address < end ? inspection->functions[i].address : end;
                break;
            }
        }
        disassemble(inspection, code + (first - segment->address), (size_t)(next - first), first,
                    index < inspection->function_count ? inspection->functions[index].name : "?", instruction);
        at = next;
    }
}

static bool inspect_instructions(inspection *inspection)
{
    cs_insn *instruction;

    if (cs_open(CS_ARCH_X86, CS_MODE_64, &inspection->disassembler) != CS_ERR_OK)
        return false;
    instruction = cs_malloc(inspection->disassembler);
    for (size_t i = 0; instruction != NULL && i < inspection->file->segment_count; i++)
        if (inspection->file->segments[i].kind == ELF_SEGMENT_LOAD && (inspection->file->segments[i].flags & IMAGE_EXECUTE))
            inspect_code(inspection, &inspection->file->segments[i], instruction);
    if (instruction != NULL)
        cs_free(instruction, 1);
    cs_close(&inspection->disassembler);
    return instruction != NULL;
}

/* ---- all of it ---- */

bool image_inspect(const image_file *file, image_proof *proof_out)
{
    inspection inspection = {.file = file, .proof = proof_out};
    bool is_done;

    *proof_out = (image_proof){0};
    inspect_segments(file, proof_out);
    inspect_stack(file, proof_out);
    is_done = collect_functions(&inspection) && inspect_instructions(&inspection);
    free(inspection.functions);
    return is_done;
}

bool image_proof_holds(const image_proof *proof, const char **complaint_out)
{
    *complaint_out = NULL;
    if (proof->writable_executable > 0)
        *complaint_out = "memory is writable and executable";
    else if (proof->overlapping > 0)
        *complaint_out = "segments overlap";
    else if (proof->stack_is_executable)
        *complaint_out = "the stack is executable, or the file does not say that it is not";
    else if (proof->dynamic_count > 0)
        *complaint_out = "it asks for a loader or for thread-local storage";
    else if (proof->undefined_count > 0)
        *complaint_out = "it refers to names that it does not define";
    else if (proof->call_count != 1)
        *complaint_out = proof->call_count == 0 ? "it has no system-call instruction" : "it has more than one system-call instruction";
    else if (strcmp(proof->calls[0].instruction, "syscall") != 0 || strcmp(proof->calls[0].function, "image_system_call") != 0)
        *complaint_out = "its system-call instruction is not the gate's";
    else if (!proof->has_guard)
        *complaint_out = "there is no unmapped guard below its stack";
    return *complaint_out == NULL;
}

bool image_digest(const image_file *file, unsigned char digest_out[IMAGE_DIGEST_BYTES])
{
    unsigned int size = 0;

    /* The library's configuration file is the host's, and nobody asked for it. */
    return OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1 &&
           EVP_Digest(file->bytes, file->size, digest_out, &size, EVP_sha256(), NULL) == 1 && size == IMAGE_DIGEST_BYTES;
}
