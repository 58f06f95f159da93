"""The default rubric's promises, over gold answers, their mutations, fixtures and texts that want to cheat."""

import pickle
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import iacrl
from iacrl.scoring.registry import RewardError, shipped_names
from iacrl.scoring.rubric import DEFAULT_GATES, DEFAULT_WEIGHTS, build_rubric, default_rubric
from iacrl.tasks import read_tasks
from iacrl.tasks.mutants import mutations
from iacrl.tasks.prompt import build_answer

ROOT = Path(__file__).parents[2]
ROWS = {
    str(path.relative_to(ROOT / "datasets")): read_tasks(path)
    for path in sorted((ROOT / "datasets").rglob("*.jsonl"))
    if "train" not in path.name or "tiny" in path.parts
}
#: Some rows of each file, all difficulties among them.
SAMPLE = [task for tasks in ROWS.values() for task in tasks[:: len(tasks) // 20]]
TASKS = [ROWS["terraform-test.jsonl"][0], ROWS["kubernetes-test.jsonl"][0]]
FIXTURES = [
    (path, domain)
    for domain, ending in (("terraform", "tf"), ("kubernetes", "yaml"))
    for path in sorted((ROOT / "tests" / "fixtures" / domain).glob(f"*/*.{ending}"))
]
#: Valid, and not what any of the tasks asks for.
IRRELEVANT = {
    "terraform": 'resource "terraform_data" "nothing" {}\n',
    "kubernetes": "apiVersion: v1\nkind: Endpoints\nmetadata:\n  name: nothing\n",
}


def share_met(score):
    return score.verdict.intent.met_share if score.verdict.intent else 0.0


def test_gold_answers_score_exactly_one():
    for task in SAMPLE:
        for completion in (task.output, build_answer(task)[0]["content"]):
            score = iacrl.score(completion, task)
            assert score.total == 1.0 and score.passed and score.valid, task.id


def test_mutations_keep_to_the_formula():
    """Only a complete answer has 1.0; short of it, the score rises with each clause and nothing else."""
    for task in SAMPLE[::4]:
        for title, text in mutations(task):
            score = iacrl.score(text, task)
            share = share_met(score)
            if score.passed:
                assert score.total >= 0.9, (task.id, title)
            elif score.valid:
                assert score.total == pytest.approx(0.2 + 0.2 * share), (task.id, title)
                assert score.total < 0.4
            else:
                assert score.total in (0.0, pytest.approx(0.1), pytest.approx(0.15)), (task.id, title)


def test_each_clause_that_is_met_raises_the_score():
    for task in SAMPLE[2::4]:
        by_share = {
            share_met(score): score.total for _, text in mutations(task) if (score := iacrl.score(text, task)).valid
        }
        totals = [total for _, total in sorted(by_share.items())]
        assert totals == sorted(set(totals)), task.id


def test_what_was_to_be_changed_earns_little_as_it_was():
    """Most clauses of such a task say what to keep: a plain share would pay for changing nothing."""
    given = [task for tasks in ROWS.values() for task in tasks if task.input]
    families = {task.family: task for task in given}
    assert len(families) >= 12
    for task in [*families.values(), *given[::9]]:
        assert iacrl.score(task.input, task).total <= 0.3, task.id
        unasked = iacrl.score(task.output.replace("\n", "\n# a comment\n", 1), task).verdict.intent
        assert unasked.met_share == 1.0


def test_texts_that_answer_another_question_score_little():
    for path, domain in FIXTURES:
        task = TASKS[domain == "kubernetes"]
        score = iacrl.score(path.read_text(encoding="utf-8", errors="surrogateescape"), task)
        if "syntax" not in score.verdict.layers:
            assert score.total == 0.0, path
        elif share_met(score) == 0:
            assert score.total <= 0.21, path
        assert not score.passed and score.total < 0.4, path


ODD = '{}[]()"=:-#\n ab\t${%~<é\u200b\ud800'


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from(TASKS), st.text(alphabet=ODD, max_size=60))
def test_any_text_scores_within_its_bounds(task, text):
    score = iacrl.score(text, task)
    assert 0.0 <= score.total <= 1.0
    if "syntax" not in score.verdict.layers or not score.valid:
        assert score.total <= 0.16
    assert score.total == pytest.approx(sum(score.earned.values()))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sampled_from(SAMPLE), st.data())
