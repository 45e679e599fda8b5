# `make help` lists the targets. Everything is installed into .venv; nothing else is touched.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
AUDIT_BIN := .venv/audit/bin
SBOM ?= var/sbom.json
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard portal/locale/*/LC_MESSAGES/django.po))
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: backup backup-drill restore help run lexicon test faults check fmt e2e e2e-stack bench bench-signups bench-lists bench-search bench-pages screenshots stack stack-down stress mutate-permissions walls audit sbom secrets containers lock messages install install-dev

help: ## show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /  make \1|/' | column -t -s '|'

run: install ## bring up the portal with demo content at http://localhost:8000 (PORT=… for another)
	@DJANGO_SETTINGS_MODULE=portal.settings.dev exec $(BIN)/python manage.py run_portal

lexicon: install ## compile the Swedish lexicon that searching splits compounds with (`make run` does it once)
	@DJANGO_SETTINGS_MODULE=portal.settings.dev $(BIN)/python manage.py build_swedish_lexicon --missing

test: install-dev ## run the tests (SQLite; DATABASE_URL=postgres://… for PostgreSQL); no server is needed
	@$(BIN)/pytest -n auto --dist worksteal -m "not journey and not bench and not fault" $(ARGS)

faults: install-dev ## take each part away in turn: what was lost, and how soon all is well (DATABASE_URL for PostgreSQL; long)
	@$(BIN)/pytest -q -m fault tests/faults $(ARGS)

walls: install-dev ## every address x method x person against two municipalities (`make test` runs a short form)
	@WALLS=full $(BIN)/pytest tests/walls -n auto --dist worksteal $(ARGS)

e2e: install-dev ## run the use cases in a real browser (Debian's chromium)
	@$(BIN)/pytest -m journey $(ARGS)

e2e-stack: install-dev ## the same use cases against the production set-up, without the pages' looks (Debian; STACK_SEARCH=1 for Elasticsearch)
	@JOURNEYS_AT=stack $(BIN)/pytest -m journey tests/journeys $(ARGS)

bench: install-dev ## how fast pages are beside the least any program must do: 3,000 pages, 60,000 people (Debian; SCALE=0.1 for less)
	@command -v ab >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends apache2-utils >/dev/null; }
	@$(BIN)/python -m tests.speed --scale $(or $(SCALE),1) $(ARGS)

bench-signups: install-dev ## how fast seats are given, beside the least any program must do (DATABASE_URL for PostgreSQL)
	@$(BIN)/pytest -q -s -m bench tests/bench/test_sign_ups.py $(ARGS)

bench-lists: install-dev ## how fast the lists of 2,000 participants are shown, filtered and fetched (DATABASE_URL for PostgreSQL)
	@$(BIN)/pytest -q -s -m bench tests/bench/test_lists.py $(ARGS)

bench-programme: install-dev ## what a programme of 200 sessions costs beside one of 20 (DATABASE_URL for PostgreSQL)
	@$(BIN)/pytest -q -s -m bench tests/bench/test_programme.py $(ARGS)

bench-search: install-dev lexicon ## how fast 1,250, 23,000 and 50,000 documents are searched (DATABASE_URL; ELASTICSEARCH_URL for both engines)
	@$(BIN)/pytest -q -s -m bench tests/bench/test_search.py $(ARGS)

bench-pages: install-dev ## what pages weigh, and how soon a slow phone on a slow network shows them (Debian's chromium)
	@$(BIN)/pytest -q -s -m bench tests/bench/test_pages.py $(ARGS)

stack: install ## bring up the production set-up natively: PostgreSQL, Redis, nginx, two webs, worker, beat (Debian; STACK_SEARCH=1 for Elasticsearch)
	@docker/stack up --demo

stack-down: ## end what `make stack` started, and remove what it wrote
	@docker/stack down

backup: install ## make a back-up in BACKUP_FOLDER (ARGS=--verify reads the last one again)
	@$(BIN)/python manage.py backup $(ARGS)

restore: install ## put a back-up back: make restore FOLDER=… (ARGS=--replace where there is a portal already)
	@$(BIN)/python manage.py restore $(FOLDER) $(ARGS)

backup-drill: install-dev ## back up a portal of 10,000 people in use, restore it, compare (DATABASE_URL for PostgreSQL; long)
	@$(BIN)/python -m tests.drill $(ARGS)

screenshots: install-dev ## take the pictures of the README and of the coordinators' guide anew (Debian's chromium)
	@$(BIN)/python -m tests.pictures

stress: install-dev ## 24,000 sign-ups through HTTP while processes are killed (DATABASE_URL for PostgreSQL; long)
	@$(BIN)/python -m tests.stress --kill 12 $(ARGS)
	@echo "The same without the lock, which must find violations:"
	@$(BIN)/python -m tests.stress --no-lock --hurry --sign-ups 600; test $$? -eq 1

mutate-permissions: install-dev ## remove each permission check in turn and prove that a test turns red (long)
	@$(BIN)/python -m tests.mutation.permissions $(ARGS)

audit: .venv/audit.stamp ## ask whether a locked version has a known weakness (AUDIT=must: fail where nobody can be asked)
	@$(AUDIT_BIN)/python .ci/audit .requirements/watch.txt .requirements/dev.txt .requirements/audit.txt

sbom: .venv/audit.stamp ## write what an image holds, as CycloneDX, to var/sbom.json; the same each time
	@mkdir -p $(dir $(SBOM))
	@PYTHONWARNINGS=ignore $(AUDIT_BIN)/cyclonedx-py requirements .requirements/watch.txt --pyproject pyproject.toml --output-reproducible --validate --short-PURLs --output-format JSON --output-file $(SBOM)
	@echo "$(SBOM)"

secrets: .venv/audit.stamp ## look for keys and passwords in the tree (part of `make check`)
	@$(AUDIT_BIN)/python .ci/secrets

containers: .venv/audit.stamp ## whether Dockerfile, compose.yaml and the proxy's configuration can be read (part of `make check`)
	@.ci/containers

check: install-dev secrets containers ## lint, types, templates, import contracts, migrations, catalogue, secrets, containers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy
	@$(BIN)/djlint templates --lint --quiet
	@DJANGO_SETTINGS_MODULE=portal.settings.test $(BIN)/python manage.py makemigrations --check --dry-run
	@DJANGO_SETTINGS_MODULE=portal.settings.test $(BIN)/python manage.py check_migrations $(if $(SINCE),--since $(SINCE),--release)
	@$(BIN)/pytest -q tests/architecture/test_catalogue.py

fmt: install-dev ## format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

messages: install-dev ## collect the texts to translate (needs gettext)
	@DJANGO_SETTINGS_MODULE=portal.settings.test $(BIN)/python manage.py makemessages --locale sv --no-location --no-wrap --ignore '.venv/*' --ignore 'var/*' --ignore 'tests/*'
	@sed -i '/^"POT-Creation-Date/d' portal/locale/*/LC_MESSAGES/django.po

COMPILE := $(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --no-annotate

lock: ## write the locked versions anew from pyproject.toml
	@$(COMPILE) --output-file .requirements/run.txt pyproject.toml
	@$(COMPILE) --extra watch --extra bucket --constraint .requirements/run.txt --output-file .requirements/watch.txt pyproject.toml
	@$(COMPILE) --extra dev --extra watch --extra bucket --output-file .requirements/dev.txt pyproject.toml
	@$(COMPILE) --output-file .requirements/audit.txt .requirements/audit.in

install: .venv/run.stamp $(CATALOGUES)

install-dev: .venv/dev.stamp $(CATALOGUES)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@echo "Installing into .venv (a minute the first time) …"
	@$(PYTHON) -m venv .venv

.venv/run.stamp: .requirements/run.txt | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .requirements/run.txt
	@touch $@

.venv/dev.stamp: .requirements/dev.txt .venv/run.stamp | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .requirements/dev.txt
	@touch $@

# The tools of `make audit` and their like, apart from what is worked with.
.venv/audit.stamp: .requirements/audit.txt | $(BIN)/python
	@$(PYTHON) -m venv .venv/audit
	@$(AUDIT_BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

%.mo: %.po .venv/run.stamp
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@ --locale sv
