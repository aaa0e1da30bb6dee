# SPDX-License-Identifier: GPL-2.0-or-later
PYTHON ?= python3
VENV := build/venv
FILES ?= 20000
POLICY =
HOST =
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
TESTS ?=
CASES ?= 10000
STATUS_CASES ?= 1000
SUITE ?= bookworm
COMMAND ?= make test

# What gcc looks at in `make lint`.
C_SOURCES := $(shell find c_ext/core c_ext/cffi -name '*.c' 2>/dev/null)
TYPED_TESTS := $(addprefix tests/hg/,children.py random_repository.py \
    status_child.py test_status_property.py test_corruption.py) \
    $(addprefix tests/modules/,conformity.py test_interfaces.py test_rust_interfaces.py)
CPYTHON_SOURCES := $(shell find c_ext/cext -name '*.c' 2>/dev/null)

help:
	@echo "make demo          install beside stock Mercurial and compare (FILES=20000)"
	@echo "make test          everything: lint, unit tests, Mercurial's own tests"
	@echo "make lint          formatting, clippy, gcc, ruff, mypy"
	@echo "make conformance   Mercurial's own tests: TESTS=\"...\" POLICY= HOST= JOBS= ARGS="
	@echo "make bench         status beside stock Mercurial on 100000 files (ARGS=)"
	@echo "make bench-modules each function beside its peer (ARGS=, see docs/benchmarks.md)"
	@echo "make bench-perf    Mercurial's contrib/perf.py on ours and on upstream's Rust"
	@echo "make fuzz          the property tests at length (CASES=10000 STATUS_CASES=1000)"
	@echo "make asan          the C modules' tests under AddressSanitizer and UBSan"
	@echo "make tsan          what threads share, under ThreadSanitizer (needs rust-src)"
	@echo "make fresh         a command on a new Debian: SUITE=bookworm COMMAND=\"make test\""
	@echo "make wheels        manylinux wheels into dist/, for each Python found (PYTHONS=)"
	@echo "make matrix        wheels on each Debian, by each Mercurial (SUITES=, as root)"
	@echo "make clean         remove everything built"

demo:
	@$(PYTHON) tools/demo.py --files $(FILES)

test:
	@$(PYTHON) tools/check.py

venv:
	@$(PYTHON) tools/environments.py venv $(VENV) --requirements requirements-dev.txt

lint: venv
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo clippy --package hg_cpython --features panic-injection --locked -- -D warnings
	$(VENV)/bin/clang-format --dry-run -Werror --style=file:c_ext/.clang-format \
	    $$(find c_ext tests/c -name '*.[ch]')
	@for file in $(C_SOURCES); do \
	    echo gcc $$file; \
	    gcc -std=c11 -Wall -Wextra -Werror -fsyntax-only \
	        -Ic_ext/include -Ic_ext/core $$file || exit 1; done
	@for file in $(CPYTHON_SOURCES); do \
	    echo gcc $$file; \
	    gcc -std=c11 -Wall -Wextra -Werror -fsyntax-only \
	        -Ic_ext/include -Ic_ext/core -Ic_ext/cext \
	        -isystem $$($(VENV)/bin/python -c \
	            'import sysconfig; print(sysconfig.get_path("include"))') \
	        $$file || exit 1; done
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/mypy build_flavours.py tools/*.py tests/conformance/*.py benches/*.py
	MYPYPATH=tests:tools $(VENV)/bin/mypy --explicit-package-bases $(TYPED_TESTS)

conformance:
	@$(PYTHON) tests/conformance/run.py --jobs $(JOBS) \
	    $(addprefix --host=,$(HOST)) $(addprefix --policy=,$(POLICY)) \
	    $(addprefix --suite=,$(filter evolve,$(SUITE))) $(ARGS) $(TESTS)

bench:
	@$(PYTHON) benches/status.py $(ARGS)

bench-modules:
	@$(PYTHON) tools/environments.py venv build/bench-venv
	@build/bench-venv/bin/python benches/modules.py $(ARGS)

bench-perf:
	@$(PYTHON) benches/perf_py.py $(ARGS)

fuzz: venv
	HGAMALGAM_CASES=$(CASES) $(VENV)/bin/python -m pytest -q \
	    tests/modules/test_differential_*.py tests/modules/test_rust_graph.py
	HGAMALGAM_CASES=$(STATUS_CASES) $(VENV)/bin/python -m pytest -q \
	    tests/hg/test_status_property.py tests/hg/test_corruption.py

# Python itself is not instrumented: its leaks are none of ours.
asan: venv
	rm -rf build/asan build/lib.* build/temp.*
	HGAMALGAM_DEV=1 HGAMALGAM_BUILD=c,cffi CFLAGS="-O1 -g -fsanitize=address,undefined \
	    -fno-sanitize-recover=undefined" \
	    $(VENV)/bin/python -m pip install -q --no-deps --target build/asan .
	rm -rf build/lib.* build/temp.*
	LD_PRELOAD="$$(gcc -print-file-name=libasan.so) \
	    $$(gcc -print-file-name=libubsan.so)" \
	    ASAN_OPTIONS=detect_leaks=0 PYTHONMALLOC=malloc PYTHONPATH=build/asan \
	    HGAMALGAM_TEST_FLAVOURS=c,cffi,py \
	    $(VENV)/bin/python -m pytest -q tests/modules tests/c --ignore-glob='*/test_leaks_*'

# Needs the standard library's sources: rustup component add rust-src.
tsan:
	TSAN_OPTIONS="suppressions=$(CURDIR)/tools/tsan-suppressions.txt" \
	    RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=thread CARGO_TARGET_DIR=target/tsan \
	    cargo test -Zbuild-std --target $$(rustc -vV | sed -n 's/^host: //p') \
	    -p hg_core --locked --lib --test main -- status stat_files threads update

# Needs root and debootstrap.
fresh:
	@$(PYTHON) tools/fresh.py $(SUITE) '$(subst ','\'',$(COMMAND))'

wheels:
	@$(PYTHON) tools/wheels.py $(PYTHONS)

# Needs root and debootstrap, and the wheels.
matrix:
	@$(PYTHON) tools/matrix.py $(SUITES)

clean:
	rm -rf build dist target .hypothesis .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help demo test venv lint conformance bench bench-modules bench-perf fuzz asan tsan fresh \
    wheels matrix clean
