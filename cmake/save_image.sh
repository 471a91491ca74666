#!/usr/bin/env bash
# Makes a pre-initialised image: the raw one boots, imports the modules of the list and writes its memory out; that memory becomes the file's.
# Usage: save_image.sh IMAGE_TOOL RAW MODULES OUTPUT
set -euo pipefail
tool=${1:?usage: save_image.sh IMAGE_TOOL RAW MODULES OUTPUT}
raw=${2:?RAW}
modules=${3:?MODULES}
output=${4:?OUTPUT}
work=$(mktemp -d "${TMPDIR:-/tmp}/cordon-image.XXXXXX")
trap 'rm -rf "$work" "$output.new"' EXIT
"$tool" frames "$modules" "$work/frames"
env -i "$raw" <"$work/frames" >"$work/saved" || true # what went wrong is in what it wrote, and image_tool says it
"$tool" make "$raw" "$work/saved" "$modules" "$work/first"
chmod 755 "$work/first"
"$(dirname "$0")/find_written_pages.py" "$work/first" "$work/ranges"
"$tool" make "$raw" "$work/saved" "$modules" "$output.new" "$work/ranges"
chmod 755 "$output.new"
mv "$output.new" "$output"
