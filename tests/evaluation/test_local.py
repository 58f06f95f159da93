import json
import shutil
import sys
from types import ModuleType, SimpleNamespace

import pytest
import torch

from iacrl.config.recipes import load_config
from iacrl.errors import UserError
from iacrl.evaluation.backends import Request
from iacrl.evaluation.backends.local import Policies
from iacrl.evaluation.figures import DecodingSettings, Policy, read_evaluation
from iacrl.runs.directory import RunDirectory
from iacrl.tasks.prompt import build_prompt
from iacrl.training.model import add_adapter, load_base
from iacrl.training.tokenizer import load_tokenizer


@pytest.fixture
def on_cpu(small_eval, tiny_model):
    return [
        *small_eval,
        "model.device=cpu",
        "model.quantization=none",
        "model.compute_dtype=float32",
        "run.threads=1",
        "eval.batch_size=2",
        "eval.max_completion_tokens=6",
        "eval.samples=2",
    ]


def completions(folder):
    rows = [json.loads(line) for line in (folder / "completions.jsonl").read_text().splitlines()]
    return {(row["policy"], row["decoding"], row["task"], row["sample"]): row["completion"] for row in rows}


def test_a_resumed_evaluation_samples_the_same_as_one_that_was_not_interrupted(run_cli, on_cpu, tiny_model, tmp_path):
    done = run_cli("eval", "--model", tiny_model, *on_cpu, "run.name=whole")
    assert done.status == 0, done
    whole = tmp_path / "runs" / "whole" / "eval"
    wanted = completions(whole)
    assert len(wanted) == 6 * 3
    sampled = {key[2]: text for key, text in wanted.items() if key[1] == "sampled" and key[3] == 0}
    assert sampled != {key[2]: text for key, text in wanted.items() if key[1] == "sampled" and key[3] == 1}

    shutil.copytree(whole, tmp_path / "runs" / "half" / "eval")
    half = tmp_path / "runs" / "half" / "eval" / "completions.jsonl"
    lines = half.read_text().splitlines(keepends=True)
    half.write_text("".join([*lines[:4], *lines[8:10]]))  # batches are of two: three whole ones are there
    done = run_cli("eval", "--model", tiny_model, *on_cpu, "run.name=half", "--resume")
    assert done.status == 0, done
    assert completions(half.parent) == wanted
    figures = read_evaluation(whole)
    assert figures == read_evaluation(half.parent)
    for name in ("samples.jsonl", "trivial.jsonl"):
        assert (whole / name).read_bytes() == (half.parent / name).read_bytes()
    rates = figures.results[0].rates()
    assert figures.results[0].policy == str(tiny_model)
    assert rates.stopped + rates.truncated == pytest.approx(1.0) and rates.tokens <= 6


def test_a_run_directory_is_measured_with_its_base(run_cli, on_cpu, tiny_model, tmp_path, some_tasks, monkeypatch):
    from safetensors.torch import load_file, save_file

    from iacrl.training import generation
    from iacrl.training.sft import run_sft
    from iacrl.training.trained_files import saved_digest

    steps = ["gates.action=skip", "data.sft_rows=4", "sft.steps=1", "sft.warmup_steps=0", "sft.batch_size=2"]
    sft = run_sft(load_config("tiny-cpu", [*on_cpu, f"model.id={tiny_model}", "run.name=mine", *steps]))
    decode, written = generation.decode, []
    monkeypatch.setattr(generation, "decode", lambda *args, **rest: written.append(args) or decode(*args, **rest))
    done = run_cli("eval", "--model", sft.path, "eval.decodings=[greedy]")
    assert done.status == 0, done
    assert written, "iacrl's decoder writes the answers"
    found = read_evaluation(tmp_path / "runs" / "mine-sft" / "eval")
    assert [(one.policy, one.decoding) for one in found.results[:2]] == [("base", "greedy"), ("sft", "greedy")]
    assert [one.identity["base"] for one in found.policies] == [found.policies[0].identity["base"]] * 2
    assert found.policies[1].identity["adapter"] == sft.read_manifest()["adapter_digest"]
    assert [(one.before, one.after, one.passed.tasks) for one in found.differences] == [("base", "sft", 4)]

    weights = sft.adapter / "adapter_model.safetensors"
    tensors = load_file(weights)
    tensors[sorted(tensors)[0]][0, 0] += 1e-3
    save_file(tensors, weights)
    done = run_cli("eval", "--model", sft.path, "eval.decodings=[greedy]", "--overwrite")
    assert done.status == 2 and "digest differs" in done.err
    sft.update_manifest({"adapter_digest": saved_digest(sft.adapter)})  # as if it had been trained anew
    done = run_cli("eval", "--model", sft.path, "eval.decodings=[greedy]", "--resume")
    assert done.status == 2 and "sft: adapter" in done.err and saved_digest(sft.adapter)[:8] in done.err
    sft.update_manifest({"status": "interrupted"})
    done = run_cli("eval", "--model", sft.path, "--overwrite")
    assert done.status == 2 and "not finished" in done.err