def test_a_truncated_gold_answer_is_not_complete(task, data):
    text = task.output.rstrip()
    cut = data.draw(st.integers(0, len(text) - 1))
    score = iacrl.score(text[:cut], task)
    if not score.passed:  # the end of a YAML text may be a value that nothing asks for
        assert score.total < 0.4


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.domain)
def test_cheap_texts_score_nothing(task):
    echo = task.instruction
    comment = "# " + echo.replace("\n", "\n# ") + "\n"
    fence = "```terraform\n```" if task.domain == "terraform" else "```yaml\n```"
    for text in ("", " \n", comment, "I cannot help with that.", "{" * 50, "}" * 50, fence, "```", "\x00", "\ufeff"):
        score = iacrl.score(text, task)
        assert score.total == 0.0 and not score.passed and not score.valid, text
    assert iacrl.score(echo, task).total <= 0.1


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.domain)
def test_valid_text_that_does_nothing_of_what_was_asked_has_a_fifth(task):
    score = iacrl.score(IRRELEVANT[task.domain], task)
    assert score.valid and score.total == pytest.approx(0.2)
    assert iacrl.score(IRRELEVANT[task.domain].replace("nothing", "n1") + "\n" * 500, task).total == pytest.approx(0.2)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.domain)
def test_prohibitions_alone_give_nothing_away(task):
    """A clause that only forbids holds on any text that does nothing."""
    is_ = "resource aws_s3_bucket_acl" if task.domain == "terraform" else "object Secret"
    raw = {**task.intent.to_json(), "must_not_exist": [is_], "nothing_else": True}
    stricter = replace(task, intent=type(task.intent).from_json(raw))
    for text in ("", "# nothing", IRRELEVANT[task.domain]):
        score = iacrl.score(text, stricter)
        assert score.parts["intent"] == 0.0 and score.total <= 0.2


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.domain)
def test_without_an_intent_no_text_scores_high(task):
    free = replace(task, intent=None)
    for text in (IRRELEVANT[task.domain], task.output):
        score = iacrl.score(text, free)
        assert score.parts["intent"] is None and score.parts["complete"] is None
        assert score.total == pytest.approx(0.2) and not score.passed
    assert iacrl.score("", free).total == 0.0


def test_padding_and_length_cost_a_complete_answer_little_by_little():
    task = TASKS[0]
    fenced = build_answer(task)[0]["content"]
    assert iacrl.score(f"Here you are:\n\n{fenced}\n\nAnything else?", task).total == pytest.approx(0.95)
    long = fenced.replace("\n", "\n" + "# as you asked\n" * 400, 1)
    assert iacrl.score(long, task).total == pytest.approx(0.95)
    assert iacrl.score("Sure.\n" + long, task).total == pytest.approx(0.9)


def test_the_default_weights_and_gates_are_those_of_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in shipped_names():
        weight, gate = DEFAULT_WEIGHTS.get(name, 0), DEFAULT_GATES.get(name)
        assert f"| `{name}` | {weight:g} | {f'`{gate}`' if gate else '—'} |" in readme, name


def write(path, body):
    path.write_text("import iacrl\n\n\n" + body)
    return str(path)


def constant(folder, name, value):
    return write(
        folder / f"{name}.py", f'@iacrl.reward\ndef {name}(task, verdict):\n    """Constant."""\n    return {value}\n'
    )


