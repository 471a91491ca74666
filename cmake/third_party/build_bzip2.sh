#!/usr/bin/env bash
# Builds libbz2 for the sandbox: compression in memory only; its BZ2_bzopen family, which opens files by itself, is left out.
set -euo pipefail
. "$(dirname "$0")/sandbox_library.sh"

# With BZ_NO_STDIO a broken invariant calls bz_internal_error of the embedding program instead of printing: CPython has none, so it is here.
cat >"$work_dir/bz_internal_error.c" <<'SOURCE'
/* Ends the program when libbz2 finds its own state broken; there is nothing to go on with. */
#include <stdlib.h>
void bz_internal_error(int code);
void bz_internal_error(int code)
{
    (void)code;
    abort();
}
SOURCE
make_library libbz2.a '-DBZ_NO_STDIO' \
    blocksort.c bzlib.c compress.c crctable.c decompress.c huffman.c randtable.c "$work_dir/bz_internal_error.c"
install_headers "$SOURCE_DIR/bzlib.h"
