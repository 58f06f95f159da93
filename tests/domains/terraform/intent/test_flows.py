"""A reference is met by where a value flows, and not by what a text mentions."""

import pytest

from iacrl.domains import validate
from iacrl.tasks import Intent, check_intent

DECLARED = """
variable "size" {
  type    = number
  default = 3
}
variable "label" {
  default = "web"
}
variable "zones" {
  default = ["a", "b"]
}
variable "wanted" {
  type    = bool
  default = true
}
locals {
  network = aws_vpc.main.id
  ids     = { main = aws_vpc.main.id, other = "vpc-1" }
}
resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
  tags       = { Name = "core" }
}
resource "aws_vpc" "other" {
  cidr_block = "10.1.0.0/16"
}
resource "aws_sqs_queue" "each" {
  for_each = toset(["a", "b"])
  name     = "jobs-${each.key}"
}
data "aws_iam_policy_document" "policy" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = ["${aws_vpc.main.arn}/*"]
  }
}
"""
TARGETS = {
    "vpc": {"as": "vpc", "is": "resource aws_vpc", "with": {"cidr_block": "10.0.0.0/16"}},
    "document": {"as": "document", "is": "data aws_iam_policy_document"},
    "queue": {"as": "queue", "is": "resource aws_sqs_queue", "with": {"name": "jobs-a"}},
    "size": {"as": "size", "is": "variable", "named": "size"},
    "label": {"as": "label", "is": "variable", "named": "label"},
    "zones": {"as": "zones", "is": "variable", "named": "zones"},
    "wanted": {"as": "wanted", "is": "variable", "named": "wanted"},
    "network": {"as": "network", "is": "local", "named": "network"},
}


def flows(value, alias, by=None, path="value"):
    """Whether an output of this value refers to the thing of that alias."""
    text = f'{DECLARED}output "it" {{\n  value = {value}\n}}\n'
    verdict = validate(text, "terraform")
    assert not any(item.layer == "syntax" for item in verdict.errors), verdict.errors
    test = {"refers_to": alias} | ({} if by is None else {"by": by})
    asked = {"as": "it", "is": "output", "named": "it", "with": {path: test}}
    result = check_intent(Intent.from_json({"must_exist": [TARGETS[alias], asked]}, "terraform"), verdict.document)
    return result.clauses[-1].met


@pytest.mark.parametrize(
    "value",
    [
        "aws_vpc.main.id",
        "(aws_vpc.main.id)",
        '"${aws_vpc.main.id}"',
        "local.network",
        "local.ids.main",
        'lookup(local.ids, "main", "vpc-1")',
        'try(aws_vpc.main.id, "vpc-1")',
        'coalesce("", aws_vpc.main.id, "vpc-1")',
        "coalesce(null, aws_vpc.main.id)",
        'var.size > 2 ? aws_vpc.main.id : "vpc-1"',
        'aws_vpc.main.id != null ? aws_vpc.main.id : "vpc-1"',
        "one(aws_vpc.main[*].id)",
        "[for id in [aws_vpc.main.id] : id if true][0]",
        'element(["vpc-1", aws_vpc.main.id], 1)',
        "concat([], [aws_vpc.main.id])",
        "flatten([[aws_vpc.main.id], []])",
        'merge({ id = "vpc-1" }, { id = aws_vpc.main.id }).id',
        'format("%s", aws_vpc.main.id)',
        'join("", [aws_vpc.main.id])',
        "tostring(aws_vpc.main.id)",
        "toset([aws_vpc.main.id])",
        "sensitive(aws_vpc.main.id)",
        '"%{ if true }${aws_vpc.main.id}%{ endif }"',
    ],
)
def test_a_value_that_comes_through_is_a_reference(value):
    assert flows(value, "vpc", ["id"])


@pytest.mark.parametrize(
    "value",
    [
        "aws_vpc.other.id",
        "aws_vpc.main.arn",
        'try("vpc-1", aws_vpc.main.id)',
        'coalesce("vpc-1", aws_vpc.main.id)',
        'false ? aws_vpc.main.id : "vpc-1"',
        'var.size < 2 ? aws_vpc.main.id : "vpc-1"',
        'length(aws_vpc.main.id) > 0 ? "vpc-1" : "vpc-2"',
        "[for id in [aws_vpc.main.id] : id if false]",
        'element(["vpc-1", aws_vpc.main.id], 0)',
        'concat(["vpc-1"], [aws_vpc.main.id])[0]',
        'merge({ id = aws_vpc.main.id }, { id = "vpc-1" }).id',
        'lookup({ a = aws_vpc.main.id }, "b", "vpc-1")',
        "slice([aws_vpc.main.id], 0, 0)",
        'replace(aws_vpc.main.id, "vpc", "eni")',
        "substr(aws_vpc.main.id, 0, 3)",
        'format("%.3s", aws_vpc.main.id)',
        '"${substr(aws_vpc.main.id, 0, 0)}vpc-1"',
        '"vpc-1${aws_vpc.main.id}"',
        'local.ids["other"]',
        '"aws_vpc.main.id"',
        '"%{ if false }${aws_vpc.main.id}%{ endif }"',
    ],
)
def test_a_mention_is_no_reference(value):
    assert not flows(value, "vpc", ["id"])


