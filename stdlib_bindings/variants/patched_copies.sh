# Hides from a variant's script how files of CPython are changed for it alone: CPython's own tree stays as it is, for the other variants.
# shellcheck shell=bash disable=SC2154
# patched_copies VARIANT [FILE...]: prints a folder with changed copies of the files that stdlib_bindings/patches/VARIANT/ changes, and with copies of FILE... as
# they are, for a C file that includes a changed one beside it.
patched_copies() {
    local name=$1 patches=("$repository_dir/stdlib_bindings/patches/$1"/*.patch) directory scratch patch file
    shift
    directory=$cache_dir/sources/cpython-$name-$(hash_of "$source_dir" "$@" "${patches[@]}")
    if [ ! -d "$directory" ]; then
        scratch=$(mktemp -d "$directory.XXXXXX")
        for file in "$@" $(sed -n 's|^+++ b/||p' "${patches[@]}" | sort -u); do
            install -D -m 644 "$source_dir/$file" "$scratch/$file" || fail "$source_dir has no $file, which is to be patched"
        done
        for patch in "${patches[@]}"; do
            patch -d "$scratch" -p1 -s -f <"$patch" >&2 || fail "$patch does not apply to $source_dir"
        done
        # Two builds at once make it twice; the second to finish finds the first one's.
        mv -T "$scratch" "$directory" 2>/dev/null || rm -rf "$scratch"
    fi
    printf '%s\n' "$directory"
}
