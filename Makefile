# make demo: the sample organisation, loaded and answered; make check: the quick checks; make test: every check; make bench: speed and memory; make chaos: faults and kills
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEPLOY := $(VENV)/deploy
CLI_REFERENCE := $(BIN)/typer figma_warehouse.cli utils docs --name figma-warehouse --output
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# two more than a small machine has processors: tests wait, too
WORKERS ?= 4
# else each of some hundred processes of a test run compiles the project anew
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo dashboard check test lint lint-types lint-sql lint-changed-sql lint-python test-postgres test-deploy test-contract bench chaos docs dist sbom clean

demo: $(VENV)/.runs
	@$(BIN)/figma-warehouse demo

dashboard: $(VENV)/.runs
	@$(BIN)/figma-warehouse dashboard --data-dir data/demo

# what is quick, and needs no dbt build, no browser and no other process: for the loop of changing code
check: $(VENV)/.tests
	@$(MAKE) --no-print-directory --jobs 2 lint-types lint-python lint-changed-sql
	$(BIN)/pytest -n 2 --dist loadscope --no-loadscope-reorder --quick

test: $(VENV)/.tests
	@$(MAKE) --no-print-directory --jobs 2 lint
	$(BIN)/pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder

lint: lint-types lint-sql lint-python

lint-types: $(VENV)/.tests
	$(BIN)/mypy

lint-sql: $(VENV)/.tests
	$(BIN)/sqlfluff lint --processes 2 sql

# the models that differ from the last commit
lint-changed-sql: $(VENV)/.tests
	@changed=$$(git ls-files --modified --others --exclude-standard -- 'sql/*.sql'); \
	[ -z "$$changed" ] || $(BIN)/sqlfluff lint $$(ls -d $$changed 2>/dev/null)

lint-python: $(VENV)/.tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/marimo check --strict notebooks/*.py
	$(BIN)/python -m figma_warehouse.job.table_reference --check docs/tables.md
	$(BIN)/python -m figma_warehouse.job.settings_reference --check docs/settings.md
	$(BIN)/python -m figma_warehouse.job.api_reference --check docs/api.md
	@$(CLI_REFERENCE) $(VENV)/cli.md >/dev/null && cmp -s $(VENV)/cli.md docs/cli.md || \
		{ echo "docs/cli.md is not up to date: run make docs"; exit 1; }

# the same models on a second engine: a cluster of its own from Debian's packages, in a temporary folder
test-postgres: $(VENV)/.tests
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || \
		{ [ "$$(id -u)" = 0 ] && apt-get install --yes --no-install-recommends postgresql >/dev/null; } || \
		{ echo "A Postgres server is needed: apt-get install postgresql"; exit 1; }
	$(BIN)/pytest -m postgres tests/postgres

# the files of docs/deploy in Airflow, Dagster and Prefect, and the steps of the Dockerfile: some 2 GB in $(VENV)/deploy
test-deploy: $(VENV)/.tests $(DEPLOY)/airflow/.installed $(DEPLOY)/prefect/.installed $(DEPLOY)/dagster/.installed
	$(BIN)/pytest -m deploy tests/deploy

# third-party testers of Figma's OpenAPI file: schemathesis against the sandbox, and the product against Prism
test-contract: $(VENV)/.tests $(DEPLOY)/contract/.installed $(DEPLOY)/contract/.prism
	@[ -f ../shared/figma-api/openapi.yaml ] || \
		{ echo "Figma's OpenAPI file is needed: ../shared/figma-api/openapi.yaml"; exit 1; }
	$(BIN)/pytest -m contract -rP tests/contract

bench: $(VENV)/.tests
	$(BIN)/python -m tests.benchmarks

# loads under random faults and kills, held against calm ones: make chaos RUNS=200 SEED=1
chaos: $(VENV)/.tests
	$(BIN)/python -m tests.chaos --runs $(or $(RUNS),200) --seed $(or $(SEED),1)

docs: $(VENV)/.runs
	$(BIN)/python -m figma_warehouse.job.table_reference docs/tables.md
	$(BIN)/python -m figma_warehouse.job.settings_reference docs/settings.md
	$(BIN)/python -m figma_warehouse.job.api_reference docs/api.md
	@$(CLI_REFERENCE) docs/cli.md

# the wheel and the source, as a release has them
dist: $(VENV)/.runs
	@rm -rf dist
	$(BIN)/python -m hatchling build --directory dist

# a bill of materials of what is installed with the package, from the lock
sbom: $(DEPLOY)/sbom/.installed
	@mkdir -p dist
	@$(DEPLOY)/sbom/bin/python -W ignore -m cyclonedx_py requirements --pyproject pyproject.toml --output-reproducible \
		--output-format JSON --output-file dist/figma-warehouse.cdx.json requirements.lock

clean:
	rm -rf $(VENV) data/demo

$(VENV)/.runs: requirements.lock pyproject.toml | $(VENV)
	@echo "Installing what the job needs into $(VENV) (a minute or two)"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.tests: tests/requirements.lock tests/dashboard/package-lock.json $(VENV)/.runs
	@echo "Installing what the tests need into $(VENV)"
	@$(PIP) install --require-hashes -r tests/requirements.lock
	@if command -v npm >/dev/null; then npm ci --silent --no-audit --no-fund --ignore-scripts --prefix tests/dashboard || \
		echo "npm could not install axe; the accessibility of the pages is not checked."; fi
	@touch $@

$(DEPLOY)/dagster/.installed: requirements.lock

# Dagster imports the source, so the package is installed there as well
$(DEPLOY)/%/.installed: tests/deploy/%.txt
	@echo "Installing $* into $(DEPLOY)/$*"
	@$(PYTHON) -m venv $(DEPLOY)/$*
	@[ $* != dagster ] || { $(DEPLOY)/$*/bin/python -m pip --quiet install --require-hashes -r requirements.lock && \
		$(DEPLOY)/$*/bin/python -m pip --quiet install --no-deps --no-build-isolation --editable .; }
	@$(DEPLOY)/$*/bin/python -m pip --disable-pip-version-check --quiet install -r $<
	@touch $@

$(DEPLOY)/contract/.prism: tests/deploy/prism.txt $(DEPLOY)/contract/.installed
	@command -v npm >/dev/null || { echo "npm is needed for Prism: apt-get install npm"; exit 1; }
	@echo "Installing Prism into $(DEPLOY)/contract"
	@npm install --silent --no-audit --no-fund --no-save --ignore-scripts --prefix $(DEPLOY)/contract $$(cat $<)
	@touch $@

$(VENV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is older. Name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python lacks venv: on Debian, apt-get install python3-venv"; exit 1; }
