# The commands of this project. Needed: Python 3.11 to 3.13 with venv, and make. `make help` lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

SEED ?= 1
REPLICATES ?= 5
ALTERNATIVES := 2 3
N ?= 2000
SCHEDULER ?=
PORT ?= 8000
COHORT ?=
FORCE ?=
TAG ?=
NEWEST ?=
export COHORT TAG

BIN := .venv/bin
LOCKED := .venv/.locked-$(shell cksum < requirements.txt | tr -d ' \t')
READY := $(LOCKED)-$(shell cksum < pyproject.toml | tr -d ' \t')
# jupyter-book, without the RuntimeError that it adds when Sphinx has said what is wrong.
BOOK := $(BIN)/python -c 'import sys; sys.excepthook = lambda kind, error, _: \
	  kind is RuntimeError or print(f"{kind.__name__}: {error}", file=sys.stderr); \
	  from jupyter_book.cli.main import main; main()'
# Where a book is built: its own folder for each cohort, whose path is whole from here on.
OUTPUT = output=.; [ -z "$$COHORT" ] || { \
	  COHORT=$$(cd "$$COHORT" && pwd); output=_build/cohorts/$$(basename "$$COHORT"); }
# The same, once a fixed date is a date, a reader's cohort meets the contract, and the place can be written.
CHECKED = case "$$SOURCE_DATE_EPOCH" in *[!0-9]*) \
	  echo "SOURCE_DATE_EPOCH=$$SOURCE_DATE_EPOCH: seconds since 1970 are expected" >&2; exit 2;; esac; \
	if [ -n "$$COHORT" ]; then \
	  [ -d "$$COHORT" ] || { echo "COHORT=$$COHORT: no such folder" >&2; exit 2; }; \
	  $(BIN)/python -m helpers validate "$$COHORT" || exit 2; \
	fi; \
	$(OUTPUT); mkdir -p "$$output/_build" 2>/dev/null && [ -w "$$output/_build" ] || { \
	  echo "$$output/_build: no folder that can be written" >&2; exit 2; }
# With FORCE=1, nothing that a build there would take over.
FORGET = [ -z "$(FORCE)" ] || rm -rf "$$output/_build/html" "$$output"/_build/.doctrees* \
	  "$$output/_build/.jupyter_cache" "$$output/_build/jupyter_execute"

.PHONY: help book pdf epub site student slides test lint cohort ensemble calibration certificates bench links release serve live measure lock reference pair clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

book: $(READY)  ## build the book; COHORT=folder on another cohort, FORCE=1 from nothing
	@$(CHECKED); $(FORGET); \
	$(BOOK) build . --path-output "$$output" -W -n --keep-going || { \
	  echo "The book has errors: see above." >&2; exit 1; }; \
	echo "Open $$(cd "$$output/_build/html" && pwd)/index.html"

pdf: $(READY)  ## print the whole book as PDF, with a Chromium; COHORT=folder on another cohort
	@$(CHECKED); $(BIN)/python book/_tools/pdf.py "$$output"

epub: $(READY)  ## make the whole book an EPUB, for e-readers; COHORT=folder on another cohort
	@$(CHECKED); $(BIN)/python book/_tools/epub.py "$$output"

site: $(READY)  ## make the PDF, the EPUB, and the book whose pages link both
	@$(CHECKED); $(FORGET)
	@$(MAKE) pdf FORCE= && $(MAKE) epub FORCE= && $(MAKE) book FORCE=

test: $(READY)  ## run all tests, a strict build of the whole book among them
	@COHORT= $(BIN)/python -m pytest -q -n 2 --dist loadscope --no-loadscope-reorder

lint: $(READY)  ## the checks of .pre-commit-config.yaml: format, types, spelling, contents and more
	@$(BIN)/python book/_tools/lint.py

pair: $(READY)  ## give each chapter's .md and .ipynb the same text
	@$(BIN)/python book/_extensions/report/pairing.py

cohort: $(READY)  ## take the cohort in data/ from the ensemble, and search two more; the same bytes
	@$(BIN)/python -m helpers ensemble --published data/published.yaml \
	  --typical data/ensemble.parquet --out data/cohort
	@for seed in $(ALTERNATIVES); do $(BIN)/python -m helpers reconstruct \
	  --published data/published.yaml --out data/alternatives/$$seed --seed $$seed \
	  $$([ $$seed != 1 ] || echo --trace data/search.csv) || exit; done
	@$(BIN)/python book/_tools/cover.py

ensemble: $(READY)  ## draw N=2000 cohorts into data/ensemble.parquet; SEED=1, on Dask SCHEDULER=tcp://…
	@$(BIN)/python -m helpers ensemble --published data/published.yaml --n $(N) --seed $(SEED) \
	  --out data/ensemble.parquet $(if $(SCHEDULER),--scheduler "$(SCHEDULER)")

