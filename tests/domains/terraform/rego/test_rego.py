from __future__ import annotations

from typing import Any

import pytest

from iacrl.domains.terraform.rego import PolicyError, evaluate, holds

pytest.importorskip("regopy")

V0 = "package p\ndefault ok = false\nok { input.x == 1 }\n"
V1 = "package p\nimport rego.v1\ndefault ok := false\nok if input.x == 1\n"


@pytest.mark.parametrize("policy", [V0, V1], ids=["v0", "v1"])
def test_both_syntaxes(policy: str) -> None:
    assert evaluate(policy, {"x": 1}) == {"p": {"ok": True}}
    assert evaluate(policy, {"x": 1}, query="data.p.ok") is True
    assert (holds(policy, {"x": 1}), holds(policy, {"x": 2})) == (True, False)


@pytest.mark.parametrize(
    ("policy", "document", "expected"),
    [
        ("package p\nok { input.x == 1 }\n", {"x": 2}, False),
        ("package p\nok { input.x == 1 }\n", {"x": 1}, True),
        ('package p\ndeny[message] {\n  input.x == 1\n  message := "no"\n}\n', {"x": 1}, False),
        ('package p\ndeny[message] {\n  input.x == 1\n  message := "no"\n}\n', {"x": 2}, True),
        ('package p\nimport rego.v1\nviolation contains "no" if input.x == 1\n', {"x": 1}, False),
        ('package p\nimport rego.v1\nviolation contains "no" if input.x == 1\n', {"x": 2}, True),
        ('package p\nok = true\nnested = {"a": [false]}\n', {}, False),
        ("package p\n", {}, False),
    ],
)
def test_what_holds(policy: str, document: Any, expected: bool) -> None:
    assert holds(policy, document) is expected


def test_a_policy_that_cannot_be_evaluated_says_why() -> None:
    with pytest.raises(PolicyError, match="this is unclosed"):
        holds("package p\nok {\n", {})
    with pytest.raises(PolicyError, match="cannot be evaluated"):
        holds("package p\nok { nothing(1) }\n", {})


def test_a_policy_that_takes_too_long_is_stopped() -> None:
    endless = "package p\nn := numbers.range(1, 3000)\nok { a := n[_]; b := n[_]; c := n[_]; a + b + c == 0 }\n"
    with pytest.raises(PolicyError, match=r"not evaluated within 0\.5 s"):
        holds(endless, {}, timeout_s=0.5)


def test_a_policy_sees_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    seen = evaluate("package p\nenvironment := opa.runtime().env\n", {})
    assert "AWS_SECRET_ACCESS_KEY" not in seen["p"]["environment"]
