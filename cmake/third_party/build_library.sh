#!/usr/bin/env bash
# Builds a third-party C library in the cache, through its own build_<NAME>.sh, and links OUTPUT to it: for the sandbox, against its musl, unless
# NAME ends in _host.
# Usage: build_library.sh NAME OUTPUT [INPUT...]   (inputs: files that the result depends on, such as the redirect header)
set -euo pipefail
. "$(dirname "$0")/common.sh"
name=${1:?usage: build_library.sh NAME OUTPUT [INPUT...]}
output=${2:?OUTPUT}
shift 2
source_dir=$("$third_party_dir/fetch.sh" "${name%_host}")
musl='' shared=()
case $name in
musl | *_host) ;;
*) musl=$(readlink -f "$(dirname "$output")/musl") ;;
esac
[ ! -f "$third_party_dir/${name%_host}_library.sh" ] || shared=("$third_party_dir/${name%_host}_library.sh")
key=$(hash_of "$source_dir" "$third_party_dir/build_$name.sh" "$third_party_dir/sandbox_library.sh" "${shared[@]}" "$musl" "$(gcc -dumpfullversion)" "$@")
product=$cache_dir/$name-$key
lock_product "$name"
if [ ! -f "$product/.complete" ]; then
    say "building $name"
    rm -rf "$product" && mkdir -p "$product"
    SOURCE_DIR=$source_dir PREFIX=$product MUSL=$musl REDIRECT_HEADER=${1:-} CC=gcc JOBS=$jobs \
        run_logged "$product.log" "$name" "$third_party_dir/build_$name.sh"
    mv "$product.log" "$product/build.log"
    touch "$product/.complete"
fi
mkdir -p "$(dirname "$output")"
ln -sfn "$product" "$output"
