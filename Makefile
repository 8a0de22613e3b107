# Firstlight. `make demo` and `make test` work on a bare machine with Python 3.11 and make.

.DELETE_ON_ERROR:
.PHONY: help install frontend demo system check test test-python test-frontend coverage-streaming \
        fuzz sweep bench-codec bench-link bench-load bench-motion bench-narrow size chaos-note screenshots \
        lock clean

SHELL := /bin/bash
PYTHON ?= python3
DIR ?= ../shared/data/public
EVERY ?= 1
PORT ?= 8000
SECONDS_OF_FUZZ ?= 60
VIEWERS ?= 300
SECONDS ?= 60
CC_LINK ?= cubic

BIN := .venv/bin
RESULTS := .build/results
STAMPS := .build/stamps
PAGES := app/static/.vite/manifest.json
# Node and npm come from PyPI with the rest, so that Python is all a machine needs.
export PATH := $(CURDIR)/$(BIN):$(PATH)

help: ## says what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1 | /p' Makefile | column -t -s '|'

install: $(STAMPS)/python ## .venv with everything pinned in deploy/locks, and firstlight itself
frontend: $(PAGES) ## the web pages, built and compressed, in app/static

demo: install frontend ## imports real scans and phantoms, and serves them
	$(BIN)/firstlight demo --port $(PORT)

system: ## finds or installs Chromium, Redis, PostgreSQL and dcmtk
	@.ci/system

check: install $(STAMPS)/node ## style, types and who may import whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd frontend && node_modules/.bin/tsc --project tsconfig.json
	cd frontend && node_modules/.bin/tsc --project tsconfig.streaming.json
	cd frontend && node_modules/.bin/tsc --project tsconfig.tests.json
	cd frontend && node_modules/.bin/biome check --error-on-warnings

# Each suite leaves its results and its exit status; the tally adds them up and decides.
RUN_PYTEST = $(BIN)/pytest --junitxml=$(RESULTS)/pytest.xml; echo $$? >$(RESULTS)/pytest.status
RUN_VITEST = cd frontend && node_modules/.bin/vitest run --reporter=default --reporter=json \
	--outputFile.json=../$(RESULTS)/vitest.json; echo $$? >../$(RESULTS)/vitest.status

test: install frontend system check $(RESULTS) ## every check and every test
	@rm -f $(RESULTS)/*
	@$(RUN_PYTEST)
	@$(RUN_VITEST)
	@$(BIN)/python -m tests.tally $(RESULTS) pytest vitest

test-python: install frontend $(RESULTS)
	@rm -f $(RESULTS)/pytest.*
	@$(RUN_PYTEST)
	@$(BIN)/python -m tests.tally $(RESULTS) pytest

test-frontend: $(STAMPS)/node $(RESULTS)
	@rm -f $(RESULTS)/vitest.*
	@$(RUN_VITEST)
	@$(BIN)/python -m tests.tally $(RESULTS) vitest

coverage-streaming: install ## every branch of streaming/, from tests/streaming alone
	$(BIN)/pytest tests/streaming --cov=streaming --cov-branch --cov-report=term-missing --cov-fail-under=100

fuzz: install ## hostile input for a minute
	$(BIN)/python -m tests.fuzz.wire_and_markers --seconds $(SECONDS_OF_FUZZ)

sweep: install frontend ## every file of DIR, through to the pixels on the screen
	$(BIN)/python -m tests.tools.sweep --dir $(DIR)

bench-narrow: install ## ways of coding a CT for a narrow window, over the CT slices of DIR
	$(BIN)/python -m tests.tools.bench_narrow --dir $(DIR) --every $(EVERY)

bench-codec: install ## bytes and time of each codec over the files of DIR
	$(BIN)/python -m tests.tools.bench_codec --dir $(DIR)

# PROFILES, IMAGES and RUNS make it shorter, DIR takes images of one's own: see tests/tools/bench_link/README.md.
bench-link: install frontend ## pictures through thin links, beside Cornerstone3D and Orthanc
	$(BIN)/python -m tests.tools.bench_link --profiles "$(PROFILES)" --images "$(IMAGES)" --runs "$(RUNS)" \
		--parts "$(PARTS)" --cc "$(CC_LINK)" --dir "$(if $(filter command line environment,$(origin DIR)),$(DIR))"

bench-motion: install ## bytes and time of motion over the cines of DIR (CODECS=--codecs: of every encoder)
	$(BIN)/python -m tests.tools.bench_motion --dir $(DIR) $(CODECS)

size: install frontend ## bytes over the wire of a first visit
	$(BIN)/python -m tests.tools.size

bench-load: install frontend ## VIEWERS on thin links for SECONDS against one server process
	$(BIN)/python -m tests.tools.bench_load --viewers $(VIEWERS) --seconds $(SECONDS) --dir $(DIR)

chaos-note: install frontend ## a note through a link that keeps breaking
	$(BIN)/python -m tests.tools.chaos_note

screenshots: install frontend ## pictures of the screens
	$(BIN)/python -m tests.tools.screenshots

# Exact versions with hashes, for every platform. `make lock UPGRADE=--upgrade` takes newer ones.
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --no-strip-extras --no-emit-index-url --no-emit-find-links $(UPGRADE) pyproject.toml
lock: install ## deploy/locks and frontend/package-lock.json from what pyproject.toml and package.json ask for
	$(COMPILE) --output-file deploy/locks/runtime.txt
	$(COMPILE) --group dev --constraint deploy/locks/runtime.txt --output-file deploy/locks/development.txt
	cd frontend && npm install --package-lock-only

clean: ## away with everything that make made
	rm -rf .build .venv app/static frontend/node_modules

.venv/pyvenv.cfg:
	@PYTHON=$(PYTHON) .ci/venv

$(STAMPS)/python: .venv/pyvenv.cfg deploy/locks/development.txt pyproject.toml | $(STAMPS)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
		-r deploy/locks/development.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/node: frontend/package.json frontend/package-lock.json | $(STAMPS)/python
	cd frontend && npm ci
	@touch $@

$(PAGES): $(STAMPS)/node $(shell find frontend/src frontend/build frontend/public -type f 2>/dev/null) \
          frontend/vite.config.ts
	cd frontend && node_modules/.bin/vite build
	@touch $@

$(STAMPS) $(RESULTS):
	@mkdir -p $@
