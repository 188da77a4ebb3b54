# From nothing but make and a Python of 3.11 or later:  make demo  and  make test.
# PYTHON=/path/to/python3 chooses the interpreter.

VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
# Who takes what: tests/shares.py.
SHARED := --dist loadfile --no-loadscope-reorder

export PYTHON
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Compiled once, not by each of the two hundred processes that the tests start.
export PYTHONDONTWRITEBYTECODE :=

# An interpreter that went away (an upgrade, a container) took the environment with it.
$(shell test -x $(BIN)/python || rm -f $(VENV)/.runs $(VENV)/.tests)

.PHONY: help demo test check bench faults fuzz audit lock clean

help:
	@echo "make demo    the line on this machine, with telephones in the browser; Ctrl-C stops it, the data stays"
	@echo "make test    every test"
	@echo "make check   lint, types, import contracts"
	@echo "make bench   what a call costs, against bare floors"
	@echo "make audit   known faults of what we depend on, and holes of the lock"
	@echo "make fuzz    whatever anybody could send, at every door and into every parser"
	@echo "make faults  three days in which everything breaks, and what was lost; writes docs/reliability.md"
	@echo "make lock    choose the versions of all packages anew"
	@echo "make clean   remove what make made (the data in var/ stays)"

demo: $(VENV)/.runs
	@exec $(BIN)/rappel24 demo $(ARGS)

test: $(VENV)/.tests
	TZ=Europe/Paris $(PYTEST) -n 4 $(SHARED) -m "not alone" $(ARGS)
	TZ=UTC $(PYTEST) -q -n 2 $(SHARED) -m dates $$(grep -rl --include='*.py' 'mark\.dates' tests)

check: $(VENV)/.tests
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports --no-logo

bench: $(VENV)/.tests
	@$(BIN)/python -m benchmarks $(ARGS)

audit: $(VENV)/.tests
	@$(BIN)/python .ci/audit $(ARGS)

fuzz: $(VENV)/.tests
	@$(BIN)/python -m tests.fuzz $(ARGS)

faults: $(VENV)/.tests
	TZ=Europe/Paris $(PYTEST) -q -m alone
	@$(BIN)/python -m tests.faults.day --write $(ARGS)

lock: $(VENV)/.tests
	$(BIN)/python -m uv pip compile --upgrade --universal --python-version 3.11 --generate-hashes \
		--group dev --extra watch pyproject.toml -o requirements-dev.lock
	$(BIN)/python -m uv pip compile --universal --python-version 3.11 --generate-hashes \
		-c requirements-dev.lock pyproject.toml -o requirements.lock
	$(BIN)/python -m uv pip compile --universal --python-version 3.11 --generate-hashes \
		--extra watch -c requirements-dev.lock pyproject.toml -o requirements-watch.lock

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.runs: requirements.lock pyproject.toml .ci/environment
	@.ci/environment requirements.lock $@

$(VENV)/.tests: requirements-dev.lock pyproject.toml .ci/environment
	@.ci/environment requirements-dev.lock $@
