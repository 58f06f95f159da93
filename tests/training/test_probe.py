"""The hack monitor."""

import pytest
from stage_runs import rows, run

import iacrl
from iacrl.domains.registry import second_judge
from iacrl.errors import UserError
from iacrl.scoring.runtime import Outcome
from iacrl.training import probe
from iacrl.training.probe_judges import second_opinions

PROBED = ["probe.every=2", "probe.rows=4", "grpo.steps=4"]
SCHEMAS = "kubernetes-validate"


@pytest.fixture(autouse=True)
def no_server_at_hand(monkeypatch):
    """Here the package judges manifests; the tests of the engine ask a server."""
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)


try:
    ENGINE = second_judge("terraform").name
except UserError:
    ENGINE = None
VALID = 'resource "aws_s3_bucket" "b" {\n  bucket = "x"\n}\n'


def score(total, valid, passed):
    return Outcome("judged", total, valid=valid, passed=passed)


def test_the_figures_part_what_training_and_the_engine_say():
    scores = [score(1.0, True, True), score(0.8, True, True), score(0.4, True, False), score(0.0, False, False)]
    assert probe.figures(scores, [True, False, True, False]) == {
        "probe/score": pytest.approx(0.55),
        "probe/valid": 0.5,
        "probe/passed": 0.25,
        "probe/refused": pytest.approx(1 / 3),
        "probe/unchecked": 0.0,
    }


def test_what_cannot_be_judged_is_accepted_by_nobody():
    hidden = Outcome("judged", 0.1, unchecked=True)
    assert probe.figures([hidden, score(1.0, True, True)], [False, True])["probe/unchecked"] == 0.5


def test_the_engine_does_not_accept_what_it_cannot_judge():
    if ENGINE is None:
        pytest.skip("no terraform here")
    foreign = 'terraform {\n  required_providers {\n    aws = { source = "acme/aws" }\n  }\n}\n' + VALID
    assert second_opinions([foreign, VALID], ["terraform"] * 2, {}) == [False, True]


def test_it_probes_at_the_first_line_and_then_as_often_as_asked_and_changes_nothing(small, sft_run, monkeypatch):
    judged = []

    def refuse(texts, domains, options):
        judged.extend((domain, options["kubernetes"]["version"]) for domain in domains)
        return [False] * len(texts)

    monkeypatch.setattr(probe, "second_opinions", refuse)
    plain = run("grpo", [*small, "grpo.steps=4"])
    found = run(
        "grpo",
        [*small, *PROBED, "run.name=probed", "domains.kubernetes.version=1.30"],
        parent=plain.path.parent / "sft",
    )
    assert found.read_manifest()["adapter_digest"] == plain.read_manifest()["adapter_digest"]
    probed = [row for row in rows(found.path / "metrics.jsonl") if "probe/score" in row]
    assert [row["step"] for row in probed] == [1, 3]
    kept = rows(found.path / "probe.jsonl")
    assert [row["step"] for row in kept] == [1] * 4 + [3] * 4
    assert [row["task"] for row in kept[:4]] == [row["task"] for row in kept[4:]]
    assert probed[0]["probe/score"] == pytest.approx(sum(row["score"] for row in kept[:4]) / 4)
    assert judged.count(("terraform", "1.30")) == judged.count(("kubernetes", "1.30")) == 4
    assert found.read_manifest()["probe"] == {"tasks": 4, "judges": {"terraform": ENGINE, "kubernetes": SCHEMAS}}


def tasks(*domains):
    return [iacrl.Task(id="t", domain=domain, instruction="i", input="", output=VALID) for domain in domains]


def test_it_says_for_each_domain_who_judges_or_that_nobody_does(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    found = probe.announce(tasks("terraform", "kubernetes", "terraform"))
    assert found == {"tasks": 3, "judges": {"terraform": None, "kubernetes": "kubernetes-validate"}}
    kubernetes, terraform = capsys.readouterr().err.splitlines()
    assert "terraform: nobody" in terraform and "PATH" in terraform
    assert kubernetes == "Probe, kubernetes: kubernetes-validate judges its answers too."
    assert probe.announce(tasks("kubernetes"))["judges"] == {"kubernetes": "kubernetes-validate"}
    assert "terraform" not in capsys.readouterr().err
    assert second_opinions([VALID, POD], ["terraform", "kubernetes"], {}) == [None, True]


def test_the_engine_judges_terraform():
    if ENGINE is None:
        pytest.skip("no terraform here")
    wrong = 'resource "aws_s3_bucket" "b" {\n  no_such = 1\n}\n'
    assert second_opinions([VALID, wrong, POD], ["terraform", "terraform", "kubernetes"], {}) == [True, False, True]


POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: i}]}\n"
CRONJOB = """\
apiVersion: batch/v1beta1
kind: CronJob
metadata: {name: c}
spec:
  schedule: "* * * * *"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}
"""
CUSTOM = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\n"
BOMB = "a: &a [x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
)


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        (POD, True),
        (f"---\n{POD}---\n{POD}---\n", True),
        (POD.replace("containers", "container"), False),
        (POD.replace("image: i", "image: 3"), False),
        (f"{POD}---\n{POD.replace('Pod', 'Pid')}", False),
        (f"{POD.replace('spec', 'spek')}---\n{CUSTOM}", False),
        (CUSTOM, False),
        (CRONJOB, False),
        ('{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Pod", "spec": 3}]}', False),
        ('{"apiVersion": "v1", "kind": "List", "items": []}', True),
        ("kind: Pod\n", False),
        ("apiVersion: v1\nkind: [Pod]\n", False),
        ("apiVersion: v1\nkind: ../v1.37-local-strict/pod-v1\n", False),
        ("apiVersion: /etc/x\nkind: Pod\n", False),
        ("- 1\n", False),
        ("# nothing\n", False),
        ("a: [\n", False),
        (BOMB, False),
        ("[" * 50_000, False),
    ],
)
def test_kubernetes_validate_judges_manifests(text, accepted):
    assert second_opinions([text], ["kubernetes"], {}) == [accepted]


def test_manifests_are_judged_by_the_version_that_training_judges_by():
    sidecar = POD.replace("image: i", "image: i, resizePolicy: []")
    for version, accepted in (("1.26", False), ("1.27", True)):
        assert second_opinions([sidecar], ["kubernetes"], {"kubernetes": {"version": version}}) == [accepted]


def test_gold_answers_are_accepted():
    golds = [task.output for task in iacrl.load_tasks("kubernetes", split="validation")[:12]]
    assert second_opinions(golds, ["kubernetes"] * 12, {}) == [True] * 12
