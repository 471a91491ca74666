#!/bin/sh
# Gives the calls of a relocatable object their C names back: cordon_bind_open becomes open.
# Its code begins a page, as cordon-python's does. Usage: unbind.sh IN OUT
set -eu
names=$2.names
nm --undefined-only "$1" | awk '{ bound = $NF; if (sub(/^cordon_bind_/, "", $NF)) print bound, $NF }' | sort -u >"$names"
[ -s "$names" ] || { echo "unbind.sh: $1 calls nothing that is bound" >&2; exit 1; }
objcopy --set-section-alignment .text=4096 --set-section-alignment .text.hot=4096 --redefine-syms="$names" "$1" "$2"
rm "$names"
