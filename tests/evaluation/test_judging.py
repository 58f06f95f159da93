import json
import sys
from dataclasses import replace
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

from iacrl.config.recipes import load_config
from iacrl.errors import UserError
from iacrl.evaluation.asked import read_asked
from iacrl.evaluation.figures import read_evaluation
from iacrl.evaluation.judging import Judges
from iacrl.scoring.rubric import build_rubric
from iacrl.scoring.samples import read_samples, scored_sample

REWARD = '''
import os
import time

import iacrl


@iacrl.reward
def touchy(task, verdict):
    """Breaks on some texts."""
    if "# hang" in verdict.completion:
        time.sleep(600)
    if "# raise" in verdict.completion:
        raise ValueError("no patience")
    if "# die" in verdict.completion:
        os._exit(3)
    if "# eat" in verdict.completion:
        return float(len(bytearray(2**40)))
    if "# seven" in verdict.completion:
        return 7.0
    return 1.0
'''


@pytest.fixture
def touchy(tmp_path):
    """Overrides that add a reward which breaks on some texts."""
    file = tmp_path / "touchy.py"
    file.write_text(REWARD)
    return [f"rewards.weights={{{json.dumps(str(file))}: 0.5, intent: 0.5}}"]


@pytest.fixture
def evaluate(run_cli, small_eval, some_tasks, write_completions, tmp_path):
    """Evaluate the gold answers with words added to some of them, and return what came of it and the directory."""

    def run(marks, *settings, name="mine"):
        rows = [
            {"task": task.id, "completion": f"{marks.get(number, '')}\n{task.output}"}
            for number, task in enumerate(some_tasks)
        ]
        done = run_cli("eval", "--completions", write_completions(name, rows), *small_eval, *settings)
        return done, tmp_path / "runs" / name / "eval"

    return run


@pytest.fixture
def samples_of(some_tasks):
    """From a directory to its samples, in the order of `some_tasks`; an evaluation asks the families in turn."""
    order = [task.id for task in some_tasks]
    return lambda folder: sorted(read_samples(folder / "samples.jsonl"), key=lambda one: order.index(one.task))


def test_the_rows_are_those_of_judging_directly(evaluate, some_tasks):
    done, folder = evaluate({0: "```\nresource {", 4: "kind: 7"})
    assert done.status == 0, done
    rubric = build_rubric()
    tasks = {task.id: task for task in some_tasks}
    rows = [json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines()]
    assert [row["task"] for row in rows] == list(read_asked(load_config(str(folder / "config.yaml"))).tasks)
    for row in rows:
        task = tasks[row["task"]]
        direct = scored_sample(task, rubric.score(row["completion"], task))
        assert row == json.loads(json.dumps(replace(direct, policy="mine", decoding="given").to_json()))
    assert any(clause["met"] and clause["range"] for row in rows for clause in row["intent"] or [])
    rates = read_evaluation(folder).result("mine", "given").rates()
    assert rates.passed[1].value == sum(row["passed"] for row in rows) / 6 == pytest.approx(4 / 6)
    assert rates.score.value == pytest.approx(sum(row["score"] for row in rows) / 6)


def test_a_text_that_breaks_a_reward_scores_0_and_keeps_its_verdict(evaluate, touchy, samples_of):
    marks = {0: "# hang", 1: "# raise", 2: "# die", 4: "# eat"}
    done, folder = evaluate(marks, *touchy, "rewards.deadline_s=4")
    assert done.status == 0, done
    assert "mine: 4 completions broke a reward or are too long, and score 0" in " ".join(done.out.split())
    samples = samples_of(folder)
    assert [one.passed for one in samples] == [True] * 6, "whether an answer passes is not for that reward to say"
    assert [one.score for one in samples] == [0.0, 0.0, 0.0, 1.0, 0.0, 1.0]
    told = [one.error for one in samples]
    assert "4 s" in told[0] and "no patience" in told[1] and "status 3" in told[2] and "MemoryError" in told[4]
    assert told[3] == told[5] == ""
    assert samples[1].verdict.valid and samples[1].text.startswith("# raise") and samples[1].intent
    result = read_evaluation(folder).result("mine", "given")
    assert (result.broken, result.missing) == (4, 0) and result.rates().score.value == pytest.approx(2 / 6)