def test_an_attribute_that_is_known_comes_through_too():
    assert flows("element([aws_vpc.main.cidr_block], 0)", "vpc", ["cidr_block"])
    assert not flows('"10.0.0.0/16"', "vpc", ["cidr_block"])


@pytest.mark.parametrize(
    ("value", "met"),
    [
        ("data.aws_iam_policy_document.policy.json", True),
        ('replace(data.aws_iam_policy_document.policy.json, "Allow", "Deny")', False),
        ('jsonencode({ Action = "*", Note = data.aws_iam_policy_document.policy.json })', False),
        ('"${data.aws_iam_policy_document.policy.json}"', True),
    ],
)
def test_a_policy_is_the_document_itself(value, met):
    assert flows(value, "document", ["json"]) is met


@pytest.mark.parametrize(
    ("value", "met"),
    [
        ('aws_sqs_queue.each["a"].arn', True),
        ('aws_sqs_queue.each["b"].arn', False),
        ("values(aws_sqs_queue.each)[*].arn", True),
        ("{ for name, queue in aws_sqs_queue.each : name => queue.arn }", True),
        ("{ for name, queue in aws_sqs_queue.each : name => queue.url }", False),
        ('[for name, queue in aws_sqs_queue.each : queue.arn if name == "b"]', False),
    ],
)
def test_instances_are_told_apart(value, met):
    assert flows(value, "queue", ["arn"]) is met


@pytest.mark.parametrize(
    ("value", "alias", "by", "met"),
    [
        ("var.size", "size", [""], True),
        ("tonumber(var.size)", "size", [""], True),
        ("var.size * 0", "size", [""], False),
        ("var.size > 9 ? var.size : 3", "size", [""], False),
        ("toset(var.zones)", "zones", [""], True),
        ('[for zone in var.zones : "x"]', "zones", [""], False),
        ('var.label == "" ? "web" : "web"', "label", [""], False),
        ('"${var.label}"', "label", [""], True),
        ('coalesce("web", var.label)', "label", [""], False),
        ("local.network", "network", None, True),
        ('"${var.label}x"', "label", None, False),
        ('replace(var.label, "a", "b")', "label", None, False),
        ("var.wanted ? 1 : 0", "wanted", None, True),
        ("var.wanted ? 1 : 1", "wanted", None, False),
        ("var.wanted == false ? 0 : 1", "wanted", None, True),
        ("var.wanted ? 1 : 0", "wanted", [""], False),
    ],
)
def test_variables_and_locals_are_followed_whatever_their_values(value, alias, by, met):
    assert flows(value, alias, by) is met


@pytest.mark.parametrize(
    "value",
    [
        'jsonencode({ target = aws_vpc.main.arn, more = "x" })',
        '<<-EOT\n    {"target": "${aws_vpc.main.arn}", "name": "${aws_vpc.main.tags.Name}"}\n  EOT\n',
        'format("{\\"target\\": \\"%s\\"}", aws_vpc.main.arn)',
        'jsonencode({ target = try(aws_vpc.main.arn, "x") })',
    ],
)
def test_json_is_followed_however_it_is_written(value):
    assert flows(value, "vpc", ["arn"], "value.target")
    assert not flows(value.replace("vpc.main.arn", "vpc.other.arn"), "vpc", ["arn"], "value.target")


def test_what_a_text_writes_itself_is_no_symbol():
    assert not flows('format("%s", "\\ue0000\\ue001")', "vpc")
    assert not flows('join("", ["\\ue0000\\ue001", substr(aws_vpc.main.id, 0, 1)])', "vpc")


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ('"www.${aws_vpc.main.tags.Name}"', "value", "www.core"),
        ('aws_vpc.main.tags["Name"]', "value", "core"),
        ("upper(aws_vpc.main.tags.Name)", "value", "CORE"),
        ('aws_sqs_queue.each["b"].name', "value", "jobs-b"),
        ('"${path.module}/code.zip"', "value", "code.zip"),
        ('"${path.module}/${var.label}.zip"', "value", "web.zip"),
        ('format("%s-%02d", var.label, var.size)', "value", "web-03"),
        ("data.aws_iam_policy_document.policy.json", "value.Statement[0].Action", "sqs:SendMessage"),
        ("data.aws_iam_policy_document.policy.json", "value.Version", "2012-10-17"),
    ],
)
def test_what_the_text_says_of_others_is_known(text, path, value):
    document = validate(f'{DECLARED}output "it" {{\n  value = {text}\n}}\n', "terraform").document
    asked = {"as": "it", "is": "output", "named": "it", "with": {path: value}}
    result = check_intent(Intent.from_json({"must_exist": [asked]}, "terraform"), document)
    assert [(item.clause, item.reason) for item in result.clauses if not item.met] == []
