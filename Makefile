# Two commands do everything on a fresh machine with Python 3.11 or later:
#   make run   [MEDIA=folder] [PORT=8000]     a server with sample pictures
#   make test                                 style, types, layers, tests
# And three measure: make bench [PHOTOS=folder] [WEIGHTS=folder], the speed beside others (docs/performance.md; it takes
# an hour, and wants a quiet machine with wrk, nginx, node and npm); make bench-auto PHOTOS=folder [BENCH_ARGS=...]; and
#   make bench-quality PHOTOS=folder [BOXES=boxes.json] [WEIGHTS=folder] [MARKDOWN=file] [BENCH_ARGS=...]
PYTHON ?= python3
PORT ?= 8000
MEDIA ?= samples
VENV := .venv
BIN := $(VENV)/bin
# The CPU build of torch, where this machine can have it; PIP_ARGS= takes an index of your own.
PIP_ARGS ?=
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -c constraints/cpu.txt

SOAK_ARGS ?= --minutes 30

.PHONY: run test lint audit fuzz soak bench bench-quality bench-auto clean

$(VENV)/.run: pyproject.toml constraints/cpu.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -e ".[detect,onnx]"
	touch $@

$(VENV)/.test: $(VENV)/.run
	$(PIP) -e ".[detect,onnx,test]"
	touch $@

# The front ends that tests/frontends builds; without npm or its registry those tests are skipped.
APPS := tests/frontends/apps
$(VENV)/frontends/.installed: $(wildcard $(APPS)/package*.json $(APPS)/*/package.json) | $(VENV)/.run
	@for each in . astro next nuxt vite; do mkdir -p $(VENV)/frontends/$$each; \
	    cp $(APPS)/$$each/package*.json $(VENV)/frontends/$$each/; done
	@cd $(VENV)/frontends && npm ci --no-audit --no-fund --loglevel error && touch .installed \
	    || echo "The front ends are not tested: npm could not install them."

samples: $(VENV)/.run
	$(BIN)/python tools/samples.py $@

run: $(VENV)/.run $(filter samples,$(MEDIA))
	$(BIN)/keepsight serve "$(MEDIA)" --port $(PORT)

lint: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# What the audit finds is said and ends nothing: a hole that was published last night is no fault of the change at hand.
test: lint $(VENV)/frontends/.installed
	@$(BIN)/python tools/audit.py || true
	$(BIN)/pytest

# Fails where an installed package has a hole that a newer version mends.
audit: $(VENV)/.test
	$(BIN)/python tools/audit.py

# The peer smartcrop.js takes part after: npm i --no-save smartcrop sharp
$(VENV)/.bench: $(VENV)/.run
	$(PIP) -e ".[detect,bench]"
	touch $@

$(VENV)/photos: samples
	mkdir -p $@
	cp samples/*/*.jpg $@

# One after the other: two at once would measure each other. WEIGHTS= names a folder with those of coco and faces.
bench: PHOTOS ?= $(VENV)/photos
bench: $(VENV)/.bench $(VENV)/photos
	$(BIN)/python -m benchmarks.hits
	$(BIN)/python -m benchmarks.start "$$(ls "$(PHOTOS)"/*.jpg | head -n 1)" $(if $(WEIGHTS),--weights "$(WEIGHTS)")
	$(BIN)/python -m benchmarks.misses "$(PHOTOS)"
	$(BIN)/python -m benchmarks.misses "$(PHOTOS)" --published
	$(BIN)/python -m benchmarks.smart "$(PHOTOS)" $(if $(WEIGHTS),"$(WEIGHTS)")
	$(if $(WEIGHTS),$(BIN)/python -m benchmarks.memory "$(PHOTOS)" "$(WEIGHTS)")
	$(BIN)/python -m benchmarks.derived_cache

bench-quality: $(VENV)/.bench
	$(BIN)/python -m benchmarks.crop_quality "$(PHOTOS)" $(if $(BOXES),--boxes "$(BOXES)") \
	    $(if $(WEIGHTS),--weights "$(WEIGHTS)") $(if $(MARKDOWN),--markdown "$(MARKDOWN)") $(BENCH_ARGS)

bench-auto: $(VENV)/.bench
	$(BIN)/python -m benchmarks.auto_quality "$(PHOTOS)" $(BENCH_ARGS)

# Inputs to the URL language, to search expressions and to bodies of requests, guided by coverage.
FUZZ := -len_control=0 -artifact_prefix=/tmp/
fuzz: $(VENV)/.run
	$(PIP) atheris
	$(BIN)/python tools/fuzz_transformations.py -runs=1000000 -max_len=160 $(FUZZ)
	$(BIN)/python tools/fuzz_search.py -runs=300000 -max_len=160 $(FUZZ)
	$(BIN)/python tools/fuzz_bodies.py -runs=300000 -max_len=600 $(FUZZ)

# Mixed load on one server for half an hour: what grows?
soak: $(VENV)/.bench
	$(BIN)/python -m benchmarks.soak $(SOAK_ARGS)

clean:
	rm -rf $(VENV) samples .pytest_cache .mypy_cache .ruff_cache
