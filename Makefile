# `make run` and `make test` need Python 3.11+ and make, nothing else.
.DEFAULT_GOAL := help
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
export LMS_DATA_DIR ?= $(CURDIR)/data
export PORT
export SITE_URL ?= http://localhost:$(PORT)

.PHONY: help run test setup bench load-exam lint clean

help: ## Show what there is to do
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/runtime: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/dev: requirements-dev.txt $(VENV)/runtime
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -r requirements-dev.txt
	@touch $@

setup: $(VENV)/dev ## Set up the virtual environment with the tools for development

run: $(VENV)/runtime ## Set everything up and serve the site with demo data
	@$(BIN)/python manage.py start

test: $(VENV)/dev ## Set everything up and run the tests
	$(BIN)/python manage.py compile_translations
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(VENV)/dev ## Check style, types and structure
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy . && $(BIN)/lint-imports

bench: $(VENV)/dev ## Measure the hot paths on PostgreSQL (DATABASE_URL)
	$(BIN)/python -m bench

load-exam: $(VENV)/dev ## Let a year group sit an exam, and compare what was saved (DATABASE_URL)
	$(BIN)/python -m bench.exam $(ARGS)

clean: ## Remove the virtual environment (data stays)
	rm -rf $(VENV)
