# One task list for people, hooks and CI.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export PATH := $(abspath $(BIN)):$(PATH)
# For dvc and pytest, which start before our code; src/remid/environment.py sets it and the rest.
export DO_NOT_TRACK := true

.PHONY: help env data repro test lint format bench faults fuzz ui ui-stop clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.installed: constraints.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

env: $(VENV)/.installed  ## make the environment in .venv (exact versions: constraints.txt)

data: env  ## get the bundled dialogues from the DVC remote
	dvc pull --quiet data.dvc

repro: data  ## run every stage, then print R-EMID, interval and bound per shift and model
	dvc repro
	remid show

test: env data  ## run the tests, the whole pipeline with the tiny model among them
	pytest

faults: env  ## a hundred random faults; after each the next run must give the same metrics
	FAULTS=100 pytest -s tests/faults | grep --line-buffered -E '^fault|passed|failed'

fuzz: env  ## every property with 3000 examples, in at most 16 GB and an hour
	ulimit -v 16777216; timeout 3600 pytest --hypothesis-profile=fuzz --timeout 0 \
		tests/fuzz tests/corpus tests/processes/test_terminal.py tests/replies/test_file_rows.py tests/replies/test_thinking.py

lint: env  ## style, types and the direction of dependencies
	ruff check .
	ruff format --check .
	mypy
	lint-imports

format: env  ## format the code
	ruff check --fix .
	ruff format .

bench: env data  ## print the benchmarks' ratios
	for b in likelihood precision coevolve; do python benchmarks/$$b.py; done

ui: data  ## start Prefect, MLflow and a worker on loopback, with the retraining schedule
	python flows/ui.py start

ui-stop:  ## end exactly what `make ui` started
	python flows/ui.py stop

clean:  ## remove what the pipeline made, keeping the DVC cache
	rm -rf build checks plots replies scores splits models .cache