class TestComposition:
    def test_the_total_is_the_weighted_mean(self, tmp_path):
        half, full = constant(tmp_path, "half", 0.5), constant(tmp_path, "full", 1.0)
        score = build_rubric({half: 1.0, full: 3.0}).score("", TASKS[0])
        assert score.parts == {"half": 0.5, "full": 1.0}
        assert score.total == pytest.approx(0.875)
        assert score.earned == pytest.approx({"half": 0.125, "full": 0.75})

    def test_a_part_that_abstains_leaves_the_sum(self, tmp_path):
        silent, full = constant(tmp_path, "silent", None), constant(tmp_path, "full", 1.0)
        score = build_rubric({silent: 5.0, full: 1.0}).score("", TASKS[0])
        assert score.total == 1.0 and score.parts["silent"] is None and "silent" not in score.earned

    def test_it_keeps_its_weight_where_the_task_has_no_intent(self, tmp_path):
        silent, full = constant(tmp_path, "silent", None), constant(tmp_path, "full", 1.0)
        assert build_rubric({silent: 3.0, full: 1.0}).score("", replace(TASKS[0], intent=None)).total == 0.25

    def test_nothing_is_scored_where_all_abstain(self, tmp_path):
        assert build_rubric({constant(tmp_path, "silent", None): 1.0}).score("", TASKS[0]).total == 0.0

    def test_a_part_behind_a_gate_that_does_not_hold_counts_nothing_and_keeps_its_weight(self, tmp_path):
        half, full = constant(tmp_path, "half", 0.5), constant(tmp_path, "full", 1.0)
        for gate, total in (("half", 0.25), ("half >= 0.5", 0.75), ("half >= 0.6", 0.25), ("layer schema", 0.25)):
            score = build_rubric({half: 1.0, full: 1.0}, {full: gate}).score("{", TASKS[0])
            assert score.total == total, gate
            assert score.gated == ({"full"} if total == 0.25 else set())
            assert score.parts["full"] == 1.0

    def test_a_gate_on_a_part_that_abstains_does_not_hold(self, tmp_path):
        silent, full = constant(tmp_path, "silent", None), constant(tmp_path, "full", 1.0)
        assert build_rubric({silent: 1.0, full: 1.0}, {"full": "silent >= 0.1"}).score("", TASKS[0]).total == 0.0

    def test_an_abstention_behind_a_closed_gate_does_not_raise_the_rest(self, tmp_path):
        silent, full = constant(tmp_path, "silent", None), constant(tmp_path, "full", 1.0)
        score = build_rubric({silent: 1.0, full: 1.0}, {silent: "layer intent"}).score("", TASKS[0])
        assert score.total == 0.5

    def test_a_weight_of_nothing_keeps_a_reward_for_gates(self, tmp_path):
        half, full = constant(tmp_path, "half", 0.5), constant(tmp_path, "full", 1.0)
        score = build_rubric({half: 0.0, full: 1.0}, {full: "half >= 0.5"}).score("", TASKS[0])
        assert score.total == 1.0 and score.parts["half"] == 0.5

    def test_security_and_style_count_only_for_complete_answers(self):
        rubric = build_rubric({**DEFAULT_WEIGHTS, "security": 0.1, "style": 0.1})
        task = TASKS[0]
        assert rubric.score(task.output, task).total == 1.0
        untidy = task.output.replace("=", " =  ")
        assert 0.9 < rubric.score(untidy, task).total < 1.0
        assert rubric.score(IRRELEVANT["terraform"], task).total == pytest.approx(0.2 / 1.2)


