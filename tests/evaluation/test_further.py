"""The best of several answers, and answers repaired in turns: what the model gets, what is chosen, what it costs."""

import pytest

from iacrl.domains import validate
from iacrl.evaluation.choosing import as_at_inference
from iacrl.evaluation.figures import read_evaluation
from iacrl.evaluation.log import CompletionLog
from iacrl.scoring.samples import read_samples
from iacrl.tasks.repair_turn import MOST_FINDINGS, repair_turn

QUICK = ("eval.decodings=[greedy]", "eval.concurrency=1", "eval.retries=0")


def test_a_turn_says_code_line_and_message_of_the_first_errors():
    text = 'variable "a" {\n  defalt = 1\n}\n' + "".join(f"output o{n} {{\n}}\n" for n in range(9))
    found = validate(text, "terraform").diagnostics
    answer, request = repair_turn("raw", found)
    assert answer == {"role": "assistant", "content": "raw"} and request["role"] == "user"
    lines = request["content"].splitlines()
    assert lines[1].startswith("line 2: ") and lines[1].endswith("[TF202]") and "defalt" in lines[1]
    assert len(lines) == MOST_FINDINGS + 3 and lines[-2].startswith("and ")
    assert "declares nothing" in repair_turn("", ())[1]["content"]
    assert "cannot be checked: provider x" in repair_turn("", (), ("provider x",))[1]["content"]


def test_what_is_known_at_inference_has_no_gold_answer_and_no_intent(some_tasks):
    known = as_at_inference(some_tasks[0])
    assert (known.instruction, known.input) == (some_tasks[0].instruction, some_tasks[0].input)
    assert known.output == "" and known.intent is None and not known.family and not known.id


def test_an_answer_that_is_not_valid_goes_back_with_what_was_found(
    run_cli, endpoint, small_eval, some_tasks, gold_of, tmp_path
):
    def script(number, body):
        messages = body["messages"]
        if len(messages) > 2:
            assert [one["role"] for one in messages[2:]] == ["assistant", "user"] * ((len(messages) - 2) // 2)
            assert "The validator refuses this answer" in messages[-1]["content"]
        asked = next(task for task in some_tasks if messages[1]["content"].startswith(task.instruction))
        if some_tasks.index(asked) < 2 and len(messages) < 6:  # two are right only at the second repair
            return "}{"
        return asked.output

    endpoint.script = script
    done = run_cli("eval", "--endpoint", endpoint.url, "--model", "m", *small_eval, *QUICK, "eval.repair=2")
    assert done.status == 0, done
    assert "repaired, turn 2" in done.out
    assert len(endpoint.bodies) == 6 + 2 + 2, "valid answers are not asked again"
    folder = tmp_path / "runs" / "m" / "eval"
    found = read_evaluation(folder)
    rates = [found.result(name, "greedy").rates() for name in ("m", "m+repair-1", "m+repair-2")]
    assert [one.passed[1].value for one in rates] == [pytest.approx(4 / 6), pytest.approx(4 / 6), 1.0]
    assert [one.spent for one in rates] == [7, pytest.approx(7 * 8 / 6), pytest.approx(7 * 10 / 6)]
    assert found.models == ["m"]
    assert {(one.before, one.after) for one in found.differences} == {("m", "m+repair-1"), ("m", "m+repair-2")}
    last = [row for row in CompletionLog(folder / "completions.jsonl").rows() if row.policy == "m+repair-2"]
    assert sorted(len(row.turns) for row in last) == [0, 0, 0, 0, 4, 4]
    shown = [one for one in read_samples(folder / "samples.jsonl") if one.policy == "m+repair-2"]
    assert sorted(len(one.prompt) for one in shown) == [2, 2, 2, 2, 6, 6]
    asked = len(endpoint.bodies)
    again = run_cli(
        "eval", "--endpoint", endpoint.url, "--model", "m", *small_eval, *QUICK, "eval.repair=2", "--resume"
    )
    assert again.status == 0 and len(endpoint.bodies) == asked


def test_a_turn_that_makes_an_answer_worse_does_not_replace_it(run_cli, endpoint, small_eval, some_tasks, tmp_path):
    """A text with one error, then one that nothing can read, then another: the first stays, at the cost of all."""
    first = 'variable "a" {\n  defalt = 1\n}\n'
    terraform = [task for task in some_tasks if task.domain == "terraform"]

    def script(number, body):
        messages = body["messages"]
        asked = next(task for task in some_tasks if messages[1]["content"].startswith(task.instruction))
        if asked not in terraform:
            return asked.output
        if len(messages) > 4:
            assert messages[-2]["content"] == "}{", "the newest answer is mended"
        return first if len(messages) == 2 else "}{"

    endpoint.script = script
    command = ("eval", "--endpoint", endpoint.url, "--model", "m", *small_eval, *QUICK, "eval.repair=2")
    assert run_cli(*command).status == 0
    folder = tmp_path / "runs" / "m" / "eval"
    asked = {task.id for task in terraform}
    rows = [one for one in read_samples(folder / "samples.jsonl") if one.task in asked]
    assert len(rows) == 3 * len(asked)
    assert {(one.completion, len(one.prompt), one.tokens) for one in rows} == {(first, 2, 7)}
    assert {one.policy: one.spent for one in rows} == {"m": None, "m+repair-1": 14, "m+repair-2": 21}
    logged = [one for one in CompletionLog(folder / "completions.jsonl").rows() if one.task in asked]
    assert {one.policy: one.completion for one in logged} == {"m": first, "m+repair-1": "}{", "m+repair-2": "}{"}


def test_the_best_is_chosen_by_the_verdict_and_not_by_the_intent(
    run_cli, small_eval, some_tasks, write_completions, tmp_path
):
    """Of an invalid answer, a valid one of another task and the gold answer, the first valid one is chosen."""
    rows = []
    for task in some_tasks:
        other = next(one for one in some_tasks if one.domain == task.domain and one.id != task.id)
        texts = ("}{", other.output, task.output, "}{")
        rows += [{"task": task.id, "sample": n, "completion": text, "tokens": 10} for n, text in enumerate(texts)]
    file = write_completions("many", rows)
    done = run_cli("eval", "--completions", file, "--model", "m", *small_eval, "eval.best_of=4")
    assert done.status == 0, done
    assert "best of 4" in done.out
    found = read_evaluation(tmp_path / "runs" / "m" / "eval")
    two, four = (found.result(f"m+best-of-{count}", "given") for count in (2, 4))
    assert (four.rates().valid[1].value, four.rates().passed[1].value) == (1.0, 0.0)
    assert two.samples == 2 and two.rates().passed[1].value == pytest.approx(0.5)
    assert (two.rates().spent, four.rates().spent) == (20, 40)
    assert not two.missing and not four.missing
    samples = tmp_path / "runs" / "m" / "eval" / "samples.jsonl"
    before = samples.read_bytes()
    assert run_cli("rescore", samples.parent).status == 0
    assert samples.read_bytes() == before


def test_what_cannot_be_measured_is_refused(run_cli, small_eval, some_tasks, write_completions):
    file = write_completions("one", [{"task": some_tasks[0].id, "completion": "x"}])
    done = run_cli("eval", "--completions", file, *small_eval, "eval.best_of=4")
    assert done.status == 2 and "eval.samples=4" in done.err
    done = run_cli("eval", "--completions", file, *small_eval, "eval.repair=1")
    assert done.status == 2 and "a file of completions has no model" in done.err
