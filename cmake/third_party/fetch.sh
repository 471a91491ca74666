#!/usr/bin/env bash
# Fetches a third-party source, verifies it against sources.tsv, unpacks and patches it in the cache, and prints the folder it is in.
# Usage: fetch.sh NAME. With CORDON_CPYTHON_SOURCE set, `cpython` is that tree or tarball instead (any 3.13.x).
set -euo pipefail
. "$(dirname "$0")/common.sh"
name=${1:?usage: fetch.sh NAME}
downloads=$cache_dir/downloads
mkdir -p "$downloads" "$cache_dir/sources"

rows() { awk -F'\t' -v name="$name" '!/^#/ && $1 == name' "$third_party_dir/sources.tsv"; }
[ -n "$(rows)" ] || fail "sources.tsv has no source named '$name'"

apt_private() { # the machine's apt client with lists and sources of our own, so that the machine's stay untouched
    apt-get -q -o "Dir::Etc::SourceList=$cache_dir/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o "Dir::State::Lists=$cache_dir/apt/lists" -o "Dir::Cache=$cache_dir/apt/cache" \
        -o APT::Sandbox::User= -o Acquire::Retries=3 "$@"
}

prepare_apt() { # prepare_apt SUITE: a private list of sources on the mirror that the machine itself uses
    local suite=$1 mirror
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 2>/dev/null | grep -E '/debian/?$' | sort -u | head -n 1)
    [ -n "$mirror" ] || fail "no Debian mirror in this machine's apt configuration; run 'apt-get update' as root, or see docs/building.md for building without apt"
    mkdir -p "$cache_dir/apt/lists/partial" "$cache_dir/apt/cache/archives/partial"
    printf 'deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$mirror" "$suite" \
        >"$cache_dir/apt/sources.list.new"
    if ! cmp -s "$cache_dir/apt/sources.list.new" "$cache_dir/apt/sources.list" || [ -z "$(find "$cache_dir/apt/lists" -name '*Sources*' -mmin -720 2>/dev/null)" ]; then
        mv "$cache_dir/apt/sources.list.new" "$cache_dir/apt/sources.list"
        apt_private update >"$cache_dir/apt/update.log" 2>&1 ||
            fail "no network: cannot read the source list of suite $suite; connect this machine to its Debian mirror, or copy $downloads from a machine that has built Cordon"
    fi
}

verify() { # verify FILE SHA256
    local actual
    actual=$(sha256sum "$1" | cut -d' ' -f1)
    [ "$actual" = "$2" ] || {
        mv "$1" "$1.wrong-hash"
        fail "wrong SHA-256: $(basename "$1") is $actual, sources.tsv says $2; the file is kept as $1.wrong-hash and is not used"
    }
}

