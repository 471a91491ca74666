#!/usr/bin/env bash
# Installs the Debian packages of cmake/packages.txt that this machine lacks: as root without asking, as a user by printing the command.
set -euo pipefail
list=$(dirname "$0")/packages.txt
command -v dpkg-query >/dev/null || {
    echo "cordon: this machine has no dpkg: install the equivalents of $list by hand, then set CORDON_SKIP_SETUP=1" >&2
    [ -n "${CORDON_SKIP_SETUP:-}" ] && exit 0 || exit 1
}
mapfile -t wanted < <(grep -v '^#' "$list" | cut -f1)
missing=()
for package in "${wanted[@]}"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" != 0 ]; then
    echo "cordon: packages are missing; run: sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
    exit 1
fi
echo "cordon: installing ${missing[*]}" >&2
log=$(mktemp)
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get -q update && apt-get -q install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    echo "cordon: no network, or no such package: cannot install ${missing[*]}; connect this machine to its Debian mirror and run again (log: $log)" >&2
    exit 1
fi
rm -f "$log"
