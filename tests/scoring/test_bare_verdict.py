"""Scoring sees the verdict itself: no comment, annotation or file of settings hides a mistake from it."""

import re

import pytest

import iacrl
from iacrl.config.recipes import load_config
from iacrl.domains import find_domain
from iacrl.evaluation.judging import Judges
from iacrl.scoring.audit.hacks import fenced, probes

#: What breaks an answer: a name that the schema does not have.
BREAKS = {"terraform": (r"^(\s+)(\w+)( *=)", r"\1\2_x\3"), "kubernetes": (r"^spec:", "spex:")}
#: Rewards that a comment itself changes: they are about its length and place.
ABOUT_THE_TEXT = {"brevity", "format", "style"}


def answers(domain):
    """Return a task, its answer broken, and that with everything that reports would heed."""
    task = next(one for one in iacrl.load_tasks(domain, split="test") if re.search(BREAKS[domain][0], one.output, re.M))
    broken = re.sub(*BREAKS[domain], task.output, count=1, flags=re.M)
    marked = f"# iacrl: ignore-file ALL\n# iacrl: ignore ALL\n{broken}"
    if domain == "kubernetes":
        marked = marked.replace("metadata:\n", "metadata:\n  annotations:\n    iacrl.dev/ignore: ALL\n", 1)
    fence = find_domain(domain).fence
    return task, fenced(broken, fence), fenced(marked, fence)


@pytest.fixture(params=BREAKS)
def case(request, tmp_path, monkeypatch):
    (tmp_path / ".iacrl.toml").write_text('ignore = ["ALL"]\n[severity]\nALL = "warning"\n')
    monkeypatch.chdir(tmp_path)
    return answers(request.param)


def test_rewards_and_rubric_heed_nothing(case):
    task, broken, marked = case
    plain, hidden = (iacrl.score(completion, task) for completion in (broken, marked))
    assert not plain.valid and not hidden.valid
    codes = [[one.code for one in score.verdict.errors] for score in (plain, hidden)]
    assert codes[0] == codes[1] != []
    for name, value in plain.parts.items():
        if name not in ABOUT_THE_TEXT:
            assert hidden.parts[name] == value, name


def test_evaluation_heeds_nothing(case):
    task, broken, marked = case
    with Judges(load_config("tiny-cpu")) as judges:
        plain, hidden = (outcome for outcome, _ in judges.judge([broken, marked], [task, task]))
    assert (plain.kind, hidden.kind) == ("judged", "judged")
    assert not plain.valid and not hidden.valid


def test_the_audit_tries_comments_that_ignore():
    (task, *_) = iacrl.load_tasks("terraform", split="test")
    tried = [probe for probe in probes(task, []) if "iacrl: ignore-file ALL" in probe.completion]
    assert tried and all(probe.worth == "less" for probe in tried)
