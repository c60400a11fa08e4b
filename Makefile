# make setup   .venv with everything in it, and the system's packages
# make demo    an example on the sample capture, its table, its graph, its packets
# make test    all tests          make check   lint, types, contracts
# make bench   measurements       make fuzz    endless tests (FUZZ_SECONDS)
# make docs    HTML and man pages in docs/_build
# Every target but `clean` needs nothing before it.

PYTHON ?= python3
PY := .venv/bin/python
STAMP := .venv/.ready
RUNS := .venv/.runs
PIP := $(PY) -m pip install -qq --disable-pip-version-check
NEWER := import sys; sys.exit(sys.version_info < (3, 11))
VENV = $(PYTHON) -c '$(NEWER)' || \
  { echo 'Python 3.11 or newer is needed: make setup PYTHON=python3.11' >&2; exit 3; }; \
  test -x $(PY) || $(PYTHON) -m venv .venv
JOBS ?= 2
C_FILES := $(shell git ls-files '*.c' '*.h' 2>/dev/null)

.PHONY: setup demo test check bench fuzz docs clean

setup: $(STAMP)

$(STAMP): setup.cfg pyproject.toml .ci/packages
	@PYTHON=$(PYTHON) .ci/packages develop
	@$(VENV)
	@$(PIP) -e '.[dev,docs]'
	@touch $(RUNS) $@

# The demonstration needs less than the tests: no clang, no formatter.
$(RUNS): setup.cfg pyproject.toml .ci/packages
	@PYTHON=$(PYTHON) .ci/packages run
	@$(VENV)
	@$(PIP) -e .
	@touch $@

demo: $(RUNS)
	@sh examples/demo.sh

test: $(STAMP)
	@$(PY) -m pytest -q -n $(JOBS) $(ARGS)

check: $(STAMP)
	@$(PY) -m ruff check --quiet --no-cache .
	@$(PY) -m ruff format --quiet --check .
	@$(PY) -m mypy
	@test -z '$(C_FILES)' || clang-format --dry-run -Werror $(C_FILES)
	@.venv/bin/lint-imports --no-logo
	@.venv/bin/codespell
	@$(PY) .ci/longest.py

bench: $(STAMP)
	@$(PY) -m benchmarks $(ARGS)

FUZZ_SECONDS ?= 600
fuzz: $(STAMP)
	@$(PY) -m tests.fuzz --seconds $(FUZZ_SECONDS) $(ARGS)

docs: $(STAMP)
	@.venv/bin/sphinx-build -q -W -b html docs docs/_build/html
	@.venv/bin/sphinx-build -q -W -b man docs docs/_build/man
	@echo 'docs/_build/html/index.html, docs/_build/man/'

clean:
	rm -rf .venv build dist *.egg-info docs/_build
