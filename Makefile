# `make` alone lists what there is. Everything runs in .venv, which `make setup` fills from requirements.lock.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory --no-builtin-rules
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
ARGS ?=

.PHONY: help setup run test bench bench-peers bench-storm bench-replay bench-guard chaos lock clean

help: ## list these
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-12s %s\n", $$1, $$2 }'

setup: $(READY) ## make .venv and install what the lock pins; the others do it by themselves
	@:

# Again only when what is to be installed has changed.
$(READY): requirements.lock pyproject.toml .ci/setup
	@PYTHON='$(PYTHON)' .ci/setup
	@touch $@

run: $(READY) ## a server with a living neighbourhood (ARGS="--help" for its options)
	@exec $(BIN)/samverkan demo $(ARGS)

test: $(READY) ## format, lint, types, tests, coverage (ARGS="tests/geo -x" for some of them)
	@$(BIN)/ruff format --check --quiet . || { echo 'not formatted: $(BIN)/ruff format .' >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/pytest -n 2 --dist loadfile --cov --cov-report=term $(ARGS)

bench: $(READY) ## every target of the server in one report, in about 12 minutes (ARGS="--help")
	@$(BIN)/python -m bench.peers.install --only picows || echo 'Without picows; the report says so.' >&2
	@$(BIN)/python -m bench.all $(ARGS)

bench-peers: $(READY) ## the same fan-out by samverkan and by other servers, installed if missing (ARGS="--help")
	@$(BIN)/python -m bench.peers.install || echo 'Some peers are missing; the run says which.' >&2
	@$(BIN)/python -m bench.peers $(ARGS)

bench-storm: $(READY) ## 10,000 are cut off and come back at once: do they get what they missed? (ARGS="--help")
	@$(BIN)/python -m bench.storm $(ARGS)

bench-replay: $(READY) ## reading back in a log of a million events: replay, history, start, memory (ARGS="--help")
	@$(BIN)/python -m bench.replay $(ARGS)

bench-guard: $(READY) ## count the work of a delivery and a position, against the budget
	@command -v strace >/dev/null || [[ $$(id -u) != 0 ]] || ! command -v apt-get >/dev/null || { \
		echo 'Installing strace ...' >&2; \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends strace >/dev/null; }
	@$(BIN)/python -m bench.guard $(ARGS)

chaos: $(READY) ## attack a server for ten minutes, and see that nothing is lost (ARGS="--seconds 60 --clients 200")
	@$(BIN)/python -m bench.chaos --out bench-out/chaos $(ARGS)

# Versions in the lock stay as they are, unless pyproject.toml says otherwise or ARGS=--upgrade.
lock: $(READY) ## make requirements.lock anew from pyproject.toml
	@$(BIN)/pip-compile --quiet --no-header --all-extras --generate-hashes --allow-unsafe --strip-extras \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host $(ARGS) \
		--output-file requirements.lock pyproject.toml
	@sed -i '1i # What `make setup` installs, pinned by hash. Made by `make lock` from pyproject.toml.' requirements.lock

clean: ## remove .venv, caches and what benches wrote; never data
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage .coverage.* bench-out dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