def test_a_text_too_long_to_be_judged_is_not_valid(evaluate, samples_of):
    done, folder = evaluate({2: "#" * 200}, "rewards.max_characters=2000", name="long")
    assert done.status == 0 and [one.valid for one in read_samples(folder / "samples.jsonl")] == [True] * 6
    done, folder = evaluate({2: "#" * 2000}, "rewards.max_characters=2000", name="longer")
    assert done.status == 0, done
    third = samples_of(folder)[2]
    assert not third.valid and third.score == 0 and third.text == "" and "2000 characters" in third.error


def test_what_scoring_itself_failed_on_is_told_and_missing(evaluate, touchy, run_cli, samples_of):
    done, folder = evaluate({1: "# seven"}, *touchy, "rewards.max_failed=0.2")
    assert done.status == 0, done
    assert "1 completions could not be judged" in done.err and "returned 7.0" in done.err
    assert "1 of 6 completions are missing" in " ".join(done.out.split())
    assert len(list(read_samples(folder / "samples.jsonl"))) == 5
    assert len((folder / "completions.jsonl").read_text().splitlines()) == 6, "what was sampled is kept"
    touchy_file = folder.parent.parent.parent / "touchy.py"
    touchy_file.write_text(REWARD.replace("7.0", "0.7"))
    assert run_cli("rescore", folder, "--trust").status == 0
    assert [one.score for one in samples_of(folder)] == [1.0, 0.85, 1.0, 1.0, 1.0, 1.0]


def test_an_instrument_that_fails_too_often_stops_the_evaluation(evaluate, touchy):
    done, folder = evaluate({1: "# seven", 2: "# seven"}, *touchy, "rewards.max_failed=0.2")
    assert done.status == 2 and "Traceback" not in done.err
    assert "failed on 2 of 6" in done.err and "returned 7.0" in done.err and "what was sampled is kept" in done.err
    assert sorted(path.name for path in folder.iterdir()) == ["completions.jsonl", "config.yaml", "manifest.json"]
    assert json.loads((folder / "manifest.json").read_text())["status"] == "failed"


