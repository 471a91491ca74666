# The same source, untouched: build-python for the other variants, and the yardstick of `make test-cpython`.
MAKE_TARGETS=(all)
