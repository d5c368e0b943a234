# configscope: everything a person or CI runs. `make run` and `make test` need Python 3.11+ and make, nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

# Where the build tells the tests to look: colours, locale and width must not come from the terminal.
export PYTHONUTF8 = 1
# Tests begin many processes: what one compiled, the next need not.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check lint types floors bench soak screenshots requirements conformance lock clean

run: $(VENV)/.installed
	$(BIN)/configscope $(ARGS)

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n 4 --dist worksteal $(ARGS)

# mypy beside the tests: it takes one core for a minute.
check: lint floors
	@$(MAKE) --no-print-directory -j 2 types test

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

floors: $(VENV)/.installed-dev
	$(BIN)/lint-imports --no-cache

bench: $(VENV)/.installed-dev
	$(BIN)/python -m tests.benchmarks $(ARGS)

soak: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -m soak $(ARGS)

# The pictures' own tools: a renderer of SVG, and one fixed font, so that the bytes are the same on every machine.
screenshots: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps resvg-py==0.5.0 rinoh-typeface-dejavusansmono==0.1.0
	$(BIN)/python -m tests.make_screenshots $(ARGS)

requirements: $(VENV)/.installed-dev
	$(BIN)/python -m tests.list_requirements $(ARGS)

conformance: $(VENV)/.installed-dev
	$(BIN)/python -m tests.list_operations $(ARGS)

# The locked versions are the development set; the ranges in pyproject.toml are what users get.
lock: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --no-header --no-annotate --upgrade -o requirements.lock

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "configscope needs Python 3.11 or newer; say 'make run PYTHON=python3.12' if it has another name." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml requirements.lock | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml requirements.lock | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[dev]'
	@touch $(VENV)/.installed $@
