# All paths are relative, so that the checkout may lie anywhere, also below names with spaces or Chinese characters.
SHELL := /bin/sh
PYTHON ?= python3
VENV ?= .venv
RUN := $(VENV)/bin/python
CC ?= cc
KERNELS := $(wildcard scanner/kernels/*.pyx scanner/kernels/*.pxd scanner/kernels/*.h)
CODE := scanner tests tools fixtures setup.py $(wildcard benchmarks)
ASAN := build/asan
# A scan exits with 3 where input was damaged; the demo's input is, on purpose.
SCANNED := code=$$?; test $$code -eq 0 || test $$code -eq 3

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-asan check format lint types kernels wheel fixtures lock clean

help:
	@echo "make demo       set everything up and scan fixtures/demo"
	@echo "make test       set everything up and run the tests"
	@echo "make check      formatting, lint, types and tests: what must hold for every commit"
	@echo "make test-asan  kernel and detector tests with bounds checks and gcc's sanitizers"
	@echo "make format     rewrite the code in the agreed format"
	@echo "make wheel      build dist/leaktally-*.whl"
	@echo "make fixtures   rebuild fixtures/demo from the generator"
	@echo "make pictures   take the pictures of the documentation anew (needs Chromium, LibreOffice and pdftoppm)"
	@echo "make pollution  read what is found in polluted tables and write it into docs/inputs.md (20 minutes)"
	@echo "make kill-campaign  kill scans of a mixed set at 200 places and resume them (2 hours; -quick: 5 minutes)"
	@echo "make bombs      files that are made to hurt, at full size (an hour, 11 GB of disk)"
	@echo "make fuzz       1,000,000 mutated inputs for every kernel and source (days; -quick: 5 minutes)"
	@echo "make corrupt    every format damaged in 400 ways (half an hour)"
	@echo "make faults     fail every call of the system in turn (hours)"
	@echo "make bench      speed, side by side with plain reading and other tools (25 minutes; also -10g, -100m, -quick)"
	@echo "make reference  compare 1,000 random dumps with the slow reference scanner (10 minutes)"
	@echo "make lock       choose the newest versions anew and write requirements.lock"
	@echo "make clean      remove what was built; .venv stays"
	@echo "Another interpreter beside the first: make PYTHON=python3.12 VENV=.venv-3.12 test"

# Each thing that may be missing is asked for by name, before something fails because of it.
$(VENV)/.installed: requirements.lock
	@command -v "$(PYTHON)" >/dev/null 2>&1 || \
		{ echo "There is no $(PYTHON); name your Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "leaktally needs Python 3.11 or newer; name it: make PYTHON=python3.12 ..."; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) cannot make virtual environments; install python3-venv (Debian, Ubuntu)."; exit 1; }
	@test -x $(RUN) || { echo "Setting up $(VENV) ..."; "$(PYTHON)" -m venv --clear $(VENV); }
	@echo "Installing the locked dependencies ..."
	@$(RUN) -m pip install -qq --disable-pip-version-check --require-hashes --only-binary :all: \
		-r requirements.lock || \
		{ echo "The dependencies could not be installed; is the package index reachable?"; exit 1; }
	@touch $@

$(VENV)/.compiler: $(VENV)/.installed
	@command -v $(CC) >/dev/null 2>&1 || \
		{ echo "There is no C compiler $(CC); install gcc, or name one: make CC=clang ..."; exit 1; }
	@$(RUN) -c 'import os, sys, sysconfig; \
		sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' || \
		{ echo "Python.h is missing; install python3-dev (Debian, Ubuntu) or python3-devel (Fedora)."; exit 1; }
	@touch $@

$(VENV)/.kernels: $(VENV)/.compiler setup.py $(KERNELS) $(wildcard patterns/*.toml patterns/*/*.toml)
	@echo "Compiling the kernels ..."
	@CC="$(CC)" $(RUN) setup.py --quiet build_ext --inplace --parallel 2
	@touch $@

kernels: $(VENV)/.kernels

demo: kernels
	@mkdir -p out/demo
	@$(RUN) -m scanner scan fixtures/demo -o out/demo/; $(SCANNED)
	@$(RUN) -m scanner scan fixtures/demo 2>/dev/null; $(SCANNED)
	@echo "The report as a page: out/demo/report.html, as JSON: out/demo/report.json"

test: kernels
	@$(RUN) -m pytest

check: lint types test

format: kernels
	@$(RUN) -m ruff format $(CODE)
	@$(RUN) -m ruff check --fix $(CODE)

lint: kernels
	@$(RUN) -m ruff format --check $(CODE)
	@$(RUN) -m ruff check $(CODE)

# The second line holds the stubs of the kernels against the compiled modules.
types: kernels
	@$(RUN) -m mypy
	@$(RUN) -m mypy.stubtest --concise --ignore-missing-stub --mypy-config-file pyproject.toml scanner.kernels

# -P and PYTHONPATH: the tests import the checked build, not the checkout. Leaks are left out because the
# interpreter frees little at exit; malloc for Python's own memory, so that every overrun of an object shows.
# -W: a kernel that may not raise can only report an index out of bounds as "unraisable".
# --capture sys: what the sanitizers say before they abort goes to the terminal.
test-asan: kernels
	@echo "Compiling the kernels with checks ..."
	@CC="$(CC)" LEAKTALLY_CHECKED=1 LEAKTALLY_SANITIZE=address,undefined $(RUN) setup.py --quiet \
		build --build-base $(ASAN) --build-lib $(ASAN)/lib --parallel 2
	@PYTHONPATH="$$PWD/$(ASAN)/lib:$$PWD" PYTHONMALLOC=malloc LD_PRELOAD="$$($(CC) -print-file-name=libasan.so)" \
		ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 \
		$(RUN) -P -m pytest -p no:cacheprovider --timeout 1800 --capture sys \
		-W error::pytest.PytestUnraisableExceptionWarning tests/kernels tests/detectors

