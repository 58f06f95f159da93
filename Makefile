# The everyday commands. Each one sets up what it needs on a machine that has Python 3.11 or newer and nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
#: `make test CONSTRAINTS=` installs the newest versions that pyproject.toml allows.
CONSTRAINTS ?= constraints.txt
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check

.PHONY: help demo learn methods real gpu test check docs release format bench upgrade matrix proto

help:  ## list these commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

$(VENV)/.installed: pyproject.toml setup.py $(CONSTRAINTS)
	@$(PYTHON) -c 'import sys; sys.exit("iacrl needs Python 3.11 or newer: make PYTHON=/path/to/python3.11" if sys.version_info < (3, 11) else 0)'
	@echo "Installing into $(VENV), once: it downloads about 0.6 GB, or 2 GB where torch comes with CUDA, as mostly on Linux."
	@echo "That takes two to ten minutes. After an interruption, the same command goes on with what is left."
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) $(CONSTRAINTS:%=--constraint %) --editable '.[dev]'
	@$(BIN)/python -m compileall -q src rewards  # or, where Python may not write bytecode, every start compiles them again
	@touch $@

demo: $(VENV)/.installed  ## train and measure a tiny model on this machine's CPU: SFT, GRPO, evaluation
	@$(BIN)/python scripts/demo.py

learn: $(VENV)/.installed  ## the same at length: three seeds, beside other rewards and other ways to spend the time; an hour or two
	$(BIN)/python benchmarks/learn.py --ablation

methods: $(VENV)/.installed  ## hold other ways to learn from completions against GRPO, five seeds; hours (ARMS="raft maxrl" chooses)
	$(BIN)/python benchmarks/methods.py --time $(ARMS:%=--only %) $(SETTINGS)

real: $(VENV)/.installed  ## train and measure SmolLM2-135M on two CPU cores: SFT, GRPO, more SFT; two hours (SETTINGS=... changes the recipe)
	$(BIN)/python benchmarks/real.py $(SETTINGS)

gpu: $(VENV)/.installed  ## on a GPU: speed and memory beside TRL's own trainers, rollouts, then a model of 28 M parameters that learns
	$(BIN)/python benchmarks/gpu.py
	$(BIN)/python benchmarks/rollouts.py --device cuda
	$(BIN)/python scripts/make_tiny_base.py --hidden 512 --layers 8 --step-tokens 16000 --to runs/gpu/base-28m
	$(BIN)/python benchmarks/learn.py --jobs 1 --runs runs/gpu/learn --to benchmarks/results/learn_gpu.json \
		model.id=runs/gpu/base-28m model.device=cuda model.compute_dtype=bfloat16 \
		data.train=shipped data.validation=shipped data.test=shipped data.max_difficulty=3 data.sft_rows=600 sft.epochs=4 \
		sft.learning_rate=5e-4 sft.batch_size=32 sft.max_tokens=2048 \
		grpo.steps=200 grpo.learning_rate=2e-4 grpo.prompts_per_step=32 grpo.batch_size=128 grpo.max_completion_tokens=512 \
		eval.rows=null eval.max_completion_tokens=512

# Four processes, also on two cores: many tests wait for others to end.
test: $(VENV)/.installed  ## run the tests
	$(BIN)/python -m pytest --numprocesses 4 --dist worksteal

check: $(VENV)/.installed  ## lint, formatting, strict types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

BENCHMARKS := terraform_parse terraform_verdict kubernetes_verdict engine rewards chaos

bench: $(VENV)/.installed  ## measure parsing, both verdicts, the engine, the rewards and a run in chaos; say which targets are met
	@status=0; for name in $(BENCHMARKS); do echo "== $$name"; $(BIN)/python benchmarks/$$name.py || status=1; done; exit $$status

DOCS := $(VENV)-docs
$(DOCS)/.installed: pyproject.toml $(CONSTRAINTS)
	$(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/python -m pip install --disable-pip-version-check $(CONSTRAINTS:%=--constraint %) --editable '.[docs]'
	@touch $@

docs: $(DOCS)/.installed  ## build the documentation site into site/, and fail on a broken link; installs 0.3 GB into .venv-docs
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --strict

release: $(VENV)/.installed  ## check that the version can be tagged: versions, generated pages, distributions, README; publishes nothing
	$(BIN)/python scripts/release.py

format: $(VENV)/.installed  ## rewrite the code in the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

upgrade:  ## renew constraints.txt by the newest versions that pyproject.toml allows, and run the tests with them
	@$(PYTHON) -c 'import sys; sys.exit("Versions for every Python need the oldest: make upgrade PYTHON=/path/to/python3.11" if sys.version_info[:2] != (3, 11) else 0)'
	$(PYTHON) -m venv --clear $(VENV)
	$(INSTALL) --editable '.[dev]'
	$(BIN)/python scripts/constraints.py >constraints.txt
	@touch $(VENV)/.installed
	$(MAKE) test

matrix: $(VENV)/.installed  ## the tests on other Pythons, versions, kernels, users, paths and locales; hours (ROWS=..., TESTS=..., KEEP=...)
	$(INSTALL) uv
	$(BIN)/python scripts/matrix.py $(if $(ROWS),--rows $(ROWS)) $(if $(TESTS),--tests $(TESTS)) $(if $(KEEP),--keep $(KEEP)) --write

ENGINE := src/iacrl/domains/terraform/engine
proto:  ## generate the plugin protocol's messages again; an older generator, so that an older protobuf can load them
	$(PYTHON) -m venv $(VENV)-proto
	$(VENV)-proto/bin/python -m pip install --quiet 'grpcio-tools==1.76.*'
	$(VENV)-proto/bin/python -m grpc_tools.protoc -I src --pyi_out=src \
		--descriptor_set_out=$(ENGINE)/tfplugin.binpb $(ENGINE)/tfplugin.proto
	mv $(ENGINE)/tfplugin_pb2.pyi $(ENGINE)/tfplugin.pyi
	$(VENV)-proto/bin/python -m grpc_tools.protoc -I tools --python_out=tools --pyi_out=tools tools/provider_facts/tfplugin5.proto
