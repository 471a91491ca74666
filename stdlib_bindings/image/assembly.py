"""Writes the image as one blob and one assembler file; hides how core/sealed/include/sealed/image_files.h is filled without C or parsing."""
import hashlib

DATA_ALIGNMENT = 16

HEADER = """\
/* Made by stdlib_bindings/image/pack.py. Rows of struct sealed_image_file, sorted by path; data stays in the file until it is read. */
    .section .rodata.sealed_image_data, "a", @progbits
    .balign 4096
image_data:
    .incbin "{blob}"

    .section .rodata.sealed_image_paths, "a", @progbits
image_paths:
"""

TABLE = """
    .section .rodata.sealed_image_files, "a", @progbits
    .balign 8
    .globl sealed_image_files
    .type sealed_image_files, @object
sealed_image_files:
"""

FOOTER = """\
    .size sealed_image_files, . - sealed_image_files

    .globl sealed_image_file_count
    .type sealed_image_file_count, @object
    .balign 8
sealed_image_file_count:
    .quad {count}
    .size sealed_image_file_count, 8

    .section .note.GNU-stack, "", @progbits
"""


def quoted(path):
    """An assembler string: everything but plain ASCII as octal."""
    return "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03o}" for byte in path)


def lay_out(contents):
    """(blob, [offset of each content]); equal contents are stored once."""
    blob, offsets, seen = bytearray(), [], {}
    for data in contents:
        digest = hashlib.sha256(data).digest()
        if digest not in seen:
            blob += bytes(-len(blob) % DATA_ALIGNMENT)
            seen[digest] = len(blob)
            blob += data
        offsets.append(seen[digest])
    return bytes(blob), offsets


def write_image(files, modes, mtime_ns, assembly_path, blob_path):
    """files: {absolute path: bytes}; modes: {absolute path: mode bits} for those that are not plain 0644."""
    rows = sorted((path.encode("utf-8"), data, modes.get(path, 0o100644)) for path, data in files.items())
    blob, offsets = lay_out([data for _, data, _ in rows])
    lines, table, position = [HEADER.format(blob=blob_path)], [TABLE], 0
    for (path, data, mode), offset in zip(rows, offsets):
        lines.append(f'    .asciz "{quoted(path)}"\n')
        table.append(f"    .quad image_paths + {position}, image_data + {offset}, {len(data)}\n    .long {mode}, 0\n    .quad {mtime_ns}\n")
        position += len(path) + 1
    table.append(FOOTER.format(count=len(rows)))
    blob_path.write_bytes(blob)
    assembly_path.write_text("".join(lines + table), encoding="ascii")
    return len(blob)
