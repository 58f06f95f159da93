"""Nothing that is given is swallowed: an option without effect is refused, a misspelt name is told."""

import json

import pytest

TASK = {"id": "a", "domain": "terraform", "instruction": "Write it.", "output": 'variable "a" {}\n'}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.tf").write_text('variable "a" {}\n')
    (tmp_path / "tasks.jsonl").write_text(json.dumps(TASK) + "\n")
    (tmp_path / "rubric.yaml").write_text(
        "rewards: {weights: {syntax: 1}}\ndata: {test: tasks.jsonl, train: tasks.jsonl}\n"
    )
    (tmp_path / "misspelt.jsonl").write_text(json.dumps({**TASK, "intnet": {}}) + "\n")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("validate main.tf --explain TF101", "FILE has no effect with --explain."),
        ("data show aws_sqs_queue-1-0 --seed 3", "--seed is in the ID already."),
        ("data show --index 3", "--index is of one FAMILY; name it."),
        ("data show aws_sqs_queue --gallery out.md", "NAME has no effect with --gallery"),
        ("data check misspelt.jsonl", "misspelt.jsonl:1: Field 'intnet' is unknown. Did you mean 'intent'?"),
        ("sft --dry-run --config tiny-cpu data.train=nowhere.jsonl", "nowhere.jsonl: there is no such file."),
        ("sft --dry-run --config tiny-cpu data.test=misspelt.jsonl", "misspelt.jsonl:1: Field 'intnet' is unknown"),
        ("sft --dry-run --config tiny-cpu rewards.weights.syntx=1", "Did you mean 'syntax'?"),
        (
            "generate --config tiny-cpu --domain terraform --instruction \udcff\udcfe",
            "--instruction is not UTF-8 text.",
        ),
        ("generate --config tiny-cpu --domain terraform --instruction x --temperature inf", "is not a finite number"),
        ("data dedupe tasks.jsonl --threshold nan", "is not a finite number"),
        ("monitor tasks.jsonl --false-alarms nan", "is not a finite number"),
        ("sft --dry-run --config rubric.yaml", "model: required, but not given."),
    ],
)
def test_what_would_do_nothing_is_refused(run_cli, folder, arguments, told):
    done = run_cli(*arguments.split())
    assert done.status == 2 and told in done.err


def test_a_rubric_is_all_that_a_recipe_needs_for_a_score(run_cli, folder):
    done = run_cli("score", "main.tf", "--task", "a", "--config", "rubric.yaml", "--format", "json")
    assert done.status == 0 and [part["name"] for part in json.loads(done.out)["parts"]] == ["syntax"]


def test_a_misspelt_section_is_still_refused(run_cli, folder):
    (folder / "rubric.yaml").write_text("reward: {weights: {syntax: 1}}\n")
    done = run_cli("score", "main.tf", "--task", "a", "--config", "rubric.yaml")
    assert done.status == 2 and "Did you mean 'rewards'?" in done.err


def completions(folder, **row):
    (folder / "rows.jsonl").write_text(json.dumps({"task": "a", "completion": "x", **row}) + "\n")
    return ["eval", "--completions", "rows.jsonl", "--config", "rubric.yaml", "data.domains=[terraform]"]


@pytest.mark.parametrize(
    ("row", "more", "told"),
    [
        ({"sampel": 1}, [], "rows.jsonl:1: field 'sampel' is unknown. Did you mean 'sample'?"),
        ({"finish": "eos"}, [], "rows.jsonl:1: field 'finish' is 'eos': expected one of stop, length, other."),
        ({"tokens": 10**299}, [], "rows.jsonl:1: field 'tokens' is 1000"),
        ({"sample": 10**6}, [], "rows.jsonl:1: field 'sample' is 1000000: expected a whole number from 0 to 9999."),
        ({}, ["--engine", "kubernetes"], "--engine kubernetes would judge nothing"),
    ],
)
def test_a_file_of_completions_is_read_whole(run_cli, folder, row, more, told):
    done = run_cli(*completions(folder, **row), *more)
    assert done.status == 2 and told in done.err


def test_an_evaluation_without_a_stage_says_that_the_base_alone_is_measured(folder):
    from iacrl.config.recipes import load_config
    from iacrl.evaluation.model_source import _alone

    (folder / "runs" / "tiny-cpu").mkdir(parents=True)
    told = _alone(load_config("tiny-cpu", ["run.name=tiny-cup"]))
    assert "runs/tiny-cup holds no finished stage: the base model alone is measured." in told
    assert told.endswith(" Did you mean 'tiny-cpu'?")
