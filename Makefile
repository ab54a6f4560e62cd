# The commands of this project. `make` alone lists them.

VENV := .venv
RUN := $(VENV)/bin/
export PYTHONDONTWRITEBYTECODE := 1

.DEFAULT_GOAL := help
.PHONY: help demo test check bench lock clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

demo: $(VENV)/installed ## play the whole loop on a database of its own, then serve it at 127.0.0.1:8000
	$(RUN)testing-platform demo

test: $(VENV)/installed ## install Chromium and PostgreSQL where they are missing, then run all tests
	tests/install-system
	OPENBLAS_NUM_THREADS=1 $(RUN)python -m pytest -n auto

check: $(VENV)/installed ## formatting, lint, types and house rules, in seconds
	$(RUN)ruff check .
	$(RUN)ruff format --check .
	$(RUN)mypy
	$(RUN)python -m pytest -q tests/house

bench: $(VENV)/installed ## the benchmarks: ratios against a floor or a peer, measured in the same run
	for script in benchmarks/*.py; do $(RUN)python $$script || exit 1; done

lock: ## write the lock file anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --all-extras --no-emit-index-url --no-header -q -U -o requirements.lock

clean: ## remove the environment, the demo and all caches
	rm -rf $(VENV) data/demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/installed: requirements.lock pyproject.toml
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or newer is needed.'; exit 1; }
	python3 -m venv $(VENV) || { echo 'The module venv is missing: apt-get install python3-venv'; exit 1; }
	$(RUN)python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(RUN)python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@
