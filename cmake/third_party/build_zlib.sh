#!/usr/bin/env bash
# Builds zlib for the sandbox: compression in memory only; its gz* functions, which open files by themselves, are left out.
set -euo pipefail
. "$(dirname "$0")/sandbox_library.sh"

make_library libz.a '-O3 -DHAVE_HIDDEN -DZ_HAVE_UNISTD_H -DHAVE_STDARG_H' \
    adler32.c compress.c crc32.c deflate.c infback.c inffast.c inflate.c inftrees.c trees.c uncompr.c zutil.c
install_headers "$SOURCE_DIR/zlib.h" "$SOURCE_DIR/zconf.h"
