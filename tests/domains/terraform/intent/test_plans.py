"""The plan is the judge: what the document says is known is what the plan says, and equal plans score alike."""

import json
import shutil

import pytest

from iacrl.domains import validate
from iacrl.tasks import Intent, check_intent

pytest.importorskip("grpc")
if shutil.which("terraform") is None:
    pytest.skip("terraform is not on the path", allow_module_level=True)

from iacrl.domains.terraform.engine import TerraformEngine

DECLARED = """
variable "label" {
  default = "web"
}
locals {
  ports = { http = 80, https = 443 }
}
resource "aws_sqs_queue" "one" {
  name       = "jobs-${var.label}"
  fifo_queue = false
  tags       = { Team = upper(var.label), Kind = "queue" }
}
resource "aws_sqs_queue" "each" {
  for_each = local.ports
  name     = "${each.key}-${each.value}"
}
resource "aws_sqs_queue" "counted" {
  count = 2
  name  = "n${count.index}"
}
"""
VALUES = (
    "aws_sqs_queue.one.name",
    'aws_sqs_queue.one.tags["Team"]',
    "aws_sqs_queue.one.tags.Kind",
    '"${aws_sqs_queue.one.name}-dead"',
    'format("%s/%03d", aws_sqs_queue.one.name, 7)',
    "lower(aws_sqs_queue.one.tags.Team)",
    'aws_sqs_queue.each["https"].name',
    "[for queue in aws_sqs_queue.each : queue.name]",
    "values(aws_sqs_queue.each)[*].name",
    "aws_sqs_queue.counted[1].name",
    "aws_sqs_queue.counted[*].name",
    'join(",", aws_sqs_queue.counted[*].name)',
    'merge(aws_sqs_queue.one.tags, { Kind = "other" })',
    'try(aws_sqs_queue.one.name, "x")',
    'coalesce("x", aws_sqs_queue.one.name)',
    'coalesce("", aws_sqs_queue.one.name)',
    'aws_sqs_queue.one.fifo_queue ? "yes" : "no"',
    'lookup(aws_sqs_queue.one.tags, "None", "gone")',
    "jsonencode({ name = aws_sqs_queue.one.name })",
    "length(aws_sqs_queue.counted)",
    'element(["a", aws_sqs_queue.one.name], 1)',
    'one([for name in aws_sqs_queue.counted[*].name : name if name == "n1"])',
)


@pytest.fixture(scope="module")
def engine():
    with TerraformEngine() as started:
        yield started


def test_what_is_known_of_other_things_is_what_the_plan_says(engine):
    outputs = "".join(f'output "o{n}" {{\n  value = {value}\n}}\n' for n, value in enumerate(VALUES))
    plan = engine.plan(DECLARED + outputs)
    assert plan.json is not None, plan.verdict.diagnostics
    planned = plan.json["planned_values"]["outputs"]
    document = validate(DECLARED + outputs, "terraform").document
    for number, value in enumerate(VALUES):
        known = document.outputs[f"o{number}"].value("value")
        expected = planned[f"o{number}"].get("value")
        if isinstance(expected, str) and expected[:1] == "{":
            expected = json.loads(expected)
        assert json.loads(json.dumps(known, default=dict)) == expected, value


ROLE = """
resource "aws_iam_role" "role" {
  name               = NAME
  assume_role_policy = POLICY
  REST
}
"""
JSON = 'jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole" }] })'
WANTED = {
    "as": "role",
    "is": "resource aws_iam_role",
    "with": {"name": "worker", "assume_role_policy.Statement[0].Action": "sts:AssumeRole", "tags.Team": "jobs"},
}
TEXTS = (
    ('("worker")', JSON, 'tags = { Team = "jobs" }'),
    ('format("%s", "worker")', JSON, 'tags = merge({ Team = "x" }, { Team = "jobs" })'),
    ('join("", ["work", "er"])', f"true ? {JSON} : null", 'tags = { for key in ["Team"] : key => "jobs" }'),
    ('coalesce("", "worker")', f"try({JSON}, null)", 'tags = { Team = lower("JOBS") }'),
    ('coalesce("other", "worker")', JSON, 'tags = { Team = "jobs" }'),
    ('"worker"', f'replace({JSON}, "Assume", "Leave")', 'tags = { Team = "jobs" }'),
    ('"worker"', JSON, 'tags = false ? { Team = "jobs" } : {}'),
    ('"worker"', JSON, 'count = length("") \n  tags = { Team = "jobs" }'),
)


def planned(engine, text):
    plan = engine.plan(text)
    assert plan.json is not None, plan.verdict.diagnostics
    resources = plan.json["planned_values"].get("root_module", {}).get("resources", [])
    return [(one["type"], one["values"]) for one in resources]


def test_texts_score_alike_where_their_plans_agree(engine):
    texts = [ROLE.replace("NAME", name).replace("POLICY", policy).replace("REST", rest) for name, policy, rest in TEXTS]
    plans = [planned(engine, text) for text in texts]
    intent = Intent.from_json({"must_exist": [WANTED]}, "terraform")
    met = [check_intent(intent, validate(text, "terraform").document).met for text in texts]
    assert met == [plan == plans[0] for plan in plans] == [True] * 4 + [False] * 4
