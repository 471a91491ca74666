# What CPython's own tests judge the full variant by: the same source, untouched, as its own configure and flags make it, with the same modules
# built in as the full variant has. Some tests ask where a module lies; that is configuration, not behaviour.
# shellcheck shell=bash disable=SC2034,SC2154
. "$repository_dir/stdlib_bindings/variants/static_modules.sh"
# Later words win over the flags that our own variants get: these are configure's.
MAKE_TARGETS=('OPT=-DNDEBUG -g -fwrapv -O3 -Wall' EXTRA_CFLAGS= all)
