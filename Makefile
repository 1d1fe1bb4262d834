# Every target does its own set-up; the second time that takes no time.
# A missing Debian package is installed when you are root, named in one line (exit code 2) when not.

.DEFAULT_GOAL := help
.PHONY: help install up test check scale bench bench-short load load-short faults faults-short postfix lock migration clean

# Options: make up ARGS="--as-of 2026-11-06"    make test ARGS="tests/test_house_rules.py -k clock"
ARGS ?=
# Tests run in this many processes, each with its own private PostgreSQL.
WORKERS ?= 2
# The Python that .venv is made from; empty means python3.11, then python3.
PYTHON ?=

UV := uv==0.13.9
COMPILE := uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: ## put the pinned packages and the dondoc command into .venv
	@PYTHON="$(PYTHON)" scripts/setup.sh install

up: install ## run the main job with its sample: database, clock, mail catcher, Prefect (Ctrl-C stops it)
	.venv/bin/dondoc up $(ARGS)

test: install ## run all tests on SQLite and PostgreSQL, browser included
	@scripts/setup.sh test-tools
	.venv/bin/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

check: install ## run everything a change must pass: style, types, imports, packages, licences, tests
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy --strict
	.venv/bin/lint-imports
	.venv/bin/python -m pip check
	.venv/bin/python -m scripts.check_licences
	@$(MAKE) --no-print-directory test

scale: install ## measure what grows with the number of units, 10,000 to 100,000, on both databases; minutes
	@.venv/bin/python -m scripts.measure_scale $(ARGS)

bench: install ## measure dispatch, queueing, quiet rounds, memory against their targets, on both databases; ~25 minutes
	@.venv/bin/python -m scripts.bench $(ARGS)

bench-short: install ## the same on a fraction of the size, at half of the targets; about four minutes
	@.venv/bin/python -m scripts.bench --profile short $(ARGS)

load: install ## play the last ten minutes before the due date ends: 3,000 officers while 100,000 mails leave; half an hour
	@scripts/setup.sh test-tools
	@.venv/bin/python -m scripts.load.slow_line
	@.venv/bin/python -m scripts.load $(ARGS)

load-short: install ## the same with 120 officers on PostgreSQL, as many at once; about a minute
	@.venv/bin/python -m scripts.load --profile short $(ARGS)

faults: install ## play a year of faults on both databases, with real processes killed, and judge it; half an hour
	@scripts/setup.sh test-tools
	@.venv/bin/python -m tests.faults $(ARGS)

faults-short: install ## the same for eight weeks and sixty units; a minute or two
	@scripts/setup.sh test-tools
	@.venv/bin/python -m tests.faults --profile short $(ARGS)

postfix: install ## send a campaign's mails to a throw-away postfix and read strictly what it delivered; as root, three minutes
	@.venv/bin/python -m tests.postfix $(ARGS)

# The resolver lives in a throw-away folder: it is needed here only. Present pins are kept unless a
# range in pyproject.toml forbids them; `make lock ARGS=--upgrade` takes the newest of everything.
lock: install ## pin and hash the requirements again after a change in pyproject.toml
	@set -e; tools=$$(mktemp -d); trap 'rm -rf "$$tools"' EXIT; \
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --target "$$tools" "$(UV)"; \
	"$$tools/bin/"$(COMPILE) $(ARGS) --output-file requirements/runtime.txt pyproject.toml >/dev/null; \
	"$$tools/bin/"$(COMPILE) $(ARGS) --output-file requirements/bench.txt requirements/bench.in >/dev/null; \
	"$$tools/bin/"$(COMPILE) $(ARGS) --extra dev --constraint requirements/runtime.txt \
		--output-file requirements/dev.txt pyproject.toml >/dev/null; \
	echo pip | "$$tools/bin/"$(COMPILE) $(ARGS) --output-file requirements/pip.txt - >/dev/null
	@git diff --stat -- requirements

NAME ?=
migration: install ## draft the next migration from dondoc/store/tables.py: make migration NAME="add bounce"
	@.venv/bin/python -m scripts.new_migration "$(NAME)"

clean: ## remove .venv and all caches; never the data under DONDOC_HOME
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
