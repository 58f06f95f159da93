import json
from dataclasses import replace

import pytest
from ci_log import FORGED, is_ours_alone

import iacrl
from iacrl.errors import UserError
from iacrl.evaluation.comparison import compare
from iacrl.evaluation.figures import DecodingSettings, Policy, write_evaluation
from iacrl.evaluation.model_source import ModelSource, resolve_config
from iacrl.evaluation.protocol import run_eval
from iacrl.evaluation.rates import gather, summarize
from iacrl.scoring.samples import read_samples, write_samples
from iacrl.tasks import write_tasks

WRONG = "resource {"


def write_answers(path, tasks, right, samples=1):
    """Write right and wrong completions, by the number of each task; none where `right(number)` is None."""
    rows = [
        {"task": task.id, "sample": sample, "completion": task.output if right(n) else WRONG}
        for n, task in enumerate(tasks)
        for sample in range(samples)
        if right(n) is not None
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Forty tasks in a file, and the overrides that ask them."""
    tasks = [task for domain in ("terraform", "kubernetes") for task in iacrl.load_tasks(domain, split="test")[:20]]
    file = tmp_path_factory.mktemp("many") / "many.jsonl"
    write_tasks(file, tasks)
    return tasks, [f"data.test={file}", f"data.train={file}"]


@pytest.fixture(scope="module")
def judged(many, every_kept_host, tmp_path_factory):
    """The figures of an evaluation, and each task's sample if it is answered right and if it is answered wrong."""
    tasks, settings = many
    folder = tmp_path_factory.mktemp("judged")
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("iacrl.scoring.runtime.runtime.Link", every_kept_host.link)
        for name, right in (("right", True), ("wrong", False)):
            file = write_answers(folder / f"{name}.jsonl", tasks, lambda n, right=right: right)
            source = ModelSource(completions=file)
            run, figures = run_eval(resolve_config(source, None, [*settings, f"run.dir={folder}"]), source)
            found[right] = {sample.task: sample for sample in read_samples(run.samples)}
    return figures, found


@pytest.fixture
def evaluated(run_cli, kept_hosts, many, judged, tmp_path):
    """Return a function for the run of a model that answers right where `right(number)`.

    With other settings, `iacrl eval` measures it. Without, its evaluation is put together from samples that are
    judged already.
    """
    tasks, settings = many
    figures, found = judged

    def evaluate(name, right, *more, samples=1):
        run = tmp_path / "runs" / name
        if more:
            file = write_answers(tmp_path / f"{name}.jsonl", tasks, right, samples)
            done = run_cli("eval", "--completions", file, *settings, f"run.dir={run.parent}", *more)
            assert done.status == 0, done
            return run
        (run / "eval").mkdir(parents=True)
        rows = [
            replace(found[bool(right(n))][task.id], policy=name, sample=sample)
            for n, task in enumerate(tasks)
            for sample in range(samples)
            if right(n) is not None
        ]
        write_samples(run / "eval" / "samples.jsonl", rows)
        (outcomes,) = gather(rows).values()
        result = summarize(name, "given", outcomes, tasks=len(tasks), samples=samples)
        trivial = [one for one in figures.results if one.trivial]
        protocol = replace(figures.protocol, decodings=(DecodingSettings("given", None, samples),))
        own = replace(figures, protocol=protocol, policies=(Policy(name, {}),), results=(result, *trivial))
        write_evaluation(run / "eval", own)
        return run

    return evaluate


def test_a_difference_that_stands(run_cli, evaluated):
    one, other = evaluated("one", lambda n: n % 4 == 0), evaluated("other", lambda n: n % 4 != 1)
    done = run_cli("compare", one, other)
    assert done.status == 0, done
    assert "other over one" in done.out and "+50.0 [" in done.out and "more than chance" in done.out
    assert "20 gained and 0 lost (p < 0.001)" in done.out
    told = " ".join(done.out.split())
    assert "valid +50.0 [" in told and "score +" in told and "schema +50.0 [" in told
    assert "such tasks are needed" not in told
    for word in ("│ one", "│ other", "│ empty", "│ nearest"):
        assert word in done.out, "no number is shown without the trivial policies"
    back = run_cli("compare", other / "eval", one / "eval")
    assert "-50.0 [" in back.out and "0 gained and 20 lost" in back.out


def test_a_difference_within_chance(evaluated):
    one, other = evaluated("one", lambda n: n % 2 == 0), evaluated("other", lambda n: n % 2 == 0 or n == 3)
    _, (found,) = compare([str(one), str(other)])
    assert (found.gained, found.lost, found.p_value, found.significant) == (1, 0, 1.0, False)
    assert found.passed.value == found.valid.value == pytest.approx(1 / 40)
    assert found.tasks_needed > 40
    _, (same,) = compare([str(one), str(one)])
    assert same.tasks_needed is None, "nothing shows how tasks vary"


def test_the_p_values_of_several_comparisons_are_corrected(evaluated):
    first = evaluated("first", lambda n: n % 2 == 0)
    better = evaluated("better", lambda n: n % 2 == 0 or n in (1, 3, 5, 7, 9, 11))  # 6 gained: p = 1/32
    alone = compare([str(first), str(better)])[1][0]
    assert alone.p_value == pytest.approx(1 / 32)
    same = evaluated("same", lambda n: n % 2 == 0)
    found = compare([str(first), str(better), str(same)])[1]
    assert [(one.after, one.p_value, one.significant) for one in found] == [
        ("better", pytest.approx(1 / 16), False),
        ("same", 1.0, False),
    ]


def test_with_several_completions_the_bootstrap_decides_alone(evaluated):
    one = evaluated("one", lambda n: n % 2 == 0, samples=2)
    other = evaluated("other", lambda n: True, samples=2)
    _, (found,) = compare([str(one), str(other)])
    assert (found.gained, found.lost, found.p_value) == (None, None, None)
    assert found.significant and found.passed.value == pytest.approx(0.5)


def test_policies_of_one_name_are_told_apart_by_their_directories(run_cli, evaluated):
    one = evaluated("one", lambda n: n % 4 == 0)
    other = evaluated("two", lambda n: None if n > 30 else n % 4 != 1, "--model", "one", "run.name=two")
    done = run_cli("compare", one, other)
    assert f"{other} over {one}" in " ".join(done.out.split()) and "9 completions of one, given, missing" in done.out


def test_completions_from_a_file_are_held_against_each_decoding(run_cli, endpoint, evaluated, many, tmp_path):
    _, settings = many
    endpoint.script = lambda number, body: "resource {"
    model = ["--endpoint", endpoint.url, "--model", "weak", "eval.decodings=[greedy,sampled]"]
    assert run_cli("eval", *model, *settings, f"run.dir={tmp_path / 'runs'}", "rewards.workers=1").status == 0
    file = evaluated("file", lambda n: n % 2 == 0)
    _, found = compare([str(file.parent / "weak"), str(file)])
    assert [(one.before, one.after, one.decoding, one.gained, one.significant) for one in found] == [
        ("weak", "file", "greedy", 20, True),
        ("weak", "file", "sampled", 20, True),
    ]
    _, back = compare([str(file), str(file.parent / "weak")])
    assert [(one.after, one.decoding, one.lost) for one in back] == [("weak", "greedy", 20), ("weak", "sampled", 20)]


def test_tasks_that_only_one_has_answered_are_left_out_and_told(run_cli, evaluated):
    one, other = evaluated("one", lambda n: n % 2 == 0), evaluated("other", lambda n: True if n < 30 else None)
    done = run_cli("compare", one, other)
    assert "on 30 tasks" in done.out and "10 completions of other, given, missing" in done.out


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("eval.rows=10", "the tasks"),
        ("domains.kubernetes.version=1.30", "the options of the domains"),
        ("rewards.weights={syntax: 1.0}", "the rubric"),
    ],
)
def test_evaluations_that_asked_or_judged_otherwise_are_refused(run_cli, evaluated, change, words):
    one, other = evaluated("one", lambda n: True), evaluated("other", lambda n: True, change)
    done = run_cli("compare", one, other)
    assert done.status == 2 and words in done.err and "Traceback" not in done.err


