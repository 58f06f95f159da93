import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from iacrl.domains.base import Domain
from iacrl.domains.probing import AttackGroup
from iacrl.domains.registry import find_domain
from iacrl.errors import UserError
from iacrl.scoring.audit import audit as audits
from iacrl.scoring.audit import hacks
from iacrl.scoring.audit.audit import Audit, attacked_tasks, audit_tasks, corpus, run_audit, shipped_tasks
from iacrl.scoring.audit.findings import AuditFinding
from iacrl.scoring.audit.hacks import answer
from iacrl.scoring.audit.report import render, to_json
from iacrl.scoring.rubric import build_rubric
from iacrl.scoring.runtime import Limits
from iacrl.tasks import Task, load_tasks

ATTACKS = get_args(AttackGroup)

REWARD = '''
import os, random, time
import iacrl

@iacrl.reward
def {name}(task, verdict):
    """A reward for tests."""
    {what}
'''

#: What the field's simplest graders do: count the words that such code usually has.
KEYWORDS = """known = {"terraform": ("resource", "{", "="), "kubernetes": ("apiVersion", "kind", "metadata")}
    words = known[task.domain]
    return sum(word in verdict.completion for word in words) / len(words)"""


@pytest.fixture(scope="module")
def tasks() -> list[Task]:
    some = audit_tasks()
    return [some[1], next(task for task in some if task.domain == "kubernetes" and task.input)]


@pytest.fixture
def few_probes(monkeypatch):
    """Audit with two texts of each group: what is found of a reward does not depend on how many there are."""

    def few(*args):
        groups = {}
        for probe in corpus(*args):
            groups.setdefault((probe.task.id, probe.group), []).append(probe)
        return [probe for group in groups.values() for probe in group[:2]]

    monkeypatch.setattr(audits, "corpus", few)


def single(folder: Path, name: str, what: str, tasks: list[Task]):
    file = folder / f"{name}.py"
    file.write_text(REWARD.format(name=name, what=what))
    return run_audit(name, build_rubric({str(file): 1.0}), tasks=tasks, single=True)


def faults(audit) -> Counter[str]:
    return Counter(found.fault for found in audit.findings)


class TestCorpus:
    def test_it_has_every_kind_of_trick(self, tasks):
        for task in tasks:
            some = corpus([task, *load_tasks(task.domain, split="test")[:3]])
            mine = [probe for probe in some if probe.task is task]
            assert len({probe.completion for probe in mine}) == len(mine) >= 150
            assert {probe.group for probe in mine} >= {
                "empty", "comments", "prose", "refusal", "echo", "keyword soup", "junk", "valid but irrelevant",
                "one block repeated", "gold of another task", "several fences", "truncated gold", "gold plus junk",
                "prompt injection", "bomb", "zero-width", "homoglyphs", "hidden gold", "mutation", "gold",
            }  # fmt: skip

    def test_no_hack_is_the_gold_answer(self, tasks):
        for probe in corpus(tasks):
            assert (probe.completion.strip() == answer(probe.task).strip()) == (probe.worth == "whole"), probe.name

    def test_answers_are_attacked_and_spelt_otherwise(self, tasks):
        with_a_variable = next(task for task in load_tasks("terraform", split="test") if task.family == "tf_count")
        tasks = [*tasks, with_a_variable]
        probes = corpus([], tasks)
        assert {probe.task.id for probe in probes} == {task.id for task in tasks}
        groups = {probe.group: probe.worth for probe in probes}
        assert groups == dict.fromkeys(ATTACKS, "spoilt") | {"unchanged input": "less", "honest alternative": "whole"}
        assert all(probe.completion != answer(probe.task) for probe in probes)

    def test_every_family_of_every_domain_is_attacked(self):
        families = {(task.domain, task.family) for task in shipped_tasks()}
        attacked = attacked_tasks()
        assert {(task.domain, task.family) for task in attacked} == families and len(attacked) == len(families)

    def test_a_domain_without_texts_of_its_own_is_tried_with_the_general_ones(self, tasks, monkeypatch):
        plain = Domain(name="plain", languages=("plain",), validate=find_domain("kubernetes").validate)
        monkeypatch.setattr(hacks, "find_domain", lambda name: plain)
        groups = Counter(probe.group for probe in hacks.probes(replace(tasks[0], intent=None), []))
        assert groups["junk"] > 50 and groups["gold plus junk"] and groups["several fences"]
        assert not {"keyword soup", "comments", "bomb", "valid but irrelevant"} & set(groups)

    def test_it_is_the_same_each_time(self, tasks):
        assert corpus(tasks) == corpus(tasks)

    def test_both_domains_and_both_sorts_of_task(self):
        kinds = Counter((task.domain, bool(task.input)) for task in audit_tasks())
        assert set(kinds) == {(domain, given) for domain in ("terraform", "kubernetes") for given in (True, False)}


