# All paths are relative, so that the checkout may lie anywhere, also below names with spaces or Chinese characters.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
KERNELS := $(wildcard scanner/kernels/*.pyx scanner/kernels/*.pxd scanner/kernels/*.h)
CODE := scanner tests tools fixtures setup.py

.PHONY: help demo test check format lint types kernels lock fixtures clean

help:
	@echo "make demo      set everything up and scan fixtures/demo"
	@echo "make test      set everything up and run the tests"
	@echo "make check     formatting, lint, types and tests"
	@echo "make format    rewrite the code in the agreed format"
	@echo "make fixtures  rebuild fixtures/demo from the generator"
	@echo "make lock      choose the newest versions anew and write requirements.lock"

$(VENV)/.installed: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "leaktally needs Python 3.11 or newer; say which with: make PYTHON=python3.12 ..."; exit 1; }
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	touch $@

$(VENV)/.kernels: $(VENV)/.installed setup.py $(KERNELS)
	$(RUN) setup.py --quiet build_ext --inplace
	touch $@

kernels: $(VENV)/.kernels

demo: kernels
	@mkdir -p out/demo
	@$(RUN) -m scanner scan fixtures/demo -o out/demo/report.html; code=$$?; test $$code -eq 0 -o $$code -eq 3
	@$(RUN) -m scanner scan fixtures/demo -o out/demo/report.json 2>/dev/null; code=$$?; test $$code -eq 0 -o $$code -eq 3
	@$(RUN) -m scanner scan fixtures/demo 2>/dev/null; code=$$?; test $$code -eq 0 -o $$code -eq 3
	@echo "The same as a page: out/demo/report.html, as JSON: out/demo/report.json"

test: kernels
	$(RUN) -m pytest

check: lint types test

format: kernels
	$(RUN) -m ruff format $(CODE)
	$(RUN) -m ruff check --fix $(CODE)

lint: kernels
	$(RUN) -m ruff format --check $(CODE)
	$(RUN) -m ruff check $(CODE)

types: kernels
	$(RUN) -m mypy

fixtures: kernels
	$(RUN) fixtures/make.py demo

lock: $(VENV)/.installed
	$(RUN) -m pip install --quiet uv
	$(RUN) -m uv pip compile pyproject.toml --extra dev --universal --generate-hashes --python-version 3.11 \
		--upgrade --quiet --no-header -o requirements.lock

clean:
	rm -rf build out $(VENV)/.kernels scanner/kernels/*.so scanner/kernels/*.c
