"""Running stages and reading what they leave."""

import json

from safetensors.torch import load_file

from iacrl.config.loading import load_config


def run(stage, overrides, name="tiny-cpu", **options):
    from iacrl.training.grpo import run_grpo
    from iacrl.training.sft import run_sft

    config = load_config(name, overrides)
    return (run_sft if stage == "sft" else run_grpo)(config, **options)


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def adapter(found):
    return load_file(found.adapter / "adapter_model.safetensors")


def same(one, other):
    return one.keys() == other.keys() and all(one[name].equal(other[name]) for name in one)
