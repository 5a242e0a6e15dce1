# Two commands are enough: `make run` and `make test`. `make` lists the others.
.DEFAULT_GOAL := help
.PHONY: help setup run test lint bench nightly demo docs audit coverage mutation load soak flaky release-check messages

PORT ?= 6543
CONFIG ?= development.ini
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
WORKERS ?= 2

help: ## List the targets.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

setup: ## Build .venv from the lock file.
	@tools/setup.sh

run: setup ## Start server and worker with demonstration data; PORT= changes the port.
	@$(BIN)/pli run --config $(CONFIG) --port $(PORT)

test: setup ## Install what the tests need and run all of them.
	@tools/peers.sh
	$(PYTEST) -n $(WORKERS)

lint: setup ## Ruff, mypy --strict, the floors, the catalogue: the same as CI.
	@tools/lint.sh

demo: setup ## Play a whole procedure on a throw-away server.
	@$(BIN)/pli demo journey

bench: setup ## Measure the ratios of docs/reference/benchmarks.md.
	$(BIN)/python -m benchmarks --json bench.json

nightly: setup ## The long forms of the tests.
	@tools/peers.sh
	PLI_TEST_SCALE=full $(PYTEST) -n $(WORKERS)

coverage: setup ## Run the tests with the coverage gates.
	$(PYTEST) -n $(WORKERS) --cov --cov-report=term-missing:skip-covered
	$(BIN)/python tools/coverage_gate.py

mutation: setup ## Mutate the rules of signature verdicts and count what their tests notice.
	$(BIN)/mutmut run --max-children $(WORKERS)

audit: setup ## Known vulnerabilities of the dependencies, bandit on the code.
	$(BIN)/pip-audit --requirement requirements.lock --require-hashes
	$(BIN)/bandit -q -r procurement dume clauses signing --severity-level high

flaky: setup ## Run the tests several times in other orders.
	for turn in 1 2 3 4 5; do $(PYTEST) -n $(WORKERS) -q || exit 1; done

messages: setup ## Extract the French sentences and update the English catalogue.
	$(BIN)/python tools/messages.py

docs load soak release-check: ## Their work comes with a later issue.
	@echo "make $@: not built yet; see CHANGELOG.md, section Unreleased." && exit 1
