# Everything a person or CI needs. `make help` lists it.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: docs help setup demo serve test cover test-slow test-faults test-hostile test-browser lint types floors check bench lock wheel clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(STAMP) ## Make .venv with everything in it

$(STAMP): requirements.lock requirements-dev.lock pyproject.toml hatch_build.py
	@$(PYTHON) -c 'import sys; sys.exit("Redress needs Python 3.11 or newer: make setup PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## Run the whole story on a made-up company (about two minutes, no services needed)
	$(BIN)/redress demo

serve: setup ## Start Redress on this machine
	$(BIN)/redress serve

test: setup ## Run the tests (under six minutes on two cores)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m 'not slow and not faults and not hostile and not browser'

cover: setup ## Show that every branch of law/ is tested
	$(BIN)/coverage run --branch --source=law -m pytest -q tests/law
	$(BIN)/coverage report --show-missing --fail-under=100

test-slow: setup ## Whole journeys through real servers, and memory at size
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m 'slow and not faults and not hostile and not browser'

test-faults: setup ## Kill everything everywhere and check the promises (slow)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m faults

test-hostile: setup ## Give every recogniser a million hostile characters (minutes)
	$(BIN)/python -m pytest -n $(WORKERS) -m hostile

test-browser: setup ## Walk through the pages in Chromium
	$(BIN)/python -m pytest -m browser

lint: setup ## Style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## Types (mypy strict)
	$(BIN)/mypy

floors: setup ## An arrow points only to a lower floor
	$(BIN)/lint-imports

check: lint types floors test ## All of the above that CI runs first

bench: setup ## Measure speed and memory
	$(BIN)/python bench/spine.py
	$(BIN)/python bench/law.py
	$(BIN)/python bench/pii.py
	$(BIN)/python bench/connectors.py

docs: setup ## Write the generated tables of the docs anew
	$(BIN)/python docs/generate.py

lock: setup ## Write the lock files anew
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-strip-extras --no-emit-index-url requirements.in -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-strip-extras --no-emit-index-url requirements-dev.in -o requirements-dev.lock

wheel: setup ## Build the wheel into dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation -w dist .

clean: ## Remove what was built (never your data in var/)
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