class TestMistakes:
    @pytest.mark.parametrize(
        ("weights", "gates", "words"),
        [
            ({"intnet": 1.0}, None, "Did you mean 'intent'"),
            ({"intent": 0.0}, None, "at least one"),
            ({"intent": 1.0}, {"intent": "complete"}, "not among the weights"),
            ({"intent": 1.0}, {"complete": "intent"}, "not among the weights"),
            ({"intent": 1.0}, {"intent": "intent"}, "itself"),
            ({"intent": 1.0}, {"intent": "layer shema"}, "Did you mean 'schema'"),
            ({"intent": 1.0, "syntax": 1.0}, {"intent": "syntax > 1"}, "NAME >= T"),
            ({"intent": 1.0, "syntax": 1.0}, {"intent": "syntax >= 2"}, "NAME >= T"),
            ({"intent": 1.0, "syntax": 1.0}, {"intent": "syntax >= nan"}, "NAME >= T"),
            ({"intent": 1.0}, {"intent": ""}, "layer NAME"),
        ],
    )
    def test_a_rubric_that_does_not_fit_together_says_why(self, weights, gates, words):
        with pytest.raises(iacrl.UserError, match=words):
            build_rubric(weights, gates)

    def test_two_rewards_of_one_name(self, tmp_path):
        with pytest.raises(iacrl.UserError, match=r"called 'intent': intent and .*intent\.py"):
            build_rubric({"intent": 1.0, constant(tmp_path, "intent", 1.0): 1.0})

    @pytest.mark.parametrize("value", ["float('nan')", "2", "-0.1", "'high'", "[1.0]"])
    def test_a_reward_that_returns_no_share_is_named(self, tmp_path, value):
        with pytest.raises(RewardError, match=r"'odd' returned .*\[0, 1\]") as raised:
            build_rubric({constant(tmp_path, "odd", value): 1.0}).score("", TASKS[0])
        assert raised.value.reward == "odd"

    def test_a_reward_that_raises_is_named_with_the_place(self, tmp_path):
        path = constant(tmp_path, "broken", "1 / len(verdict.text)")
        with pytest.raises(RewardError, match=r"'broken' raised ZeroDivisionError: .*broken\.py:7") as raised:
            build_rubric({path: 1.0}).score("", TASKS[0])
        again = pickle.loads(pickle.dumps(raised.value))
        assert (again.reward, str(again)) == ("broken", str(raised.value))


OLD = {"kubernetes": {"version": "1.31"}}


class TestDescription:
    def test_a_rubric_travels_as_its_description(self, tmp_path):
        rubric = build_rubric({constant(tmp_path, "half", 0.5): 1.0, "syntax": 0.0}, {"half": "syntax >= 0.5"}, OLD)
        arrived = pickle.loads(pickle.dumps(rubric))
        assert (arrived.weights, arrived.gates, arrived.options) == (
            rubric.weights,
            rubric.gates,
            OLD,
        )
        assert arrived.digest == rubric.digest
        assert arrived.score(TASKS[0].output, TASKS[0]).total == 0.5

    def test_the_digest_changes_with_all_that_decides_a_score(self, tmp_path):
        path = constant(tmp_path, "half", 0.5)
        digests = [
            build_rubric({path: 1.0, "syntax": 1.0}).digest,
            build_rubric({path: 2.0, "syntax": 1.0}).digest,
            build_rubric({path: 1.0, "syntax": 1.0}, {path: "syntax"}).digest,
            build_rubric({path: 1.0, "syntax": 1.0}, {path: "layer syntax"}).digest,
            build_rubric({path: 1.0, "syntax": 1.0}, {}, OLD).digest,
            default_rubric().digest,
        ]
        constant(tmp_path, "half", 0.25)
        digests.append(build_rubric({path: 1.0, "syntax": 1.0}).digest)
        assert len(set(digests)) == len(digests)
        assert build_rubric().digest == default_rubric().digest

    def test_the_digest_does_not_depend_on_where_a_file_lies(self, tmp_path):
        (tmp_path / "other").mkdir()
        one, other = constant(tmp_path, "half", 0.5), constant(tmp_path / "other", "half", 0.5)
        assert build_rubric({one: 1.0}).digest == build_rubric({other: 1.0}).digest