fetch_file() { # fetch_file SUITE PACKAGE VERSION FILE SHA256 URL
    local suite=$1 package=$2 version=$3 file=$4 sha256=$5 url=$6 target=$downloads/$4 scratch
    if [ ! -f "$target" ]; then
        say "fetching $file"
        scratch=$(mktemp -d "$downloads/fetch.XXXXXX")
        if command -v apt-get >/dev/null && [ -f /usr/share/keyrings/debian-archive-keyring.gpg ]; then
            prepare_apt "$suite"
            (cd "$scratch" && apt_private source --download-only "$package=$version") >"$downloads/$package.log" 2>&1 || true
            [ -f "$scratch/$file" ] && mv "$scratch"/*.tar.* "$downloads/"
        fi
        rm -rf "$scratch"
        if [ ! -f "$target" ] && [ "$url" != - ] && command -v curl >/dev/null; then
            curl -fsSL --retry 3 -o "$target.part" "$url" 2>/dev/null && mv "$target.part" "$target"
        fi
        [ -f "$target" ] ||
            fail "cannot fetch $file ($package $version of $suite): no network, or the mirror no longer has it; put the file into $downloads, its SHA-256 must be $sha256"
    fi
    verify "$target" "$sha256"
}

unpack_and_patch() { # unpack_and_patch DIRECTORY
    local directory=$1 file role pattern patch debian=$1.debian
    mkdir -p "$directory"
    while IFS=$'\t' read -r _ _ _ _ role file _ _; do
        if [ "$role" = orig ]; then
            tar -xf "$downloads/$file" -C "$directory" --strip-components=1
        else
            mkdir -p "$debian" && tar -xf "$downloads/$file" -C "$debian"
        fi
    done < <(rows)
    [ -d "$debian" ] || return 0
    while read -r patch; do
        while IFS=$'\t' read -r _ pattern _; do
            # shellcheck disable=SC2254  # the pattern is meant to be one
            case $patch in
            $pattern)
                patch -d "$directory" -p1 -s -f <"$debian/debian/patches/$patch" || fail "patch $patch of $name does not apply"
                break
                ;;
            esac
        done < <(awk -F'\t' -v name="$name" '!/^#/ && $1 == name' "$third_party_dir/patches.tsv")
    done < <(grep -vE '^#|^$' "$debian/debian/patches/series")
    rm -rf "$debian"
}

apply_own_patches() { # our patches to CPython, if there are any: stdlib_bindings/patches/*.patch
    local patch
    [ "$name" = cpython ] || return 0
    for patch in "$repository_dir"/stdlib_bindings/patches/*.patch; do
        [ -f "$patch" ] || continue
        patch -d "$1" -p1 -s -f <"$patch" || fail "patch $patch does not apply"
    done
}

source_of_user() { # CORDON_CPYTHON_SOURCE: a tree or tarball of the user's own
    local given=$1 directory=$2 version
    if [ -d "$given" ]; then
        mkdir -p "$directory" && cp -a "$given/." "$directory/"
    elif [ -f "$given" ]; then
        mkdir -p "$directory" && tar -xf "$given" -C "$directory" --strip-components=1
    else
        fail "CORDON_CPYTHON_SOURCE=$given is neither a folder nor a tarball"
    fi
    version=$(sed -n 's/^#define PY_VERSION[[:space:]]*"\(.*\)"/\1/p' "$directory/Include/patchlevel.h" 2>/dev/null)
    case $version in
    3.13.*) ;;
    *) rm -rf "$directory" && fail "CORDON_CPYTHON_SOURCE=$given is CPython '${version:-none}', but Cordon needs a 3.13.x" ;;
    esac
}

if [ "$name" = cpython ] && [ -n "${CORDON_CPYTHON_SOURCE:-}" ]; then
    [ -e "$CORDON_CPYTHON_SOURCE" ] || fail "CORDON_CPYTHON_SOURCE=$CORDON_CPYTHON_SOURCE does not exist"
    if [ -f "$CORDON_CPYTHON_SOURCE" ]; then identity=$(sha256sum <"$CORDON_CPYTHON_SOURCE"); else
        identity=$(cd "$CORDON_CPYTHON_SOURCE" && find . -name __pycache__ -prune -o -type f -newermt 1970-01-02 -printf '%p %s %T@\n' | sort | sha256sum)
    fi
else
    identity=$(rows)
fi
directory=$cache_dir/sources/$name-$(hash_of "$identity" "$third_party_dir/patches.tsv" "$third_party_dir/fetch.sh" \
    $([ "$name" = cpython ] && ls "$repository_dir"/stdlib_bindings/patches/*.patch 2>/dev/null))
lock_product "source-$name"
if [ ! -f "$directory/.complete" ]; then
    rm -rf "$directory" "$directory.debian"
    if [ "$name" = cpython ] && [ -n "${CORDON_CPYTHON_SOURCE:-}" ]; then
        source_of_user "$CORDON_CPYTHON_SOURCE" "$directory"
    else
        while IFS=$'\t' read -r _ version suite package _ file sha256 url; do
            fetch_file "$suite" "$package" "$version" "$file" "$sha256" "$url"
        done < <(rows)
        unpack_and_patch "$directory"
    fi
    apply_own_patches "$directory"
    touch "$directory/.complete"
fi
printf '%s\n' "$directory"