def test_each_of_two_runs_that_trained_the_embedding_is_measured_as_it_is(tiny_model, tmp_path):
    """Its head is tied to the embedding, which peft sees for the first adapter only."""
    settings = [f"model.id={tiny_model}", "model.quantization=none", "lora.modules_to_save=[embed_tokens]"]
    config = load_config("tiny-cpu", settings)
    ids, wanted = torch.arange(8)[None], {}
    for number, name in enumerate(("sft", "grpo")):
        model = add_adapter(load_base(config.model), config.model, config.lora).eval()
        torch.manual_seed(number)
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.data.add_(torch.randn_like(parameter) * 0.05)
        with torch.no_grad():
            wanted[name] = model(input_ids=ids).logits
        model.save_pretrained(tmp_path / name / "adapter")
    runs = {name: RunDirectory(tmp_path / name) for name in wanted}
    policies = Policies(load_base(config.model), runs, config.model)
    for name in ("grpo", "sft", "grpo"):
        with policies.use(name) as model, torch.no_grad():
            torch.testing.assert_close(model.eval()(input_ids=ids).logits, wanted[name])


class TestVllm:
    """vLLM itself is not run here: a stand-in takes what it would be given."""

    @pytest.fixture
    def vllm(self, monkeypatch):
        calls = SimpleNamespace(built=None, chats=[], written=[])

        class LLM:
            def __init__(self, **options):
                calls.built = options

            def generate(self, prompts, sampling, *, lora_request, use_tqdm):
                calls.chats.append((prompts, sampling, lora_request))
                return [
                    SimpleNamespace(outputs=[SimpleNamespace(token_ids=calls.written, finish_reason="stop")])
                    for _ in prompts
                ]

        module, lora, request = ModuleType("vllm"), ModuleType("vllm.lora"), ModuleType("vllm.lora.request")
        module.LLM, module.SamplingParams = LLM, lambda **options: options
        module.TokensPrompt = lambda **prompt: prompt
        request.LoRARequest = lambda *arguments: arguments
        for one in (module, lora, request):
            monkeypatch.setitem(sys.modules, one.__name__, one)
        return calls

    def test_what_it_is_given(self, vllm, tmp_path, some_tasks, on_cpu, tiny_model):
        from iacrl.evaluation.backends.vllm import VllmBackend

        config = load_config("tiny-cpu", [*on_cpu, f"model.id={tiny_model}", "lora.rank=8"])
        run = RunDirectory(tmp_path / "sft")
        tokenizer = load_tokenizer(config.model)
        vllm.written = [*tokenizer("hi", add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
        policies = (Policy("base", {}), Policy("sft", {}))
        backend = VllmBackend(config, policies, {"sft": run.adapter}, tokenizer, {tokenizer.eos_token_id})
        assert vllm.built["model"] == str(tiny_model) and vllm.built["max_lora_rank"] == 8
        requests = [Request(task, sample) for task in some_tasks for sample in (0, 1)]
        sampled = DecodingSettings("sampled", 0.8, 2)
        answers = [answer for batch in backend.answer("sft", sampled, requests) for answer in batch]
        assert {(one.text, one.tokens, one.finish) for one in answers} == {("hi", len(vllm.written), "stop")}
        assert vllm.built["skip_tokenizer_init"], "its own tokenizer may read other tokens"
        ((messages, parameters, lora),) = vllm.chats
        asked = build_prompt(some_tasks[0])
        assert messages[0]["prompt_token_ids"] == list(
            tokenizer.apply_chat_template(asked, add_generation_prompt=True)["input_ids"]
        )
        assert parameters[0]["stop_token_ids"] == [tokenizer.eos_token_id]
        assert len(messages) == len(parameters) == 12 and lora == ("sft", 1, str(run.adapter))
        assert {(one["temperature"], one["max_tokens"], one["top_p"]) for one in parameters} == {(0.8, 6, 1.0)}
        assert len({one["seed"] for one in parameters}) == 12
        list(backend.answer("base", DecodingSettings("greedy", 0.0, 1), requests[:1]))
        assert vllm.chats[1][2] is None and vllm.chats[1][1][0]["temperature"] == 0.0

    def test_4_bit_weights_are_refused(self, vllm, on_cpu):
        from iacrl.evaluation.backends.vllm import VllmBackend

        config = load_config("tiny-cpu", [*on_cpu, "model.quantization=nf4"])
        with pytest.raises(UserError, match="4-bit"):
            VllmBackend(config, (Policy("base", {}),), {}, None, ())

    def test_without_vllm_it_is_told(self, run_cli, on_cpu, tiny_model, monkeypatch):
        monkeypatch.setitem(sys.modules, "vllm", None)
        done = run_cli("eval", "--model", tiny_model, *on_cpu, "eval.backend=vllm")
        assert done.status == 2 and "pip install vllm" in done.err
