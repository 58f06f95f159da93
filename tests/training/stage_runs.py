"""Running stages and reading what they leave."""

import gc
import json
import os
import signal
import sys
import traceback

import pytest
import torch
from safetensors.torch import load_file

from iacrl.config.recipes import load_config


def run(stage, overrides, name="tiny-cpu", **options):
    from iacrl.training.grpo import run_grpo
    from iacrl.training.sft import run_sft

    config = load_config(name, overrides)
    return (run_sft if stage == "sft" else run_grpo)(config, **options)


#: Other threads of a test's process hold no lock that training needs.
FORKS = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


def fork(work, told, **environment):
    """Call `work` in a process that need not import everything again; return its number.

    What it writes goes to the file `told`. It ends with the status that `iacrl` would end with.
    """
    gc.collect()
    gc.freeze()  # else the collection with which training begins walks, and so copies, all that this process has
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        os.environ.update(environment)
        sys.stdout = sys.stderr = told.open("w", buffering=1)
        os.dup2(sys.stderr.fileno(), 2)
        from iacrl.scoring.runtime import link, runtime

        runtime.Link = link.Link  # a host that other tests share would be left amid a batch
        work()
        status = 0
    except SystemExit as stop:
        status = stop.code or 0
    except BaseException:  # noqa: BLE001 - whatever it is, this process must not go on as pytest
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def exit_status(child):
    """Wait for a process; return its exit status, negative where a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def iacrl_command(stage, overrides, *options, die_at=None, number=signal.SIGKILL):
    """Return what runs a stage as the installed command does, for `fork`; it gets a signal when it begins a step."""

    def call():
        from iacrl.cli import main
        from iacrl.training import callbacks

        begin = callbacks.StopOnSignal.on_step_begin

        def dying(self, args, state, control, **kwargs):
            if state.global_step + 1 == die_at:
                os.kill(os.getpid(), number)
            return begin(self, args, state, control, **kwargs)

        callbacks.StopOnSignal.on_step_begin = dying
        sys.argv = ["iacrl", stage, "--config", "tiny-cpu", *options, *overrides]
        main()

    return call


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
