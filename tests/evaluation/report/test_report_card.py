import json

import pytest
import yaml
from huggingface_hub import ModelCard

from iacrl.errors import UserError
from iacrl.evaluation.report.model_card import render_card
from iacrl.evaluation.report.reading import read_run
from iacrl.evaluation.report.summary import summarize


def card_of(path):
    return render_card(summarize([read_run(path, path.name)]))


def test_the_hub_reads_the_card_with_the_same_numbers(runs):
    text = card_of(runs.first)
    card = ModelCard(text)
    assert card.data.base_model == "org/base-model" and card.data.library_name == "peft"
    found = {(one.dataset_config, one.metric_type): one for one in card.data.eval_results}
    evaluation = read_run(runs.first, "first").evaluation
    for decoding in ("greedy", "sampled"):
        for by, name in (("all", "all"), ("domain", "terraform"), ("domain", "kubernetes")):
            rates = evaluation.result("grpo", decoding).rates(by, name)
            for kind, values in (("pass", rates.passed), ("valid", rates.valid)):
                for k, estimate in values.items():
                    one = found.pop((f"{name}, {decoding}", f"{kind}@{k}"))
                    assert one.metric_value == pytest.approx(estimate.value, abs=1e-4)
                    assert one.metric_args["interval"] == pytest.approx([estimate.low, estimate.high], abs=1e-4)
    assert not found, "no number stands in the card that the evaluation has not"
    rates = evaluation.result("grpo", "sampled").rates().passed[1]
    assert f"| grpo, sampled | {100 * rates.value:.1f} \\[{100 * rates.low:.1f}, {100 * rates.high:.1f}\\] |" in text
    assert "on gold answers (SFT) and by reinforcement learning" in " ".join(text.split())
    assert "| empty (trivial) |" in text and "learning rate 0.002" in text and "## Limits" in text


def test_a_base_from_a_directory_is_told_by_name_alone(broken_run):
    for stage in ("sft", "grpo", "eval"):
        path = broken_run / stage / "manifest.json"
        path.write_text(path.read_text().replace("org/base-model", "/home/someone/models/tiny-base"))
    text = card_of(broken_run)
    assert "base_model" not in yaml.safe_load(text.split("---")[1])
    assert "from tiny-base" in text and "someone" not in text


def test_a_reward_of_this_machine_is_told_by_name_alone_and_an_engine_not_at_all(broken_run):
    path = broken_run / "eval/eval.json"
    content = json.loads(path.read_text())
    content["protocol"]["rubric"]["/home/someone/rewards/mine.py"] = 1.0
    content["protocol"]["options"] = {"kubernetes": {"version": "1.33", "assets": "/home/someone/servers"}}
    path.write_text(json.dumps(content))
    text = card_of(broken_run)
    assert "mine.py 1.0" in text and "version 1.33" in text and "servers" not in text and "someone" not in text


def test_hostile_names_stay_text(broken_run):
    path = broken_run / "eval/eval.json"
    hostile = "grpo|x](http://bad) <script>\\n# Title www.bad.example a@bad.example \\u202e\\u001b[2J"
    path.write_text(path.read_text().replace('"grpo"', f'"{hostile}"'))
    text = card_of(broken_run)
    body = text.split("---\n", 2)[2]
    assert "<script>" not in body.replace("\\<script\\>", "") and "\n# Title" not in body
    assert "grpo\\|x\\](http:&#8203;//bad) \\<script\\> \\# Title www&#8203;.bad.example a@&#8203;bad.example" in body
    assert all(char.isprintable() or char == "\n" for char in body)
    assert len(ModelCard(text).data.eval_results) > 0


def test_what_was_not_trained_here_has_no_card(runs):
    with pytest.raises(UserError, match="eval holds no stage of training"):
        card_of(runs.first / "eval")


def test_a_run_without_figures_has_no_card(broken_run):
    (broken_run / "eval/eval.json").unlink()
    with pytest.raises(UserError, match=r"broken has no figures .* Run `iacrl eval`"):
        card_of(broken_run)
