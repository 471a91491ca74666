#!/usr/bin/env bash
# Builds liblzma for the sandbox: every filter and check, one thread, no question to the machine about its memory or processors.
set -euo pipefail
. "$(dirname "$0")/sandbox_library.sh"

flags='-DTUKLIB_SYMBOL_PREFIX=lzma_ -DNDEBUG -DHAVE_STDBOOL_H -DHAVE__BOOL -DHAVE_STDINT_H -DHAVE_INTTYPES_H -DHAVE_LIMITS_H -DHAVE_STRING_H
    -DSIZEOF_SIZE_T=8 -DASSUME_RAM=128 -DTUKLIB_FAST_UNALIGNED_ACCESS -DHAVE___BUILTIN_ASSUME_ALIGNED -DHAVE___BUILTIN_BSWAPXX
    -DHAVE_VISIBILITY=0
    -DHAVE_CHECK_CRC32 -DHAVE_CHECK_CRC64 -DHAVE_CHECK_SHA256 -DHAVE_ENCODERS -DHAVE_DECODERS -DHAVE_LZIP_DECODER
    -DHAVE_MF_BT2 -DHAVE_MF_BT3 -DHAVE_MF_BT4 -DHAVE_MF_HC3 -DHAVE_MF_HC4'
for filter in LZMA1 LZMA2 DELTA X86 ARM ARM64 ARMTHUMB IA64 POWERPC RISCV SPARC; do
    flags+=" -DHAVE_ENCODER_$filter -DHAVE_DECODER_$filter"
done
flags+=" -Isrc/common"
for folder in api common check lz rangecoder lzma delta simple; do
    flags+=" -Isrc/liblzma/$folder"
done

cd "$SOURCE_DIR"
files=(src/liblzma/check/{check,crc32_fast,crc64_fast,sha256}.c)
for file in src/liblzma/{common,delta,lz,lzma,rangecoder,simple}/*.c; do
    case $file in
    */hardware_*.c | */outqueue.c | *_mt.c | *_tablegen.c) ;; # the machine's memory and processors; threads; generators of checked-in tables
    *) files+=("$file") ;;
    esac
done
make_library liblzma.a "${flags//$'\n'/ }" "${files[@]}"
install_headers src/liblzma/api/lzma.h
mkdir -p "$PREFIX/include/lzma"
install -m 644 src/liblzma/api/lzma/*.h "$PREFIX/include/lzma/"
