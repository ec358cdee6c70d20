# Everything a reader, a developer or a build machine runs.  `make help` lists it.
# Needs Debian's make, git and python3-venv, and Go for the consensus engine; everything else is installed into .venv, pinned by uv.lock.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
UV := $(BIN)/uv
CODE := $(wildcard src tests tools bench conftest.py)
PYTEST := $(BIN)/python -m pytest -q
QUICK := $(PYTEST) --dist worksteal -m "not slow and not faults" --hypothesis-profile=repeatable
SLOW := $(PYTEST) -m "(slow or faults) and not matrix" --hypothesis-profile=repeatable
# What decides about title and money, and what tries it: every line and branch is counted there, and tracing would slow all other tests.
PURE := $(addprefix src/tallychain/,crypto ledger instruments contracts) tests/scenarios

# The consensus engine of an alliance of several validators, built from the sources that engine/go.mod pins; and what Python knows of its messages.
GO ?= $(firstword $(shell command -v go) $(wildcard /usr/local/go/bin/go) go)
ENGINE_COMMAND := github.com/cometbft/cometbft/cmd/cometbft
ENGINE := engine/bin/tally-engine
ENGINE_NEXT := engine/bin/tally-engine-next
LIGHT := engine/bin/tally-light
VERAPDF := .cache/verapdf/fetched
STUBS := src/tallychain/engine/cometbft/stubs/__init__.py

# Stamps: what is installed in .venv is what these two files say.
FOR_RUNNING := .venv/.installed-for-running
FOR_DEVELOPMENT := .venv/.installed-for-development
INPUTS := pyproject.toml uv.lock

# Never ask, never wait for a terminal, never fetch another Python.
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
export UV_PROJECT_ENVIRONMENT := .venv
export UV_LINK_MODE := copy
export PIP_ROOT_USER_ACTION := ignore
export PIP_NO_INPUT := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport VIRTUAL_ENV
# What Python compiles is kept with the other caches, also where the environment asks to keep nothing: the tests start some
# hundreds of processes, and each would compile all of it anew.
export PYTHONPYCACHEPREFIX := $(CURDIR)/.cache/bytecode
unexport PYTHONDONTWRITEBYTECODE

say_and_stop = { echo "$(1)" >&2; exit 1; }

.PHONY: help setup engine engine-next test test-rest test-all slow-faults slow-others lint format types imports alliance demo faults simulate random-run bench verapdf clean not-run

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(FOR_DEVELOPMENT) $(STUBS)  ## Install everything for running and development into .venv
	@echo "Ready: $$($(BIN)/python --version) in .venv.  Next: make test"

engine: $(ENGINE)  ## Build the consensus engine for several validators (minutes the first time)
	@$(ENGINE) version

engine-next: $(ENGINE_NEXT)  ## Build the engine's next line, on which its tests run too
	@$(ENGINE_NEXT) version

alliance: $(FOR_RUNNING) $(STUBS) $(ENGINE)  ## Start four validators with gateways and console, and play the story on them (options in ARGS="...")
	@exec $(BIN)/tally demo --engine cometbft $(ARGS)

demo: $(FOR_RUNNING)  ## Start the demonstration alliance (options in ARGS="...")
	@exec $(BIN)/tally demo $(ARGS)

test: $(FOR_DEVELOPMENT) $(STUBS)  ## What every change must pass (minutes): style, types, imports, tests, coverage
	@mkdir -p .cache
	@$(MAKE) -j 3 --output-sync=target lint types imports
	@$(QUICK) -n 2 $(PURE) --cov --cov-report= --cov-report=json --junitxml=.cache/junit-pure.xml < /dev/null
	@$(BIN)/python -m tools.coverage_gate .cache/coverage.json
	@$(QUICK) -n 3 $(PURE:%=--ignore=%) --junitxml=.cache/junit-test.xml < /dev/null

test-all:  ## `make test`, then everything slow; prints last what was not run
	@$(MAKE) test
	@$(MAKE) test-rest

test-rest: $(FOR_DEVELOPMENT) $(STUBS) $(ENGINE) $(ENGINE_NEXT) $(LIGHT) $(VERAPDF)  ## Only what `make test-all` adds to `make test`
	@mkdir -p .cache
	@$(MAKE) -j 2 --output-sync=target slow-faults slow-others
	@$(BIN)/python -m tools.not_run $(addprefix .cache/junit-,$(addsuffix .xml,pure test faults others))

# Both wait more than they work, so they run side by side, each about half of it; what one prints comes when it has ended.
FIRST_HALF := tests/faults tests/browser tests/simulation

slow-faults:
	@$(SLOW) $(FIRST_HALF) --junitxml=.cache/junit-faults.xml < /dev/null

slow-others:
	@$(SLOW) $(FIRST_HALF:%=--ignore=%) --junitxml=.cache/junit-others.xml < /dev/null

lint: $(FOR_DEVELOPMENT)  ## Style: ruff's rules and its format
	@$(BIN)/ruff check --quiet $(CODE)
	@$(BIN)/ruff format --quiet --check $(CODE) || $(call say_and_stop,Some files are not formatted: run make format)

