"""vLLM in GRPO, as far as it goes without one: what the trainer is told, what is refused, and a run on a stand-in."""

from importlib.util import find_spec
from types import SimpleNamespace

import pytest
from stage_runs import rows, run

from iacrl.config.recipes import load_config
from iacrl.errors import UserError
from iacrl.runs.directory import RunDirectory
from iacrl.training.grpo import grpo_options
from iacrl.training.vllm_generation import check_vllm

SIXTEEN_BIT = "model.quantization=none"


def options(tmp_path, *overrides):
    return grpo_options(load_config("tiny-cpu", [SIXTEEN_BIT, *overrides]), RunDirectory(tmp_path))


def test_it_is_off_unless_asked_for(tmp_path):
    assert options(tmp_path).use_vllm is False


def test_colocate_shares_the_gpu(tmp_path):
    more = ["grpo.vllm_sleep=true", "grpo.vllm_tensor_parallel=2"]
    made = options(tmp_path, "grpo.vllm=colocate", "grpo.vllm_memory=0.4", "data.max_prompt_tokens=100", *more)
    assert (made.vllm_enable_sleep_mode, made.vllm_tensor_parallel_size) == (True, 2)
    assert (made.use_vllm, made.vllm_mode, made.vllm_gpu_memory_utilization) == (True, "colocate", 0.4)
    assert made.vllm_max_model_length == 100 + 72
    assert made.vllm_importance_sampling_correction is True


def test_server_has_an_address(tmp_path):
    more = ["grpo.vllm_server_timeout_s=9", "grpo.vllm_group_port=5000"]
    made = options(tmp_path, "grpo.vllm=server", "grpo.vllm_server=http://gpu-2:9000", *more)
    assert (made.vllm_server_timeout, made.vllm_group_port) == (9, 5000)
    assert (made.use_vllm, made.vllm_mode, made.vllm_server_base_url) == (True, "server", "http://gpu-2:9000")


@pytest.mark.parametrize("mode", ["colocate", "server"])
def test_4_bit_weights_are_refused_with_the_choices(mode):
    with pytest.raises(UserError, match=r"grpo\.rollout=merged.*model\.quantization=none.*grpo\.vllm=off"):
        load_config("tiny-cpu", [f"grpo.vllm={mode}", "grpo.rollout=policy"])


@pytest.mark.skipif(find_spec("vllm") is not None, reason="vLLM is installed")
def test_where_it_is_not_installed_one_message_says_so(small, run_cli):
    with pytest.raises(UserError, match="pip install"):
        check_vllm(load_config("tiny-cpu", [SIXTEEN_BIT, "grpo.vllm=server"]))
    told = run_cli("grpo", "--config", "tiny-cpu", *small, SIXTEEN_BIT, "grpo.vllm=colocate")
    assert told.status == 2 and told.err.count("Error:") == 1 and "grpo.vllm=off" in told.err


def test_colocate_leaves_less_room_for_training(tiny_model):
    from iacrl.training.doctor.fitting import USABLE, settings_that_fit
    from iacrl.training.doctor.model_shape import read_shape
    from iacrl.training.doctor.stage_memory import estimate

    own = [f"model.id={tiny_model}", SIXTEEN_BIT, "gates.action=skip", "probe.every=null", "sft.batch_size=1"]
    config = load_config("tiny-cpu", own)
    shared = load_config("tiny-cpu", [*own, "grpo.vllm=colocate", "grpo.vllm_memory=0.5"])
    shape = read_shape(config)
    assert "generation" in estimate(config, shape)["grpo"].phases
    assert "generation" not in estimate(shared, shape)["grpo"].phases
    spared = load_config("tiny-cpu", [*own, "grpo.gradient_checkpointing=true"])
    enough, least = (estimate(one, shape)["grpo"].peak for one in (config, spared))
    memory = int((enough + least) / 2 / (USABLE - 0.5))  # what vLLM leaves is enough only for less
    assert settings_that_fit(config, shape, None, memory) == {}
    assert settings_that_fit(shared, shape, None, memory)["grpo.gradient_checkpointing"] is True


@pytest.mark.parametrize(
    ("mode", "why"), [("server", "by NCCL, which needs a GPU"), ("colocate", "cannot take new weights")]
)
def test_it_is_refused_where_the_weights_cannot_get_to_it(mode, why, monkeypatch):
    monkeypatch.setattr("iacrl.training.vllm_generation.find_spec", lambda name: name)
    with pytest.raises(UserError, match=rf"{why}.*grpo\.vllm=off"):
        check_vllm(load_config("tiny-cpu", [SIXTEEN_BIT, f"grpo.vllm={mode}"]))
    check_vllm(load_config("tiny-cpu", [SIXTEEN_BIT, f"grpo.vllm={mode}", "model.device=cuda"]))


@pytest.fixture
def standing_in(monkeypatch):
    """Puts a stand-in in the place of vLLM, which answers each prompt with four tokens; yields what it was asked."""
    from trl.trainer import grpo_trainer

    from iacrl.training import grpo

    asked = []

    class StandIn:
        vllm_client = SimpleNamespace(get_server_info=lambda: {"model_config": {"logprobs_mode": "processed_logprobs"}})

        def __init__(self, mode, **settings):
            asked.append(mode)

        def sync_weights(self):
            asked.append("weights")
            self.sent = getattr(self, "model", None)
            assert self.sent is None or not any("lora" in name for name, _ in self.sent.named_parameters())

        def generate(self, prompts, **settings):
            asked.append(len(prompts))
            completions = [[60 + 9 * place + token for token in range(4)] for place in range(len(prompts))]
            return prompts, completions, [[[-6.2]] * 4] * len(prompts), None

    monkeypatch.setattr(grpo_trainer, "VLLMGeneration", StandIn)
    monkeypatch.setattr(grpo, "check_vllm", lambda config: None)
    return asked


@pytest.mark.parametrize("mode", ["colocate", "server"])
def test_a_run_gets_through_the_check_of_peak_memory_and_two_steps(mode, small, standing_in, checking_peak_memory):
    overrides = [*small, SIXTEEN_BIT, f"grpo.vllm={mode}", "grpo.beta=0.05", "gates.action=skip"]
    run("sft", overrides)
    found = run("grpo", overrides)
    assert standing_in == [mode, "weights", 4, "weights", 4], (
        "only training generates, and always by the newest weights"
    )
    assert [row["step"] for row in rows(found.path / "metrics.jsonl")] == [1, 2]
    assert len(rows(found.samples)) == 8


def test_4_bit_weights_reach_vllm_as_a_merged_copy(small, standing_in):
    overrides = [*small, "grpo.vllm=server", "grpo.rollout=merged", "gates.action=skip"]
    run("sft", overrides)
    found = run("grpo", overrides)
    assert standing_in == ["server", "weights", 4, "weights", 4]
    metrics = rows(found.path / "metrics.jsonl")
    assert all("sampling/importance_sampling_ratio/mean" in row for row in metrics)
    assert found.read_manifest()["rollout"]["by"] == "merged"
