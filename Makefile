# Two commands matter: `make demo` and `make test`. Both need only make and Python 3.11 to 3.13.

.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null \
	&& command -v "$$name" && break; done)

# uv and node trust the machine's own certificates; uv never fetches a Python.
export UV_SYSTEM_CERTS := 1
export UV_PYTHON_DOWNLOADS := never
export NODE_USE_SYSTEM_CA := 1
# Tools come from the project; what the caller has active stays out.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)
PY := .venv/bin/python
UV := .tools/bin/uv

# Stamps: a second start skips what has not changed.
SYNCED := .venv/synced
BENCHED := .venv/benched
NPM := node_modules/installed
BUILT := node_modules/built
CATALOGUES := .venv/catalogues
KERNELS := .venv/kernels
ASSETS := $(shell find static/src templates */templates -type f 2>/dev/null | grep -v ' ') package.json
PO_FILES := $(wildcard locale/*/LC_MESSAGES/django.po)

# What the checks need of the environment; no server is contacted.
STATIC_ENV := GAGYO_LOCAL=true READ_DOT_ENV=false SECRET_KEY=unused \
	DATABASE_URL=postgres:///unused REDIS_URL=redis://unused

.PHONY: help demo demo-reset test check setup format messages lock bench load audit openapi fuzz clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20

demo: setup ## Start everything with fictional data; Ctrl-C stops it
	@exec $(PY) -m local.demo

demo-reset: setup ## Delete the demo's data
	@exec $(PY) -m local.demo --reset

test: setup ## Run all tests, browser journeys included, on throw-away servers; ARGS='tests/mailing -n 0' for a part
	@exec $(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile $(ARGS)

check: setup ## Format, lint, types, layers, migrations, translations, file lengths
	ruff format --check .
	ruff check .
	$(STATIC_ENV) mypy .
	lint-imports
	$(STATIC_ENV) $(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(PY) -m local.catalogues check
	$(PY) -m local.checks

setup: $(SYNCED) $(BUILT) $(CATALOGUES) $(KERNELS) ## Install what the lock files name, build styles and kernels

format: setup ## Format and mend what can be mended
	ruff format .
	ruff check --fix .

messages: setup ## Collect new messages into locale/
	$(PY) -m local.catalogues update

bench: setup $(BENCHED) ## Time matching and its peers; ARGS='--firms 12700' for another size
	@exec $(PY) -m local.bench $(ARGS)

load: setup ## Reviewers on a queue of 250,000 matches; ARGS='--matches 50000' for less
	@exec $(PY) -m local.load $(ARGS)

audit: setup ## Lighthouse on a slow phone; ARGS='--only home --runs 1' for less
	@exec $(PY) -m local.audit $(ARGS)

openapi: setup ## Write docs/openapi.yaml, the description of the API
	@$(STATIC_ENV) $(PY) -W ignore::RuntimeWarning manage.py openapi

fuzz: setup ## Try the API as everybody, at length; FUZZ=200 for more examples of each operation
	@FUZZ=$${FUZZ:-50} exec $(PY) -m pytest -n auto --maxprocesses 2 --dist loadfile tests/api/fuzz $(ARGS)

lock: $(UV) ## Write the lock files anew
	$(UV) pip compile pyproject.toml --group local --group dev --universal --generate-hashes \
		--no-header --quiet -o requirements.lock
	$(UV) pip compile pyproject.toml --constraints requirements.lock --universal \
		--generate-hashes --no-header --no-annotate --quiet -o requirements-production.lock
	$(UV) pip compile --group bench --constraints requirements.lock --universal \
		--generate-hashes --no-header --no-annotate --quiet -o requirements-bench.lock
	npm install --package-lock-only

clean: ## Delete all that can be made again; the demo's data stay
	rm -rf .venv .tools node_modules static/dist staticfiles .mypy_cache .pytest_cache .ruff_cache \
		.hypothesis .import_linter_cache

$(UV):
	@test -n "$(PYTHON)" || { echo 'Gagyo needs Python 3.11, 3.12 or 3.13 as `python3`.' >&2; exit 1; }
	@$(PYTHON) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m ensurepip --user >/dev/null 2>&1 \
		|| { echo 'Python has no pip: install the package `python3-pip` first.' >&2; exit 1; }
	$(PYTHON) -m pip install --quiet --upgrade --target .tools uv

$(SYNCED): requirements.lock | $(UV)
	test -x $(PY) || $(UV) venv --quiet --python "$(PYTHON)" .venv
	$(UV) pip sync --quiet --require-hashes --python $(PY) requirements.lock
	@touch $@

$(BENCHED): requirements-bench.lock $(SYNCED)
	$(UV) pip install --quiet --require-hashes --no-deps --python $(PY) -r requirements-bench.lock
	@touch $@

$(NPM): package-lock.json .npmrc $(SYNCED)
	npm ci --no-progress
	@touch $@

$(BUILT): $(ASSETS) $(NPM)
	npm run --silent build
	@touch $@

$(CATALOGUES): $(PO_FILES) $(SYNCED)
	@$(PY) -m local.catalogues compile
	@touch $@

$(KERNELS): $(wildcard matching/engine/kernels/*.py matching/engine/text/*.py matching/engine/allocation/*.py) $(SYNCED)
	@$(PY) -m matching.engine.kernels
	@touch $@
