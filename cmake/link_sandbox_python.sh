#!/usr/bin/env bash
# Optimises CPython as a whole, once per build of it: the slow half of linking a sandbox. A change of our own C repeats only the quick half.
# Usage: link_sandbox_python.sh CPYTHON_BUILD lto|plain OUTPUT OUTPUT_OF_TEST_MODULES
#
# The test modules are kept apart: whole-program optimisation would tie parts of them to the interpreter, and then no link could leave them behind.
set -euo pipefail
build=${1:?usage: link_sandbox_python.sh CPYTHON_BUILD lto|plain OUTPUT OUTPUT_OF_TEST_MODULES}
optimisation=${2:?lto or plain}
output=$(realpath -m "${3:?OUTPUT}")
output_of_tests=$(realpath -m "${4:?OUTPUT_OF_TEST_MODULES}")
here=$(cd "$(dirname "$0")" && pwd)
names=$here/../stdlib_bindings/modules/sandbox_test_modules.txt

flags=(-r -nostdlib -no-pie)
case $optimisation in
lto) flags+=(-O3 "-flto=${CORDON_JOBS:-$(nproc)}" -flinker-output=nolto-rel -fno-pic -fno-pie -fno-stack-protector -fcf-protection=none
    -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections -fwrapv -fno-strict-overflow -fno-semantic-interposition
    -w) ;; # third-party code, seen across files: not ours to warn about
plain) ;;
*) printf 'cordon: optimisation %s is neither lto nor plain\n' "$optimisation" >&2 && exit 1 ;;
esac

cd "$build"
# What libpython is made of, from the makefile that made it; the table of modules is linked later, one per kind of image.
objects=() test_objects=()
test_modules=$(sed 's/#.*//' "$names" | grep -o '[a-z0-9_]*' | paste -sd'|')
for object in $(make -s --no-print-directory --eval='print_library_objects: ; @echo $(LIBRARY_OBJS)' print_library_objects); do
    case $object in Modules/config.o) continue ;; esac
    if [[ $object =~ ^Modules/($test_modules)(module)?(\.o|/) ]]; then test_objects+=("$object"); else objects+=("$object"); fi
done
((${#objects[@]} > 200 && ${#test_objects[@]} > 10)) || {
    printf 'cordon: %s: %s objects and %s of test modules; this is not the makefile this script knows\n' "$build" ${#objects[@]} ${#test_objects[@]} >&2
    exit 1
}

mkdir -p "$(dirname "$output")" "$(dirname "$output_of_tests")"
trap 'rm -f "$output.$$" "$output_of_tests.$$"' EXIT
gcc "${flags[@]}" -o "$output_of_tests.$$" "${test_objects[@]}"
gcc "${flags[@]}" -o "$output.$$" "${objects[@]}" Modules/_decimal/libmpdec/libmpdec.a Modules/expat/libexpat.a Modules/_hacl/libHacl_Hash_SHA2.a
# Whole-program optimisation makes file-local names visible to its own parts, and both objects have some of the same name.
objcopy --wildcard --localize-symbol='*.lto_priv.*' "$output_of_tests.$$"
objcopy --wildcard --localize-symbol='*.lto_priv.*' "$output.$$"
mv "$output_of_tests.$$" "$output_of_tests"
mv "$output.$$" "$output"
