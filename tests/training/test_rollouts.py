"""How a run writes completions: by iacrl's decoder, or by transformers where that cannot."""

import torch
from stage_runs import rows, run

from iacrl.config.recipes import load_config
from iacrl.decoding.sampling import Decoding
from iacrl.tasks import load_tasks
from iacrl.tasks.prompt import build_prompt
from iacrl.training import generation
from iacrl.training.generation import generate
from iacrl.training.model import add_adapter, load_base
from iacrl.training.tokenizer import load_tokenizer


def answers(path, prompts, decoder):
    config = load_config("tiny-cpu", [f"model.id={path}"])
    tokenizer = load_tokenizer(config.model)
    model = add_adapter(load_base(config.model), config.model, config.lora)
    return generate(model, tokenizer, prompts, Decoding(1.0), decoder=decoder, max_tokens=6, batch_size=4, seed=0)


def asked(count=5):
    return [build_prompt(task) for task in load_tasks("terraform", split="train")[:count]]


def test_a_model_of_another_shape_is_answered_by_transformers_and_it_is_said_once(tiny_model, monkeypatch, capsys):
    whole = answers(tiny_model, asked(), "transformers")
    monkeypatch.setattr(generation, "why_not", lambda model, length: "it has another shape")
    monkeypatch.setattr(generation, "_told", set())
    assert [answers(tiny_model, asked(), "iacrl") for _ in range(2)] == [whole, whole]
    assert capsys.readouterr().err.count("not by iacrl's decoder: it has another shape") == 1


def test_when_memory_runs_out_each_prompt_keeps_its_random_numbers(tiny_model, monkeypatch, capsys):
    whole = answers(tiny_model, asked(), "iacrl")
    decode, sizes = generation.decode, []

    def limited(model, prompts, *args, **options):
        sizes.append(len(prompts))
        if len(prompts) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return decode(model, prompts, *args, **options)

    monkeypatch.setattr(generation, "decode", limited)
    assert answers(tiny_model, asked(), "iacrl") == whole
    assert sizes == [4, 2, 1, 1, 1, 1, 1] and "going on with 1" in capsys.readouterr().err


def test_a_run_writes_by_the_decoder_and_halves_as_memory_requires(small, sft_run, checking_peak_memory, monkeypatch):
    from iacrl.training import trainers

    decode, sizes = trainers.decode, []

    def limited(model, prompts, *args, ends, **options):
        sizes.append((len(prompts), bool(ends)))
        if len(prompts) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return decode(model, prompts, *args, ends=ends, **options)

    monkeypatch.setattr(trainers, "decode", limited)
    found = run("grpo", [*small, "model.decoder=iacrl"])
    assert sizes == [(4, False), (2, False), (2, False), *[(2, True)] * 4], "the check of peak memory never ends early"
    assert [len(row["completion"]) > 0 for row in rows(found.samples)] == [True] * 8
