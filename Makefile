# A thin front to CMake: sets the machine up, configures once, forwards. `make help` lists the targets.
PRESET ?= default
BUILD_default := build
BUILD := $(or $(BUILD_$(PRESET)),build-$(PRESET))
CMAKE_ARGS ?=
.DEFAULT_GOAL := help
FUZZ_SECONDS ?= 120
.PHONY: help setup configure build run test check check-fast check-boundary check-tables test-asan test-cpython fuzz lines bench format clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  PRESET=default|dev|release|asan|tidy|full|sandbox chooses how to build (make build PRESET=dev)"

setup:
	@cmake/set_up_machine.sh

configure: setup
	@if [ ! -f $(BUILD)/build.ninja ] || [ -n "$(CMAKE_ARGS)" ]; then cmake --preset $(PRESET) $(CMAKE_ARGS) > /dev/null; fi

build: configure ## build both interpreters (or what PRESET says)
	@cmake --build $(BUILD)

run: build ## build, then run the example in the sandbox and in the full interpreter
	@examples/run.sh $(BUILD)

test: build ## every test and check
	@ctest --test-dir $(BUILD) --output-on-failure -j2
	@$(MAKE) --no-print-directory check-tables

test-asan: setup ## the tests of our own C with address and undefined-behaviour sanitizers
	@cmake --preset asan > /dev/null && cmake --build build-asan --target native_tests cordon
	@ctest --test-dir build-asan --output-on-failure -j2 -R '^(host_env|policy|audit|supervisor|sealed|sqlite_vfs|cli_audit_run$$)' -E '^audit_operations$$' # which needs the interpreter

check: test check-boundary ## test and check-boundary

check-fast: configure ## build and test only rooms with uncommitted changes
	@ci/check_fast.sh $(BUILD)

check-boundary: build ## prove the border: scan the linked files, print the table
	@ci/check_boundary.py --build $(BUILD)

check-tables: configure ## tables sorted and consistent, generated pages fresh
	@ci/check_tables.sh

test-cpython: build ## CPython's own tests: stock, full and sandbox side by side (CPYTHON_TESTS=quick for the subset)
	@ci/test_cpython.py --build $(BUILD) $(if $(CPYTHON_TESTS),--$(CPYTHON_TESTS))

fuzz: configure ## fuzz the decoders of both sides for FUZZ_SECONDS=120, all together
	@cmake --build $(BUILD) --target host_env policy third_party_msgpack_host
	@tests/fuzz/run.sh $(BUILD) $(FUZZ_SECONDS)

lines: ## our own lines by room
	@ci/count_lines.sh

bench: build ## measure; prints ratios
	@bench/run.sh $(BUILD)

format: ## clang-format on our C files that git knows
	@git ls-files '*.c' '*.h' | xargs clang-format -i

clean: ## remove build folders (the cache of third-party builds stays)
	@rm -rf build build-*
