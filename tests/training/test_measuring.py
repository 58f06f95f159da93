"""Which task each prompt asks, and how many groups would be flat."""

import itertools

import pytest
import torch

import iacrl
from iacrl.config.recipes import load_config
from iacrl.tasks.prompt import build_answer, build_prompt
from iacrl.training.measuring import Rate, flat_share, gold_loss, predicted_flat
from iacrl.training.model import load_base
from iacrl.training.rows import prompt_order
from iacrl.training.tokenizer import load_tokenizer


def rate(task, passes, samples=4):
    passed = tuple(at < passes for at in range(samples))
    return Rate(task, passed, tuple(float(yes) for yes in passed), (True,) * samples)


def test_every_task_is_asked_before_any_again():
    asked = prompt_order(5, 12, seed=3)
    assert len(asked) == 12
    assert sorted(asked[:5]) == sorted(asked[5:10]) == [0, 1, 2, 3, 4]
    assert asked != prompt_order(5, 12, seed=4)


@pytest.mark.parametrize(("passes", "samples", "group"), [(3, 8, 4), (1, 6, 2), (0, 8, 8), (5, 8, 8)])
def test_the_flat_share_is_that_of_all_groups_that_could_be_drawn(passes, samples, group):
    outcomes = [at < passes for at in range(samples)]
    groups = list(itertools.combinations(outcomes, group))
    assert flat_share(outcomes, group) == pytest.approx(sum(len(set(one)) == 1 for one in groups) / len(groups))


def test_the_flat_share_of_few_samples_is_the_binomial_one():
    assert flat_share([True, False, False, False], 8) == pytest.approx(0.25**8 + 0.75**8)


def test_scores_tell_groups_apart_that_passing_does_not():
    rates = [Rate("a", (False,) * 4, (0.1, 0.2, 0.3, 0.4), (True,) * 4), rate("b", 4)]
    assert predicted_flat(rates, 2) == {"by_passing": 1.0, "by_score": 0.5}


def test_the_loss_of_gold_answers_is_the_mean_over_their_tokens_however_they_are_batched(tiny_model):
    own = load_config("tiny-cpu", [f"model.id={tiny_model}", "model.compute_dtype=float32"]).model
    model, tokenizer = load_base(own), load_tokenizer(own)
    tasks = iacrl.load_tasks("terraform", split="test")[:3]
    total, count = 0.0, 0
    for task in tasks:
        prompt = tokenizer.apply_chat_template(build_prompt(task), add_generation_prompt=True)["input_ids"]
        ids = tokenizer.apply_chat_template([*build_prompt(task), *build_answer(task)])["input_ids"]
        labels = torch.tensor([[-100] * len(prompt) + ids[len(prompt) :]])
        with torch.no_grad():
            answered = len(ids) - len(prompt)
            total += float(model(input_ids=torch.tensor([ids]), labels=labels).loss) * answered
        count += answered
    for size in (1, 2, 3):
        assert gold_loss(model, tokenizer, tasks, batch_size=size) == pytest.approx(total / count, rel=1e-4)
