"""Texts made to hurt: each gets a verdict, in bounded time and without a traceback."""

import json
import sys
import time

import pytest

import iacrl

pytest.importorskip("cfnlint", reason="cfn-lint is not installed")

from iacrl.domains.cloudformation import validation
from iacrl.domains.cloudformation.clock import OutOfTime, within
from iacrl.domains.cloudformation.hack_texts import HACK_TEXTS
from iacrl.domains.cloudformation.limits import MAX_CHARACTERS, MAX_DEPTH, MAX_VALUES
from iacrl.scoring.audit.probes import attack_probes
from iacrl.tasks.family import find_family

SOUND = "Resources: {A: {Type: AWS::SNS::Topic}}\n"


def judge(text):
    verdict = iacrl.validate(text, "cloudformation")
    for entity in verdict.document.entities if verdict.document else ():
        assert entity.values is not None and entity.range.end > entity.range.start
    return verdict


def nested(levels, opening="[", closing="]"):
    return f"Metadata: {{a: {opening * levels}1{closing * levels}}}\n{SOUND}"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("#" * (MAX_CHARACTERS + 1), "CF101"),
        ("a: [" + "b, " * MAX_VALUES + "]", "CF102"),
        (dict(HACK_TEXTS.bombs)["aliases"], "CF102"),
        ("a: &a [*a]", "CF102"),
        ("a: &a {<<: *a}", "CF102"),
        (nested(MAX_DEPTH), "CF103"),
        (nested(30_000), "CF103"),
        (nested(30_000, "{a: ", "}"), "CF103"),
        ('{\n\t"a": ' + "[" * 30_000 + "]" * 30_000 + "}", "CF103"),
    ],
    ids=lambda value: value[:12],
)
def test_a_text_over_a_limit_is_refused_before_it_is_read(text, code):
    verdict = judge(text)
    assert [found.code for found in verdict.errors] == [code]
    assert verdict.layers == ("extract",)


def test_what_keeps_the_limits_is_judged():
    assert judge(nested(MAX_DEPTH - 3)).valid
    assert judge(f"Metadata: {{a: &a [x], b: [{', '.join(['*a'] * 1000)}]}}\n{SOUND}").valid


@pytest.mark.parametrize(
    "text",
    [
        "", "# nothing", "3", "- a", "words and words", "!Ref A", "a: \x00", "a: \ud800", "a: 1\n---\nb: 2",
        "? {a: 1}\n: b", "a: !!python/object/apply:os._exit [1]", "a: " + "9" * 10_000, "Resources:", "Resources: []",
        "Resources: {1: {Type: AWS::S3::Bucket}}", "Resources: {A: {Type: 3}}", "Resources: {A: {Type: [a]}}",
        "Resources: {A: x}", "Resources: {A: {Type: AWS::S3::Bucket, Properties: x}}", "Transform: 3\n" + SOUND,
        *(
            f"Resources: {{A: {{Type: AWS::S3::Bucket, Properties: {{BucketName: {value}}}}}}}"
            for value in ("!Ref [a]", "!Ref {a: 1}", "!GetAtt {a: 1}", "!GetAtt 3", "!Sub [1, 2, 3]", "!Sub []",
                          "!Sub {a: b}", "!Join [a]", "!If []", "!If [a, b, c]", ".nan", "2020-01-01", "!!binary aGk=")
        ),
        *(text for _, text in HACK_TEXTS.bombs if "(a|aa)" not in text),
    ],
    ids=lambda value: ascii(value[-24:]),
)  # fmt: skip
def test_nothing_raises(text):
    judge(text)


def with_pattern(pattern, default, kind="String"):
    return f"Parameters: {{A: {{Type: {kind}, AllowedPattern: '{pattern}', Default: {default}}}}}\n{SOUND}"


