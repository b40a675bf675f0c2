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

.PHONY: FORCE help env data demo repro release test faults fuzz lint format bench ui ui-stop clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

# TORCH=cpu|cuda|vllm chooses the build of torch, TORCH_INDEX=URL where it comes from; unset, install.py
# keeps the one that is there, and for a new environment looks whether there is a GPU.
TORCH ?=
TORCH_INDEX ?=
# A newer CPU passes for one with AVX2 alone; how near that comes: docs/performance.md.
OLDER_CPU := ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2

$(VENV)/.installed: constraints.txt constraints-vllm.txt pyproject.toml install.py $(if $(TORCH)$(TORCH_INDEX),FORCE)
	$(PYTHON) install.py $(VENV) $(or $(TORCH),auto) $(if $(TORCH_INDEX),--index $(TORCH_INDEX))
	touch $@

FORCE:

env: $(VENV)/.installed  ## make the environment in .venv (exact versions: constraints.txt)

data: env  ## get the bundled dialogues and the released estimators from the DVC remote
	dvc pull --quiet data.dvc $(wildcard released.dvc)

demo: data  ## diagnose a shipped reply file with the released estimators; trains nothing
	dvc repro --quiet fetch split
	remid demo

repro: data  ## run every stage, then print R-EMID, interval and bound per shift and model
	dvc repro
	remid show

release: data  ## train the estimators to be released, for hours, and put them under DVC
	dvc repro release/dvc.yaml
	remid release publish
	dvc add released
	dvc push released.dvc

test: env data  ## run the tests, the whole pipeline with the tiny model among them
	pytest
	$(OLDER_CPU) pytest tests/lm tests/training/test_devices.py tests/training/test_grpo_log_probabilities.py

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
