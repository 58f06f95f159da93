"""Running stages and reading what they leave."""

import json

import torch
from safetensors.torch import load_file

from iacrl.config.recipes import load_config


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


#: Float32 rounds by 6e-8; over the sums of a forward and a backward pass that may grow a hundredfold. A part of a batch
#: that counts twice, or not at all, moves an adapter by a tenth and more.
ROUNDING = 1e-5


def gradient_descent(args, model=None):
    """Replace `Trainer.get_optimizer_cls_and_kwargs` where steps are compared that should differ by rounding only.

    A step of plain gradient descent rounds as its gradient does. Adam divides by the gradient's size: where that is
    near zero, rounding decides its sign, and so a whole learning rate.
    """
    return torch.optim.SGD, {"lr": 0.1}


def apart(one, other, start=None):
    """How far apart two adapters are, as a share of how far one has moved.

    Without a start only the halves B count: LoRA begins with them at zero.
    """
    names = [name for name in one if start is not None or "lora_B" in name]
    origin = {name: torch.zeros(()) for name in names} if start is None else start
    moved = sum(float((one[name] - origin[name]).pow(2).sum()) for name in names)
    between = sum(float((one[name] - other[name]).pow(2).sum()) for name in names)
    assert moved > 0, "training has moved nothing"
    return (between / moved) ** 0.5