def test_another_prompt_is_refused(evaluated, monkeypatch):
    from iacrl.evaluation import protocol

    one = evaluated("one", lambda n: True)
    monkeypatch.setattr(protocol, "prompt_digest", lambda *_, **__: "another")
    other = evaluated("other", lambda n: True, "run.name=other")
    with pytest.raises(UserError, match="the form of the prompt"):
        compare([str(one), str(other)])


def test_what_cannot_be_compared_is_told(run_cli, evaluated, tmp_path):
    one = evaluated("one", lambda n: True)
    assert "two evaluations" in run_cli("compare", one).err
    assert "no finished evaluation" in run_cli("compare", one, tmp_path).err
    told = run_cli("compare", one, f"{one}:onne").err
    assert "no policy 'onne'" in told and "Did you mean 'one'?" in told


def test_a_policy_with_a_forged_name_prints_no_command(evaluated, run_cli):
    for name, right in (("one", lambda n: n % 2), ("two", lambda n: n % 3)):
        run = evaluated(name, right)
        for file in ("eval.json", "samples.jsonl"):
            path = run / "eval" / file
            path.write_text(path.read_text().replace(f'"{name}"', json.dumps(name + FORGED)))
    first, second = (f"{run.parent}/{name}" for name in ("one", "two"))
    named = f"{second}:{FORGED}"
    for arguments in (("compare", first, second), ("compare", first, named), ("runs", "list", "--in", run.parent)):
        done = run_cli(*arguments)
        assert is_ours_alone(done.out + done.err), done.out + done.err
