# What both builds of msgpack-c agree on; sourced by build_msgpack.sh and build_msgpack_host.sh.
# Values may nest as deep as CORDON_VALUE_DEPTH_MAX (core/include/cordon/value.h) says; the parser's own stack must hold that and a level more.
msgpack_sources='src/objectc.c src/unpack.c src/version.c src/vrefbuffer.c src/zone.c'
msgpack_flags='-DMSGPACK_EMBED_STACK_SIZE=128 -DNDEBUG -w'

msgpack_headers() { # the headers, with the byte order that msgpack-c's own build would have written into two of them
    local header
    mkdir -p "$PREFIX/include/msgpack"
    install -m 644 "$SOURCE_DIR"/include/msgpack.h "$PREFIX/include/"
    install -m 644 "$SOURCE_DIR"/include/msgpack/*.h "$PREFIX/include/msgpack/"
    for header in sysdep pack_template; do
        sed -e 's/@MSGPACK_ENDIAN_BIG_BYTE@/0/; s/@MSGPACK_ENDIAN_LITTLE_BYTE@/1/' "$SOURCE_DIR/cmake/$header.h.in" >"$PREFIX/include/msgpack/$header.h"
    done
}