def test_ctrl_c_while_judging_keeps_what_was_sampled(evaluate, monkeypatch):
    def stop(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(Judges, "judge", stop)
    done, folder = evaluate({})
    assert done.status == 130 and "6 completions are kept" in done.err and "--resume" in done.err
    assert sorted(path.name for path in folder.iterdir()) == ["completions.jsonl", "config.yaml", "manifest.json"]
    assert json.loads((folder / "manifest.json").read_text())["status"] == "interrupted"


def test_every_number_of_the_trivial_policies_has_its_samples(evaluate):
    done, folder = evaluate({})
    assert done.status == 0, done
    samples = list(read_samples(folder / "trivial.jsonl"))
    found = read_evaluation(folder)
    for name in ("empty", "echo", "constant", "nearest"):
        rows = [one for one in samples if one.policy == name]
        assert len(rows) == found.protocol.task_count
        rates = found.result(name, "given").rates()
        assert rates.passed[1].value == sum(one.passed for one in rows) / len(rows)
        assert rates.score.value == pytest.approx(sum(one.score for one in rows) / len(rows))


def test_a_model_is_not_called_like_a_trivial_policy(evaluate, tmp_path):
    done, _ = evaluate({}, name="nearest")
    assert done.status == 2 and "trivial policy" in done.err and not (tmp_path / "runs").exists()


def test_a_mistaken_rubric_is_told_when_the_judges_are_made():
    with pytest.raises(UserError, match="intnet"):
        Judges(load_config("tiny-cpu", ["rewards.weights={intnet: 1.0}"]))


def test_no_process_stays(evaluate, touchy):
    import psutil

    before = {child.pid for child in psutil.Process().children(recursive=True)}
    evaluate({}, *touchy)
    left = [child for child in psutil.Process().children(recursive=True) if child.pid not in before]
    assert not [child for child in left if child.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def counted_texts(monkeypatch):
    """Replace the second judge by one that finds every text valid; return the batches that it was asked for."""
    from iacrl.domains.programs import SecondOpinion
    from iacrl.evaluation import judges

    asked = []

    class Fake:
        def __enter__(self):
            return self

        def __exit__(self, *raised):
            pass

        def judge(self, texts):
            asked.append(list(texts))
            if "stop" in texts:
                raise KeyboardInterrupt
            return [SecondOpinion(True) for _ in texts]

    monkeypatch.setattr(judges, "second_judge", lambda domain, options: Fake())
    return asked


def test_what_the_second_judge_has_judged_is_not_asked_again(counted_texts, tmp_path, monkeypatch):
    from iacrl.evaluation import program

    monkeypatch.setattr(program, "_TEXTS", 1)
    monkeypatch.setattr(program.os, "cpu_count", lambda: 2)
    journal = tmp_path / "engine.jsonl"
    judges = Judges(load_config("tiny-cpu"))
    with pytest.raises(KeyboardInterrupt):
        program.judge_by_program(judges, "terraform", {}, ["a", "b", "stop"], journal)
    with journal.open("a") as file:
        file.write('{"key": "half')
    found = program.judge_by_program(judges, "terraform", {}, ["a", "b", "c"], journal)
    assert counted_texts == [["a", "b"], ["stop"], ["c"]] and set(found) == {"a", "b", "c"}
    assert program.judge_by_program(judges, "terraform", {"dialect": "tofu"}, ["a"], journal) and counted_texts[3:] == [
        ["a"]
    ]


def test_a_ray_cluster_judges_as_this_machine_does(run_cli, small_eval, some_tasks, write_completions, tmp_path):
    pytest.importorskip("ray", reason="needs the extra ray")
    rows = [
        {"task": task.id, "completion": task.output if n % 2 else "no", "sample": sample}
        for sample in range(60)
        for n, task in enumerate(some_tasks)
    ]
    assert run_cli("eval", "--completions", write_completions("mine", rows), *small_eval).status == 0
    folder = tmp_path / "runs" / "mine" / "eval"
    names = ("samples.jsonl", "trivial.jsonl", "eval.json")
    here = [(folder / name).read_bytes() for name in names]
    again = run_cli("eval", "--completions", tmp_path / "mine.jsonl", *small_eval, "--overwrite", "--ray", "local")
    assert again.status == 0, again
    assert "Ray: " in again.err and [(folder / name).read_bytes() for name in names] == here
    done = run_cli("rescore", folder, "--ray", "local")
    assert done.status == 0 and "0 of 360 completions changed their verdict" in done.out


def test_where_ray_does_not_start_the_evaluation_says_so_and_goes_on_without_it(evaluate, run_cli, monkeypatch):
    def fail(**settings):
        raise Exception("The current node timed out during startup.")

    ray = ModuleType("ray")
    ray.init, ray.__spec__ = fail, ModuleSpec("ray", None)
    monkeypatch.setitem(sys.modules, "ray", ray)
    done, folder = evaluate({}, "--ray", "local")
    assert done.status == 2 and "Traceback" not in done.err and done.err.count("Error") == 1
    assert "Ray cannot start on this machine: The current node timed out" in done.err and "--resume" in done.err
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["status"] == "failed" and "The current node timed out" in manifest["failure"]
    done, _ = evaluate({}, "--resume")
    assert done.status == 0, done
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["status"] == "complete" and "failure" not in manifest
    before = (folder / "samples.jsonl").read_bytes()
    done = run_cli("rescore", folder, "--ray", "auto")
    assert done.status == 2 and "--ray auto: no cluster answers" in done.err
    assert (folder / "samples.jsonl").read_bytes() == before and not list(folder.glob("*.new.*"))


GENERATE = ("generate", "--config", "tiny-cpu", "--domain", "terraform", "--instruction", "Write a variable.")


@pytest.mark.parametrize(
    ("marks", "written"),
    [
        (["# hang", "# raise", "# die", "", "# eat"], 'variable "v3" {}\n'),
        (["# raise", "# eat"], '# raise\nvariable "v0" {}\n'),  # all score 0, and all are valid
    ],
)
def test_the_best_answer_is_chosen_from_what_breaks_a_reward(
    run_cli, touchy, tmp_path, monkeypatch, marks, written, kept_hosts
):
    import iacrl.evaluation.answer as module

    answers = [f'{mark}\nvariable "v{number}" {{}}\n' for number, mark in enumerate(marks)]
    monkeypatch.setattr(module, "generate", lambda *_, **__: [module.Completion(text, 9, True) for text in answers])
    done = run_cli(*GENERATE, "--best-of", len(answers), *touchy, f"run.dir={tmp_path}")
    assert (done.status, done.out.lstrip("\n")) == (0, written), done
    assert f"{len(answers)} answers, 0 repaired, {9 * len(answers)} tokens generated." in done.err


def test_no_answer_is_chosen_where_scoring_itself_fails_on_all(run_cli, touchy, tmp_path, monkeypatch, kept_hosts):
    import iacrl.evaluation.answer as module

    monkeypatch.setattr(module, "generate", lambda *_, **__: [module.Completion("# seven\n", 9, True)] * 2)
    done = run_cli(*GENERATE, "--best-of", "2", *touchy, f"run.dir={tmp_path}")
    assert done.status == 2 and "Scoring itself failed on every answer" in done.err, done