@pytest.mark.parametrize(
    "text",
    [
        with_pattern("!|(a|aa)+$", f'"!,{"a" * 70}!"', "CommaDelimitedList"),
        with_pattern("((a{60000}){60000}){60000}", "a"),
        with_pattern("a{4000000000}", "a"),
        with_pattern("|".join(f"a{number}" for number in range(1000)), "a"),
    ],
    ids=["value of a list", "nested counts", "a count", "a long pattern"],
)
def test_a_pattern_that_costs_too_much_is_not_tried(text):
    verdict = judge(text)
    assert verdict.layers == ("extract", "syntax") and "AllowedPattern takes too long" in verdict.unchecked[0]


@pytest.mark.parametrize("pattern", ["(?:" * 3000 + ")" * 3000, "(?a)(?u)x"], ids=["nested", "flags"])
def test_a_pattern_that_cannot_be_compiled_raises_nothing(pattern):
    judge(with_pattern(pattern, "a"))
    judge(with_pattern("a", "0x" + "f" * 5000))


def test_a_usual_pattern_is_tried():
    uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    assert "E2015" in {found.code for found in judge(with_pattern(uuid, "x")).errors}


def test_a_pattern_that_never_ends_is_not_tried():
    verdict = judge(dict(HACK_TEXTS.bombs)["slow pattern"])
    assert verdict.valid and verdict.layers == ("extract", "syntax")
    assert "AllowedPattern takes too long" in verdict.unchecked[0]


def test_what_takes_too_long_is_unchecked(monkeypatch):
    monkeypatch.setattr(validation, "MAX_SECONDS", 0.2)
    conditions = {f"C{n}": {"Fn::Equals": [{"Ref": f"P{n}"}, "a"]} for n in range(40)}
    names = list(conditions)
    conditions |= {
        f"D{n}": {"Fn::Or": [{"Condition": names[n]}, {"Fn::Not": [{"Condition": names[n - 1]}]}]} for n in range(40)
    }
    resources = {
        f"R{n}": {"Type": "AWS::S3::Bucket", "Condition": f"D{n}", "Properties": {"BucketName": {"Ref": f"R{n - 1}"}}}
        for n in range(1, 40)
    }
    parameters = {f"P{n}": {"Type": "String"} for n in range(40)}
    verdict = judge(json.dumps({"Parameters": parameters, "Conditions": conditions, "Resources": resources}))
    assert verdict.valid and verdict.layers == ("extract", "syntax")
    assert verdict.unchecked == ("cfn-lint: takes longer than 0.2 s on this text",)


def test_the_clock_stops_what_is_late_and_leaves_alone_what_is_not():
    def never():
        while True:
            time.sleep(0.001)

    class Late:
        def __del__(self):
            never()

    def in_a_callback():
        """The garbage collector swallows the exception, and Python would report it: pytest makes that an error."""
        late = Late()
        del late
        never()

    for late in (never, in_a_callback):
        with pytest.raises(OutOfTime):
            within(0.05, late)
    assert within(0.05, lambda: 3) == 3
    time.sleep(0.1)  # nothing is raised after the end


def test_the_clock_lets_others_report_what_a_callback_raised(monkeypatch):
    class Broken:
        def __del__(self):
            raise ValueError("a")

    reported = []
    monkeypatch.setattr(sys, "unraisablehook", lambda found: reported.append(found.exc_type))
    within(5, lambda: [Broken()].clear())
    assert reported == [ValueError]


@pytest.mark.parametrize("kind", ["{0}", "{a.__class__}", "{:99999999}"])
def test_a_text_that_breaks_a_transform_is_not_judged(kind):
    text = f"Transform: AWS::LanguageExtensions\nResources:\n  A:\n    Type: '{kind}'\n"
    verdict = judge(text)
    assert verdict.diagnostics == () and verdict.unchecked == ("rule E0001 of cfn-lint: cannot be run on this text",)


def test_no_attack_on_an_answer_earns_what_the_answer_earns():
    tasks = (find_family("cfn_security_group").task(3, index) for index in range(40))
    asked = next(task for task in tasks if "!Ref" in task.output)
    probes = list(attack_probes(asked))
    assert any("in no region" in probe.name for probe in probes)
    for probe in probes:
        assert iacrl.score(probe.completion, asked).total < 0.9, probe.name
    assert iacrl.score(asked.output, asked).total == 1.0
