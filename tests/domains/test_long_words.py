"""Texts of long repetitions: nothing may try a character again for each other one. Before, each took minutes or hours.

Nothing here looks at a clock: a test that hangs is ended by pytest's own timeout.
"""

import json

import pytest

import iacrl
from iacrl.domains.cloudformation.evaluation import Evaluator
from iacrl.domains.kubernetes.cel.nodes import CelError
from iacrl.domains.kubernetes.cel.times import read_duration
from iacrl.domains.kubernetes.cron import schedule_problem
from iacrl.domains.terraform.engine.needs import _NAMED
from iacrl.domains.terraform.marks import marks
from iacrl.domains.terraform.security.aws_access import _is_all

MANY = 100_000


@pytest.mark.parametrize("fence", ["```" + " " * MANY + "`", "~" * MANY + " " * MANY + "`"])
def test_a_line_that_is_nearly_a_fence_is_text(fence):
    assert iacrl.extract(fence, domain="terraform") == fence


def test_a_tilde_fence_may_have_any_length():
    fence = "~" * MANY
    assert iacrl.extract(f"{fence}tf\nlocals {{}}\n{fence}", domain="terraform") == "locals {}\n"


@pytest.mark.parametrize(
    "version", ["0" + "-" * MANY + "!", " " * MANY + "x", "0-" + "1" * MANY + "!", "0+" + "a." * MANY]
)
def test_a_long_version_constraint(version):
    verdict = iacrl.validate(f'terraform {{\n  required_version = "{version}"\n}}\n', domain="terraform")
    assert [one.code for one in verdict.diagnostics] == ["TF222"]


def test_texts_in_functions_of_terraform():
    ends, slashes = "\\n" * (MANY // 2), "\\\\" * (MANY // 4)
    text = f'output "a" {{\n  value = chomp("{ends}x")\n}}\noutput "b" {{\n  value = can(regex("{slashes}", "a"))\n}}\n'
    assert iacrl.validate(text, domain="terraform").valid
    policy = "*" * MANY
    assert _is_all(policy) and not _is_all(f"{policy}x") and _is_all("arn:aws:*") and not _is_all("arn:aws:s3:*:a")


@pytest.mark.parametrize("word", ["-a", "provider", " ", "a ", "= "])
def test_names_of_providers_that_the_engine_looks_for(word):
    text = f'{word * MANY} = 1\naws = {{ source = "hashicorp/google" }}\nprovider = azurerm\n'
    assert {"aws", "google", "azurerm"} <= {name for names in _NAMED.findall(f"provider{text}") for name in names}


def test_an_escaped_backslash_before_a_c():
    text = 'output "a" {\n  value = regex("%s", "\\\\C")\n}\n'
    assert iacrl.validate(text % r"\\\\C", domain="terraform").valid
    assert not iacrl.validate(text % r"\\C", domain="terraform").valid
    assert not iacrl.validate(text % r"\\\\\\C", domain="terraform").valid


def test_durations():
    assert schedule_problem("@every 1h30m1.5s.5ms-") is not None
    assert schedule_problem("@every 1h30m1.5s.5ms") is None
    assert "is not a duration" in schedule_problem("@every " + "0" * MANY)
    assert read_duration("1h.5s1.s") == 3600 * 10**9 + 15 * 10**8
    with pytest.raises(CelError, match="is not a duration"):
        read_duration("0" * MANY)
    zeros = "0" * MANY  # as the API server 1.37.2 reads them
    assert read_duration(f"{zeros}1.5{zeros}s") == 15 * 10**8
    assert read_duration(f"0.{'9' * 30}h") == 3600 * 10**9
    with pytest.raises(CelError, match="is too long a duration"):
        read_duration("1" * MANY + "s")


def test_a_substitution_of_blank_space():
    sub = Evaluator({}, defaults=True).plain
    text = "${" + " " * 15_000
    assert sub({"Fn::Sub": text}) == text
    assert sub({"Fn::Sub": "a-${ AWS::Partition }-${! b }"}) == "a-aws-${b}"


def test_thousands_of_comments_apply_to_one_line():
    found = list(marks("# iacrl: ignore TF304\n" * 20_000 + "locals {\n}\n"))
    assert {(one.first, one.last) for one in found} == {(20_001, 20_002)}
    assert len(found) == 20_000


def test_calls_within_calls_make_no_text_of_gigabytes():
    value = "a" * 1000
    for _ in range(40):
        value = {"Fn::Base64": value}
    assert not isinstance(Evaluator({}, True).plain(value), str)
    pytest.importorskip("cfnlint", reason="cfn-lint is not installed")
    server = {"Type": "AWS::EC2::Instance", "Properties": {"ImageId": "ami-12345678", "UserData": value}}
    verdict = iacrl.validate(json.dumps({"Resources": {"Server": server}}), domain="cloudformation")
    assert verdict.valid, verdict.diagnostics
    assert not isinstance(verdict.document.entities[0].values["Properties"]["UserData"], str)
