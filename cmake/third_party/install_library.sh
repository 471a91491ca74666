#!/usr/bin/env bash
# Lays the standard library out for the full interpreter: Lib of the source, the shared test modules, and the description of the build.
# Usage: install_library.sh PRODUCT DESTINATION
set -euo pipefail
. "$(dirname "$0")/common.sh"
product=$(readlink -f "${1:?usage: install_library.sh PRODUCT DESTINATION}")
destination=${2:?DESTINATION}
source_dir=$("$third_party_dir/fetch.sh" cpython)
rm -rf "$destination"
mkdir -p "$destination/lib-dynload"
cp -a --reflink=auto "$source_dir/Lib/." "$destination/"
find "$destination" -name __pycache__ -prune -exec rm -rf {} +
# The package with which code asks a sandbox's host; here it says that there is none.
cp -a "$(dirname "$0")/../../stdlib_bindings/modules/sandbox/cordon" "$destination/"
cp "$product"/build/lib.*-3.13/*.so "$destination/lib-dynload/"
cp "$product"/build/lib.*-3.13/_sysconfigdata_*.py "$destination/"
# Headers and Makefile, for sysconfig and for people who build extension modules.
include=$(dirname "$destination")/../include/python3.13
configuration=$destination/config-3.13-x86_64-linux-gnu
mkdir -p "$include" "$configuration"
cp -a "$source_dir/Include/." "$include/"
cp "$product/pyconfig.h" "$include/"
cp "$product/Makefile" "$product"/Modules/{Setup.local,config.c} "$configuration/"
touch "$destination/.complete"