wheel: kernels
	@rm -rf build/lib*
	@$(RUN) -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w dist .
	@ls dist/leaktally-*.whl

fixtures: kernels
	@$(RUN) fixtures/make.py demo

lock: $(VENV)/.installed
	@test -x $(VENV)/lock/bin/python || $(RUN) -m venv $(VENV)/lock
	@$(VENV)/lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	@$(VENV)/lock/bin/python -m uv pip compile pyproject.toml --extra dev --universal --generate-hashes \
		--python-version 3.11 --upgrade --quiet --no-header -o $(VENV)/lock/requirements
	@{ echo "# Exact versions and hashes of all that running, developing and testing need; written by: make lock"; \
		cat $(VENV)/lock/requirements; } > requirements.lock

clean:
	@rm -rf build dist out leaktally.egg-info $(VENV)/.kernels scanner/kernels/*.so scanner/kernels/*.c \
		scanner/patterns.json

.PHONY: bench bench-10g bench-100m bench-quick bench-readme

# The table at full size, but for the rows of ten times the file: 25 minutes, 10 GB of disk below out/; nothing else
# should run meanwhile.
bench: kernels
	@$(RUN) benchmarks/bench.py

# The rows of 10 GB, added to the run that `make bench` made on the same day: 15 minutes, 10 GB of disk more.
bench-10g: kernels
	@$(RUN) benchmarks/bench.py --only big --add

# 100 million rows of 20 million persons, counted exactly within 1 GB: 4 minutes, 14 GB of disk (5 below out/).
bench-100m: kernels
	@$(RUN) benchmarks/hundred_million.py

# The same rows on small inputs, to see that all of it works; the figures mean little.
bench-quick: kernels
	@$(RUN) benchmarks/bench.py --size 50M --rounds 3 --out out/bench-quick
	@$(RUN) benchmarks/bench.py --size 50M --rounds 3 --out out/bench-quick --only big --add

# The table of the newest run into both READMEs.
bench-readme: kernels
	@$(RUN) benchmarks/readme.py

.PHONY: kill-campaign kill-campaign-quick

# 200 kills of a scan of 200 MB, each resumed and compared: two hours and a half, 1 GB of disk below TMPDIR.
kill-campaign: kernels
	@$(RUN) tests/kill_campaign.py --size 200M --points 200 --log out/kill-campaign.txt

# 50 kills of a small one: 10 minutes.
kill-campaign-quick: kernels
	@$(RUN) tests/kill_campaign.py --size 10M --points 50 --checkpoint 0.1 --log out/kill-campaign-quick.txt

.PHONY: pictures

# The pictures in docs/pictures, taken of the demo's reports; needs Chromium, LibreOffice and pdftoppm.
pictures: kernels
	@$(RUN) tools/build_pictures.py

.PHONY: pollution

# Polluted tables in five encodings, all 3,805 files, and the table of what was found into docs/inputs.md: 2 minutes.
pollution: kernels
	@PYTHONPATH=tests:. $(RUN) tests/pollution/measure.py --page docs/inputs.md

.PHONY: reference

# All fixtures, and 1,000 random dumps, by the scanner and by the slow one in tests/reference: 10 minutes.
reference: kernels
	@PYTHONPATH=tests:tests/kernels:fixtures:. $(RUN) tests/reference/test_reference.py --dumps 1000 --trials \
		--log tests/reference/campaign.txt

.PHONY: corrupt faults

# Every format cut at each 1/64, with 1,000 bytes changed and with blocks swapped, some 9,500 files: half an hour on an
# idle machine.
corrupt: kernels
	@PYTHONPATH=tests:tests/sources:. $(RUN) tests/corruption/measure.py --log out/corruption.md

# Each call of the system fails, alone and with all behind it, and each large allocation: hours; FAULTS="--most 50" takes
# some calls of each kind only.
faults: kernels
	@PYTHONPATH=tests:tests/sources:. $(RUN) tests/faults/campaign.py $(FAULTS) --log out/faults.md

.PHONY: bombs fuzz fuzz-quick

# Files that are made to hurt, at full size: about an hour, 11 GB of disk below TMPDIR.
bombs: kernels
	@$(RUN) tests/hostile/bombs.py --log out/bombs.md

# Mutation fuzzing of all kernels, built with gcc's sanitizers, and all sources: 1,000,000 executions of each; an hour and
# a half for the kernels, days for the sources. FUZZ="--only sources --seconds 600" does less; FUZZ="--add LOG" goes on
# where an earlier log ends, so that nights add up.
FUZZ ?=
fuzz: kernels
	@echo "Compiling the kernels with checks ..."
	@CC="$(CC)" LEAKTALLY_CHECKED=1 LEAKTALLY_SANITIZE=address,undefined $(RUN) setup.py --quiet \
		build --build-base $(ASAN) --build-lib $(ASAN)/lib --parallel 2
	@$(RUN) tests/fuzz/campaign.py --executions 1000000 --sanitized $(ASAN)/lib --log out/fuzz.md $(FUZZ)

# The same with little of each, on the plain build: 5 minutes.
fuzz-quick: kernels
	@$(RUN) tests/fuzz/campaign.py --executions 2000 --seconds 10 --log out/fuzz-quick.md