class TestRubric:
    def test_the_shipped_one_passes_whole(self, tasks):
        audit = run_audit("rubric", build_rubric(), tasks=tasks)
        assert audit.passed, render(audit)
        assert audit.monotone_share == 1.0
        assert audit.latency_ms["p99"] >= audit.latency_ms["p50"] > 0

    def test_one_of_keywords_fails(self, tmp_path, tasks):
        file = tmp_path / "keywords.py"
        file.write_text(REWARD.format(name="keywords", what=KEYWORDS))
        audit = run_audit("rubric", build_rubric({str(file): 1.0}), tasks=tasks[1:])
        found = faults(audit)
        assert found["false accept"] > 50 and found["not monotonic"] > 0
        assert any(finding.probe.group == "echo" for finding in audit.findings)

    def test_a_share_of_clauses_alone_pays_too_much_for_a_spoilt_answer_and_for_nothing_else(self, tasks):
        """The criteria are about what a rubric pays for, not about how the shipped one is made."""
        audit = run_audit("rubric", build_rubric({"intent": 1.0}), tasks=tasks[1:])
        assert {finding.probe.worth for finding in audit.findings} == {"spoilt"}


@pytest.mark.usefixtures("few_probes")
class TestSingleReward:
    def test_a_naive_keyword_reward_fails(self, tmp_path, tasks):
        audit = single(tmp_path, "keywords", KEYWORDS, tasks)
        assert not audit.passed
        caught = {found.probe.group for found in audit.findings if found.fault == "false accept"}
        assert {"keyword soup", "hidden gold"} <= caught
        told = render(audit)
        assert "FAILED" in told and "false accept" in told and "resource" in told

    def test_one_that_changes_its_mind(self, tmp_path, tasks):
        audit = single(tmp_path, "moody", "return time.perf_counter_ns() % 1000 / 1000", tasks[:1])
        assert faults(audit)["not deterministic"] > 10

    def test_one_that_refuses_gold(self, tmp_path, tasks):
        audit = single(tmp_path, "strict", 'return 0.0 if "intent" in verdict.layers else 0.5', tasks)
        assert faults(audit)["false reject"] == len(tasks)

    def test_one_that_breaks_on_some_texts(self, tmp_path, tasks):
        """On few, for each costs a new process."""
        audit = single(tmp_path, "fragile", "return 1.0 / len(verdict.completion.strip())", tasks[:1])
        unjudged = [found for found in audit.findings if found.fault == "not judged"]
        assert unjudged and all("ZeroDivisionError" in found.reason for found in unjudged)
        assert {found.probe.group for found in unjudged} == {"empty"}

    def test_one_that_never_returns_is_given_up(self, tmp_path, tasks):
        file = tmp_path / "stuck.py"
        file.write_text(REWARD.format(name="stuck", what="time.sleep(60)"))
        limits = Limits(deadline_s=0.2, max_failed=1.0)
        with pytest.raises(UserError, match=r"Gave up on stuck: 8 of the first 8 texts .* it took more than 0\.2 s"):
            run_audit("stuck", build_rubric({str(file): 1.0}), tasks=tasks[:1], single=True, limits=limits)

    def test_one_that_abstains_is_not_blamed(self, tmp_path, tasks):
        assert single(tmp_path, "silent", "return None", tasks[:1]).passed


class TestCommand:
    def test_json_and_the_exit_status(self, tmp_path, tasks, run_cli, monkeypatch, few_probes):
        monkeypatch.setattr(audits, "audit_tasks", lambda: tasks[:1])
        file = tmp_path / "keywords.py"
        file.write_text(REWARD.format(name="keywords", what=KEYWORDS))
        failed = run_cli("reward", "audit", str(file), "--format", "json")
        assert failed.status == 1
        told = json.loads(failed.out)
        assert not told["passed"] and told["faults"]["false accept"] > 0
        assert told["texts"] == sum(told["groups"].values()) >= 20
        assert {"fault", "task", "group", "name", "value", "reason", "completion"} == set(told["findings"][0])
        passed = run_cli("reward", "audit", "intent")
        assert passed.status == 0 and passed.out.rstrip().endswith("passed")

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            ((), "--rubric"),
            (("intent", "--rubric"), "--rubric"),
            (("intnet",), "Did you mean 'intent'"),
            (("intent", "--config", "tiny-cpu"), "--config needs --rubric"),
            (("--rubric", "--config", "tiny-cup"), "Did you mean 'tiny-cpu'"),
        ],
    )
    def test_what_cannot_be_audited(self, run_cli, arguments, told):
        done = run_cli("reward", "audit", *arguments)
        assert done.status == 2 and told in done.err and "Traceback" not in done.err


def test_the_report_holds_everything(tmp_path, tasks, few_probes):
    audit = single(tmp_path, "nothing", "return 0.0", tasks[:1])
    told = to_json(audit)
    assert told["faults"]["false reject"] == 1 and told["findings"][0]["completion"] == answer(tasks[0])
    assert "the gold answer gets nothing" in render(audit)


def test_the_report_of_foreign_ids_and_errors_stays_on_its_lines(tasks):
    probe = hacks.Probe(replace(tasks[0], id="a\npassed"), "empty", "1", "", "nothing")
    finding = AuditFinding("not judged", probe, None, "raised ValueError: b\npassed")
    latency = {"p50": 0, "p99": 0, "rewards_p50": 0, "rewards_p99": 0}
    told = render(Audit("mine", {"empty": 1}, (finding,), None, latency))
    assert "\npassed" not in told and "a\ufffdpassed: raised ValueError: b\ufffdpassed" in told
