# The commands of this project. Needed: Python 3.11 to 3.13 with venv, and make. `make help` lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Twenty kernels import the same packages: their bytecode is kept, in .venv and __pycache__.
unexport PYTHONDONTWRITEBYTECODE
# A folder that is found along it is not the one that was meant.
unexport CDPATH
# Names of folders and the texts of pages are read alike whatever the locale.
export PYTHONUTF8 := 1

SEED ?= 1
REPLICATES ?= 100
ALTERNATIVES := 1 2
N ?= 2000
SCHEDULER ?=
RELEASES ?=
ONLY ?=
JOBS ?= auto

RUN := .venv/bin/python
TOOL := $(RUN) book/_tools

# What each command needs: the packages that build the book, or those of development on top.
READER := reader
DEVELOPER := developer
book epub serve links notebooks launch chapter plan pair student publish forget: $(READER)
pdf site slides live quizzes measure release test lint lock wasm: $(DEVELOPER)
cohort ensemble unprinted assumed calibration certificates bench reference: $(DEVELOPER)

.PHONY: help book pdf epub site notebooks launch student quizzes slides test lint cohort ensemble unprinted assumed calibration certificates bench links release publish forget serve live measure lock wasm reference chapter plan pair clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

book:  ## build the book; COHORT=folder on another cohort, its single patients with ROWS=1, PUBLISHED=file a short one on another study, FORCE=1 from nothing
pdf:  ## print the whole book as PDF, with a Chromium; COHORT=folder or PUBLISHED=file as for the book
epub:  ## make the whole book an EPUB, for e-readers; COHORT=folder or PUBLISHED=file as for the book
site:  ## make the PDF, the EPUB, and the book whose pages link both
notebooks:  ## the chapters as notebooks that read as their pages do, into _build/notebooks; PUBLISHED=file
launch:  ## what Binder and Colab open, into _build/launch: those notebooks, and what runs them
student:  ## the same without solutions, for a class, into _build/student
slides:  ## the figures of the book as slides, a PDF; needs Chromium
serve:  ## build the book and show it on this machine only; PORT=8000
live:  ## build the book and run its code on its pages, on this machine only; PORT=8000
links:  ## ask for every link to another host; needs the network
# What was gathered for the browser is gathered again where it is of older packages.
site live release measure: gathered
.PHONY: gathered
gathered: | $(DEVELOPER)
	@[ ! -e _build/wasm ] || $(TOOL)/wasm.py || true

book pdf epub site notebooks launch student slides serve live links:
	@$(TOOL)/build.py $@

quizzes:  ## the quizzes for Canvas, Moodle and others, into _build/quizzes
lint:  ## the checks of .pre-commit-config.yaml: format, types, spelling, contents and more
bench:  ## time our statistics against lifelines, scikit-survival and R, and write book/bench.json
lock:  ## resolve pyproject.toml into both locks and environment.yml; NEWEST=1 or LOWEST=1 that it allows
wasm:  ## gather what runs chapters in a browser, into _build/wasm; FROM=where Pyodide's distribution is
quizzes lint bench lock wasm:
	@$(TOOL)/$@.py

test:  ## what an edit can break, a strict build of the book among it; ALL=1 everything, ONLY=… a part
	@COHORT= PUBLISHED= $(RUN) -m pytest -q -n $(JOBS) $(ONLY)

chapter:  ## insert, rename, move or remove a chapter: DO='insert 7 a-name "A title"'
	@$(TOOL)/chapters.py $(DO)

plan:  ## write the floors of the package into CONTRIBUTING.md
	@$(TOOL)/plan.py

pair:  ## give each chapter's .md and .ipynb the same text
	@$(RUN) book/_extensions/report/pairing.py

cohort:  ## take the cohort in data/ from the ensemble, and search the two alternatives; the same bytes
	@$(RUN) -m helpers ensemble typical data/ensemble.parquet \
	  --published data/published.yaml --out data/cohort
	@for seed in $(ALTERNATIVES); do $(RUN) -m helpers reconstruct \
	  --published data/published.yaml --out data/alternatives/$$seed --seed $$seed \
	  $$([ $$seed != 1 ] || echo --trace data/search.csv) || exit; done
	@$(TOOL)/cover.py

ensemble:  ## draw N=2000 cohorts into data/ensemble.parquet; SEED=1, on Dask SCHEDULER=tcp://…
	@$(RUN) -m helpers ensemble draw --published data/published.yaml --n $(N) --seed $(SEED) \
	  --out data/ensemble.parquet $(if $(SCHEDULER),--scheduler "$(SCHEDULER)")

unprinted:  ## where numbers that are not printed lie over the ensemble, data/unprinted.csv
	@$(RUN) -m helpers ensemble unprinted data/ensemble.parquet \
	  --published data/published.yaml --out data/unprinted.csv

assumed:  ## what each assumed requirement changes, data/assumed.csv, and chains that hardly move, data/trace.csv
	@$(RUN) -m helpers ensemble assumed --published data/published.yaml --out data/assumed.csv
	@$(RUN) -m helpers ensemble trace --published data/published.yaml --out data/trace.csv \
	  --measure proportional-hazards --quantity overall-survival.events-36

calibration:  ## hold ensembles against known cohorts, simulated and real; REPLICATES=100 SEED=1
	@$(RUN) -m helpers calibration simulated --replicates $(REPLICATES) --seed $(SEED)
	@$(RUN) -m helpers calibration real --seed $(SEED)
	@$(RUN) -m helpers calibration tiny --seed $(SEED)

certificates:  ## prove what the printed rates force; goes on where it was stopped
	@$(RUN) -m helpers certificates prove
	@$(RUN) -m helpers certificates complete

release:  ## archives of a dated version, with checksums, into _build/release; TAG=v1.2.3
	@$(TOOL)/release.py --check --tag "$$TAG"
	@SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) COHORT= PUBLISHED= FORCE=1 $(TOOL)/build.py site
	@$(TOOL)/release.py --tag "$$TAG"

publish:  ## the site with its released versions, into _build/published; RELEASES=folder of their archives
	@RELEASES="$(RELEASES)" $(TOOL)/publish.py

forget:  ## remove all that was built on COHORT=folder, and say what; the folder itself stays
	@$(TOOL)/forget.py

measure:  ## weigh and time the pages in Chromium, and write book/measured.json
	@COHORT= PUBLISHED= $(TOOL)/build.py book
	@COHORT= PUBLISHED= $(TOOL)/measure.py
	@COHORT= PUBLISHED= $(TOOL)/measure_in_browser.py

reference:  ## compute the reference values again (needs R)
	@bash tests/reference/run.sh

clean:  ## remove everything that is built, and the environment
	@rm -rf _build .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find src tests book -name __pycache__ -type d -prune -exec rm -rf {} +

# `.venv`, by the first Python that runs at all; environment.py looks for one that is supported.
.PHONY: reader developer
reader developer:
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python; do \
	  if $$python -c '' 2>/dev/null; then exec $$python book/_tools/environment.py $@; fi; done; \
	echo "Python 3.11, 3.12 or 3.13 is needed and none was found; install one," \
	  "or say where it is: make PYTHON=/path/to/python3" >&2; exit 2
