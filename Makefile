# `make help` lists the targets. Everything runs in .venv, made from the hash-locked requirements.txt.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

SEED := 1
ALTERNATIVES := 2 3
COHORT ?=
PORT ?= 8000

ifneq ($(COHORT),)
export COHORT := $(abspath $(COHORT))
OUT := _build/cohorts/$(notdir $(COHORT))
BUILD := $(OUT)/_build
PATH_OUTPUT := --path-output $(OUT)
else
unexport COHORT
BUILD := _build
PATH_OUTPUT :=
endif

PYTHON := .venv/bin/python
READY := .venv/.ready
FIND_PYTHON = for p in python3.13 python3.12 python3.11 python3; do \
  command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' && { echo $$p; break; }; done

.PHONY: help book test lint cohort serve lock reference pair clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

$(READY): requirements.txt
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then echo "make: Python 3.11, 3.12 or 3.13 was expected on the path, found none" >&2; exit 1; fi; \
	echo "Creating .venv with $$($$python --version) from requirements.txt; this takes about a minute ..."; \
	rm -rf .venv; \
	$$python -m venv .venv || { echo "make: $$python could not create a virtual environment; on Debian: apt-get install python3-venv" >&2; rm -rf .venv; exit 1; }
	@$(PYTHON) -m pip install --disable-pip-version-check --quiet --require-hashes --no-deps -r requirements.txt
	@$(PYTHON) -m pip install --disable-pip-version-check --quiet --no-build-isolation --no-deps -e .
	@touch $@

book: $(READY)  ## build the book (COHORT=dir builds it on another cohort)
	@if [ -n "$(COHORT)" ]; then $(PYTHON) -m helpers validate "$(COHORT)"; fi
	@.venv/bin/jupyter-book build . $(PATH_OUTPUT) -W -n --keep-going \
	  || { rm -rf $(BUILD)/.doctrees; echo "make: the book has errors; see above" >&2; exit 1; }
	@echo "Open $(CURDIR)/$(BUILD)/html/index.html"

test: $(READY)  ## run all tests, a clean strict build of the book among them
	@$(PYTHON) -m pytest -n 2 --dist loadgroup -q tests

lint: $(READY)  ## check format, style, types and notebook pairs
	@.venv/bin/ruff format --check src tests book
	@.venv/bin/ruff check src tests book
	@.venv/bin/mypy
	@$(PYTHON) book/_extensions/pairing.py --check

pair: $(READY)  ## refresh the .ipynb of every notebook from its .md
	@$(PYTHON) book/_extensions/pairing.py

cohort: $(READY)  ## search the cohorts in data/ again; the same seeds give the same files
	@$(PYTHON) -m helpers reconstruct --published data/published.yaml --out data/cohort --seed $(SEED) --trace data/search.csv
	@for seed in $(ALTERNATIVES); do \
	  $(PYTHON) -m helpers reconstruct --published data/published.yaml --out data/alternatives/$$seed --seed $$seed; done

serve: book  ## build the book and serve it on this machine (PORT=8000)
	@echo "Serving http://127.0.0.1:$(PORT), stop with Ctrl-C"
	@$(PYTHON) -m http.server --bind 127.0.0.1 --directory $(BUILD)/html $(PORT)

lock: $(READY)  ## resolve requirements.txt and environment.yml again from pyproject.toml
	@.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links --all-extras pyproject.toml -o requirements.txt
	@$(PYTHON) tests/environment.py > environment.yml.new && mv environment.yml.new environment.yml

reference: $(READY)  ## compute the reference values again, where R is installed
	@bash tests/reference/run.sh

clean:  ## remove the built book and caches
	@rm -rf _build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find src tests book -name __pycache__ -type d -prune -exec rm -rf {} +
