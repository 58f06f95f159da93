# The everyday commands. Each one sets up what it needs on a machine that has Python 3.11 or newer and nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo learn test check format bench proto

help:  ## list these commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("iacrl needs Python 3.11 or newer: make PYTHON=/path/to/python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@$(BIN)/python -m compileall -q src rewards  # or, where Python may not write bytecode, every start compiles them again
	@touch $@

demo: $(VENV)/.installed  ## train and measure a tiny model on this machine's CPU: SFT, GRPO, evaluation
	$(BIN)/iacrl sft --config tiny-cpu --overwrite
	$(BIN)/iacrl grpo --config tiny-cpu --overwrite
	$(BIN)/iacrl eval --config tiny-cpu --overwrite

learn: $(VENV)/.installed  ## the same at length: three seeds, beside other rewards and other ways to spend the time; an hour
	$(BIN)/python benchmarks/learn.py --ablation

test: $(VENV)/.installed  ## run the tests
	$(BIN)/python -m pytest

check: $(VENV)/.installed  ## lint, formatting, strict types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

BENCHMARKS := terraform_parse terraform_verdict kubernetes_verdict engine rewards

bench: $(VENV)/.installed  ## measure, as ratios: parsing, both verdicts, the engine, the rewards; say which targets are met
	@status=0; for name in $(BENCHMARKS); do echo "== $$name"; $(BIN)/python benchmarks/$$name.py || status=1; done; exit $$status

format: $(VENV)/.installed  ## rewrite the code in the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

proto:  ## generate the plugin protocol's messages again; an older generator, so that an older protobuf can load them
	$(PYTHON) -m venv $(VENV)-proto
	$(VENV)-proto/bin/python -m pip install --quiet 'grpcio-tools==1.76.*'
	$(VENV)-proto/bin/python -m grpc_tools.protoc -I src --python_out=src --pyi_out=src \
		src/iacrl/validators/terraform/engine/tfplugin.proto
