# Two commands do everything on a fresh machine with Python 3.11 or later:
#   make run   [MEDIA=folder] [PORT=8000]     a server with sample pictures
#   make test                                 style, types, layers, tests
PYTHON ?= python3
PORT ?= 8000
MEDIA ?= samples
VENV := .venv
BIN := $(VENV)/bin
# The CPU build of torch, where this machine can have it; PIP_ARGS= takes an index of your own.
PIP_ARGS ?=
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -c constraints/cpu.txt

.PHONY: run test lint clean

$(VENV)/.run: pyproject.toml constraints/cpu.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -e ".[detect,onnx]"
	touch $@

$(VENV)/.test: $(VENV)/.run
	$(PIP) -e ".[detect,onnx,test]"
	touch $@

samples: $(VENV)/.run
	$(BIN)/python tools/samples.py $@

run: $(VENV)/.run $(filter samples,$(MEDIA))
	$(BIN)/keepsight serve "$(MEDIA)" --port $(PORT)

lint: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/pytest

clean:
	rm -rf $(VENV) samples .pytest_cache .mypy_cache .ruff_cache
