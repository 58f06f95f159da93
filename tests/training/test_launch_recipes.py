"""The recipes for `accelerate launch`, as far as construction goes: accelerate reads them and makes its plug-ins."""

import argparse
import os

import pytest
from accelerate.commands.config.config_args import ClusterConfig, load_config_from_file
from accelerate.commands.launch import _validate_launch_command, launch_command_parser
from accelerate.utils import DistributedType, FullyShardedDataParallelPlugin, prepare_multi_gpu_env

from iacrl.config.recipes import config_names, find_config, load_config
from iacrl.errors import UserError
from iacrl.resources import shipped
from iacrl.runs.launch import check_sharding

FOLDER = shipped("configs") / "distributed"


def launched(name) -> argparse.Namespace:
    """Return the arguments of a launch as accelerate completes them from a recipe."""
    given = ["--config_file", str(FOLDER / f"{name}.yaml"), "-m", "iacrl", "sft", "--config", "tiny-cpu"]
    args, _, _ = _validate_launch_command(launch_command_parser().parse_args(given))
    return args


def test_they_are_no_recipes_of_runs(run_cli):
    assert not {"fsdp", "deepspeed"} & set(config_names())
    assert "fsdp" not in run_cli("config", "list").out
    with pytest.raises(UserError, match="Unknown config"):
        find_config("fsdp")


@pytest.mark.parametrize(("name", "kind"), [("fsdp", "FSDP"), ("deepspeed", "DEEPSPEED")])
def test_accelerate_reads_them(name, kind):
    read = load_config_from_file(str(FOLDER / f"{name}.yaml"))
    assert isinstance(read, ClusterConfig)
    assert read.distributed_type == DistributedType(kind)
    assert read.num_processes == 2 and read.mixed_precision == "bf16"


def test_fsdp_makes_its_plug_in(monkeypatch):
    args = launched("fsdp")
    assert args.use_fsdp and args.module and args.training_script == "iacrl"
    for key, value in prepare_multi_gpu_env(args).items():
        if key not in os.environ and key.startswith(("FSDP_", "ACCELERATE_")):
            monkeypatch.setenv(key, value)
    plugin = FullyShardedDataParallelPlugin()
    assert plugin.fsdp_version == 2
    assert plugin.reshard_after_forward is True
    assert plugin.activation_checkpointing is False
    assert "FULL_STATE_DICT" in str(plugin.state_dict_type)


def test_deepspeed_is_told_zero_2():
    args = launched("deepspeed")
    assert args.use_deepspeed
    assert (args.zero_stage, args.offload_optimizer_device, args.offload_param_device) == (2, "none", "none")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["model.quantization=nf4"], ["model.quantization=none", "torchrun"]),
        (["model.quantization=none", "sft.optimizer=paged_adamw_8bit"], ["sft.optimizer=adamw_torch", "torchrun"]),
        (["model.quantization=none", "grpo.optimizer=adamw_8bit"], ["grpo.optimizer=adamw_torch", "torchrun"]),
    ],
)
def test_fsdp_refuses_what_it_cannot_share_out(settings, words, monkeypatch):
    config = load_config("tiny-cpu", settings)
    check_sharding(config)
    for key, value in prepare_multi_gpu_env(launched("deepspeed")).items():
        monkeypatch.setenv(key, value) if key.startswith("ACCELERATE_") else None
    check_sharding(config)
    monkeypatch.setenv("ACCELERATE_USE_FSDP", prepare_multi_gpu_env(launched("fsdp"))["ACCELERATE_USE_FSDP"])
    with pytest.raises(UserError) as error:
        check_sharding(config)
    assert all(word in str(error.value) for word in words)
    assert len(str(error.value).splitlines()) == 2, "what is fine is not named"
    check_sharding(load_config("tiny-cpu", ["model.quantization=none"]))


def test_a_stage_asks_before_it_loads_anything(small, run_cli, monkeypatch, tmp_path):
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    for stage in ("sft", "grpo"):
        told = run_cli(stage, "--config", "tiny-cpu", *small, "model.id=nobody/nothing")
        assert told.status == 2 and "model.quantization = nf4" in told.err and "Traceback" not in told.err
    assert not list(tmp_path.glob("runs/small/*"))
