# make demo: the sample organisation, loaded and answered; make test: every check; make bench: speed and memory
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
WORKERS ?= 2

.PHONY: demo dashboard test bench docs clean

demo: $(VENV)/.runs
	@$(BIN)/figma-warehouse demo

dashboard: $(VENV)/.runs
	@$(BIN)/figma-warehouse dashboard --data-dir data/demo

test: $(VENV)/.tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes $(WORKERS) sql
	$(BIN)/marimo check --strict notebooks/*.py
	$(BIN)/python -m pipelines.table_reference --check docs/tables.md
	$(BIN)/pytest -n $(WORKERS) --dist loadscope

bench: $(VENV)/.tests
	$(BIN)/python -m tests.benchmarks

docs: $(VENV)/.runs
	$(BIN)/python -m pipelines.table_reference docs/tables.md

clean:
	rm -rf $(VENV) data/demo

$(VENV)/.runs: requirements.lock pyproject.toml | $(VENV)
	@echo "Installing what the job needs into $(VENV) (a minute or two)"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.tests: tests/requirements.lock $(VENV)/.runs
	@echo "Installing what the tests need into $(VENV)"
	@$(PIP) install --require-hashes -r tests/requirements.lock
	@touch $@

$(VENV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is older. Name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python lacks venv: on Debian, apt-get install python3-venv"; exit 1; }