format: $(FOR_DEVELOPMENT)  ## Put imports and layout in order
	@$(BIN)/ruff check --quiet --select I --fix $(CODE)
	@$(BIN)/ruff format --quiet $(CODE)

types: $(FOR_DEVELOPMENT) $(STUBS)  ## Types: mypy, strict
	@$(BIN)/mypy --no-error-summary $(CODE)

imports: $(FOR_DEVELOPMENT) $(STUBS)  ## Who may import whom
	@mkdir -p .cache
	@$(BIN)/lint-imports --no-logo --cache-dir .cache/import_linter > .cache/imports.log 2>&1 \
	    || { cat .cache/imports.log >&2; exit 1; }

faults: $(FOR_DEVELOPMENT) $(STUBS) $(ENGINE)  ## Kill and restart real processes, 50 rounds of each kind (ROUNDS=...)
	@$(PYTEST) -m faults --fault-rounds=$(or $(ROUNDS),50) $(ARGS) < /dev/null

simulate: $(FOR_DEVELOPMENT) $(STUBS)  ## Schedules of faults on four simulated replicas (options in ARGS="...")
	@$(BIN)/python -m tests.simulation $(or $(ARGS),run --minutes 10)

random-run: $(FOR_DEVELOPMENT) $(STUBS)  ## 10,000 vouchers and 50,000 splits at random, invariants checked all along (sizes in ARGS="...")
	@$(BIN)/python -m tests.simulation.volume $(ARGS)

bench: $(FOR_DEVELOPMENT) $(STUBS) $(ENGINE)  ## Benchmarks (options in ARGS="...")
	@test -d bench || $(call say_and_stop,There are no benchmarks in this checkout)
	@$(BIN)/python -m bench $(ARGS)

verapdf: $(VERAPDF)  ## Fetch the PDF/A validator that judges certificates (needs Java and Maven)

$(VERAPDF): tests/conformity/pom.xml
	@command -v mvn > /dev/null || $(call say_and_stop,Maven is missing: run apt install maven)
	@echo "Fetching the PDF/A validator ..." >&2
	@mvn -q -B -f $< dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/$(@D) < /dev/null
	@touch $@

clean:  ## Remove what the tools made (not .venv, not the data of a running alliance)
	@rm -rf .cache .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	@find . -path ./.venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# ------------------------------------------------------------------------------------------ environment

$(FOR_RUNNING): $(INPUTS) | $(UV)
	@echo "Installing what tallychain needs to run into .venv ..." >&2
	@$(UV) sync --quiet --frozen --inexact --extra certificates --extra refinements --no-dev < /dev/null
	@touch $@

$(FOR_DEVELOPMENT): $(INPUTS) | $(UV)
	@echo "Installing what tallychain needs to run and to be tested into .venv ..." >&2
	@$(UV) sync --quiet --frozen --inexact --extra certificates --extra refinements < /dev/null
	@touch $@ $(FOR_RUNNING)

# Each module by itself: the version stands in its go.mod, the checksums of everything in its go.sum, and nothing is taken that differs from them.
define build_engine
	@$(go_needed)
	@echo "Building the consensus engine in $(1) (minutes the first time) ..." >&2
	@cd $(1) && CGO_ENABLED=0 GOFLAGS= $(GO) build -mod=readonly -buildvcs=false -trimpath -ldflags '-s -w' \
	    -o $(CURDIR)/$@.new $(ENGINE_COMMAND) < /dev/null
	@mv $@.new $@
endef

go_needed = $(GO) version > /dev/null 2>&1 && $(GO) version | awk '{ split(substr($$3, 3), v, "."); exit v[1] == 1 && v[2] + 0 < 22 }' \
    || $(call say_and_stop,Go 1.22 or newer is missing: run apt install golang-go (Debian 12: apt install -t bookworm-backports golang-go), or put a newer one into /usr/local/go)

$(ENGINE): engine/go.mod engine/go.sum engine/engine.go
	$(call build_engine,engine)

# The engine's own light client, for the tests in which it judges our proofs.
$(LIGHT): ENGINE_COMMAND := ./light
$(LIGHT): engine/go.mod engine/go.sum engine/light/main.go
	$(call build_engine,engine)

$(ENGINE_NEXT): engine/next/go.mod engine/next/go.sum engine/next/engine.go
	$(call build_engine,engine/next)

$(STUBS): engine/go.mod tools/stubs.py uv.lock | $(UV)
	@$(go_needed)
	@$(UV) sync --quiet --frozen --inexact --only-group stubs < /dev/null
	@$(BIN)/python -m tools.stubs "$(GO)" < /dev/null
	@touch $@

$(UV): Makefile
	@command -v $(PYTHON) > /dev/null \
	    || $(call say_and_stop,Python is missing: run apt install python3 python3-venv)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || $(call say_and_stop,tallychain needs Python 3.11 or newer and $(PYTHON) is older: name another with PYTHON=...)
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null \
	    || $(call say_and_stop,Python's venv module is missing: run apt install python3-venv)
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet uv==$(UV_VERSION) < /dev/null
	@touch $(UV)