calibration: $(READY)  ## hold ensembles against known cohorts, simulated and real; REPLICATES=5 SEED=1
	@$(BIN)/python -m helpers.calibration simulated --replicates $(REPLICATES) --crossed 0 --seed $(SEED)
	@$(BIN)/python -m helpers.calibration real --chains 3 --members 3 --seed $(SEED)
	@$(BIN)/python -m helpers.calibration tiny --seed $(SEED)

certificates: $(READY)  ## prove what the printed rates force; goes on where it was stopped
	@$(BIN)/python -m helpers.proofs

student: $(READY)  ## the notebooks without their solutions, ready for Binder, into _build/student
	@$(BIN)/python book/_tools/student.py

slides: book  ## the figures of the book as slides, a PDF; needs Chromium
	@$(OUTPUT); $(BIN)/python book/_tools/slides.py "$$output"

links: $(READY)  ## ask for every link to another host; needs the network
	@$(BOOK) build . --builder custom --custom-builder linkcheck --keep-going || { \
	  echo "Links that are broken, see also _build/linkcheck/output.txt:" >&2; \
	  grep -h '\[broken\]' _build/linkcheck/output.txt >&2; exit 1; }

release: $(READY)  ## archives of a dated version, with checksums, into _build/release; TAG=v1.2.3
	@$(BIN)/python book/_tools/release.py --check --tag "$$TAG"
	@SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(MAKE) site COHORT= FORCE=1
	@$(BIN)/python book/_tools/release.py --tag "$$TAG"

serve: book  ## build the book and show it on this machine only; PORT=8000
	@$(OUTPUT); $(BIN)/python book/_tools/serve.py "$$output/_build/html" --port "$(PORT)" --pages-only

live: book  ## build the book and run its code on its pages, on this machine only; PORT=8000
	@$(OUTPUT); $(BIN)/python book/_tools/serve.py "$$output/_build/html" --port "$(PORT)"

measure: override COHORT :=
measure: book  ## weigh and time the pages in Chromium, and write book/measured.json
	@$(BIN)/python book/_tools/measure.py

bench: $(READY)  ## time our statistics against lifelines, scikit-survival and R, and write book/bench.json
	@$(BIN)/python book/_tools/bench.py

lock: $(READY)  ## resolve pyproject.toml into requirements.txt and environment.yml; NEWEST=1 anew
	@$(BIN)/uv pip compile --quiet $(if $(NEWEST),--upgrade) --universal --python-version 3.11 --generate-hashes --no-header \
	  --all-extras pyproject.toml -o requirements.txt
	@$(BIN)/python tests/support/environment.py > environment.yml.new && mv environment.yml.new environment.yml

reference: $(READY)  ## compute the reference values again (needs R)
	@bash tests/reference/run.sh

clean:  ## remove everything that is built, and the environment
	@rm -rf _build .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find src tests book -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment. A stamp is set only when a step has ended well and is named by the contents of
# its files: what was interrupted, or is out of date, is made again from nothing.

$(LOCKED):
	@python=; for candidate in $(PYTHON) python3.13 python3.12 python3.11 python3 python; do \
	  if $$candidate -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; \
	  then python=$$candidate; break; fi; \
	done; \
	[ -n "$$python" ] || { echo "Python 3.11, 3.12 or 3.13 is needed and none was found;" \
	  "install one, or say where it is: make PYTHON=/path/to/python3" >&2; exit 1; }; \
	$$python -c 'import ensurepip, venv' 2>/dev/null || { echo "$$python comes without venv;" \
	  "install it (Debian, Ubuntu: apt install python3-venv)" >&2; exit 1; }; \
	echo "Making .venv with $$($$python --version) from requirements.txt, about a minute:"; \
	rm -rf .venv && $$python -m venv .venv
	@$(BIN)/python -m pip install --disable-pip-version-check --no-input --no-compile --progress-bar off \
	  --require-hashes --no-deps -r requirements.txt > .venv/pip.log 2>&1 & pid=$$!; \
	all=$$(grep -c '^[a-zA-Z0-9]' requirements.txt); \
	while kill -0 $$pid 2>/dev/null; do sleep 5; \
	  n=$$(grep -c '^Collecting' .venv/pip.log); \
	  if grep -q '^Installing' .venv/pip.log; then echo "  installing"; \
	  else echo "  $$n of $$all packages fetched"; fi; \
	done; \
	wait $$pid || { cat .venv/pip.log >&2; exit 1; }
	@$(BIN)/python -m compileall -q -j 0 .venv/lib > .venv/compile.log 2>&1 || true
	@touch $@

$(READY): $(LOCKED)
	@rm -f $(LOCKED)-*
	@$(BIN)/python -m pip install --disable-pip-version-check -q --no-build-isolation --no-deps -e .
	@touch $@
