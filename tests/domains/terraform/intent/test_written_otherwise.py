"""A gold answer that is written another way is judged the same."""

import pytest

from iacrl.domains import validate
from iacrl.tasks import Intent, check_intent

POLICY = {
    "must_exist": [
        {
            "as": "role",
            "is": "resource aws_iam_role",
            "with": {
                "name": "worker",
                "assume_role_policy.Statement[*].Principal.Service": {
                    "one_of": ["ec2.amazonaws.com", ["ec2.amazonaws.com"]]
                },
                "assume_role_policy.Statement[*].Action": "sts:AssumeRole",
                "assume_role_policy.Version": "2012-10-17",
            },
        }
    ],
    "nothing_else": True,
}
ENCODED = """
resource "aws_iam_role" "r" {
  name = "worker"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}
"""
HEREDOC = """
resource "aws_iam_role" "r" {
  name               = "worker"
  assume_role_policy = <<-EOT
    {"Version": "2012-10-17",
     "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["ec2.amazonaws.com"]}}}
  EOT
}
"""
THROUGH_LOCALS = """
variable "name" {
  default = "worker"
}

locals {
  policy = {
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  }
}

resource "aws_iam_role" "r" {
  name               = var.name
  assume_role_policy = jsonencode(local.policy)
}
"""

BUCKETS = {
    "must_exist": [
        {"as": "one", "is": "resource aws_s3_bucket", "with": {"bucket": "acme-one"}},
        {"as": "two", "is": "resource aws_s3_bucket", "with": {"bucket": "acme-two"}},
        {
            "as": "versioned",
            "is": "resource aws_s3_bucket_versioning",
            "with": {"bucket": {"refers_to": "one"}, "versioning_configuration[0].status": "Enabled"},
        },
    ],
    "counts": [{"is": "resource aws_s3_bucket", "exactly": 2}],
    "nothing_else": True,
}
VERSIONED = """
resource "aws_s3_bucket_versioning" "v" {
  bucket = BUCKET
  versioning_configuration {
    status = "Enabled"
  }
}
"""
TWO = """
resource "aws_s3_bucket" "a" {
  bucket = "acme-one"
}
resource "aws_s3_bucket" "b" {
  bucket = "acme-two"
}
""" + VERSIONED.replace("BUCKET", "aws_s3_bucket.a.id")
FOR_EACH = """
resource "aws_s3_bucket" "all" {
  for_each = toset(["one", "two"])
  bucket   = "acme-${each.key}"
}
""" + VERSIONED.replace("BUCKET", 'aws_s3_bucket.all["one"].id')
COUNT = """
resource "aws_s3_bucket" "all" {
  count  = 2
  bucket = ["acme-one", "acme-two"][count.index]
}
""" + VERSIONED.replace("BUCKET", "aws_s3_bucket.all[0].id")

RULES = {
    "must_exist": [
        {
            "as": "group",
            "is": "resource aws_security_group",
            "with": {
                "ingress": {
                    "some": [
                        {"from_port": 80, "to_port": 80, "cidr_blocks": ["10.0.0.0/8"]},
                        {"from_port": 443, "to_port": 443, "cidr_blocks": ["10.0.0.0/8"]},
                    ],
                    "length": 2,
                }
            },
        }
    ]
}
BLOCKS = """
resource "aws_security_group" "g" {
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8"]
  }
  ingress {
    from_port   = 80
    to_port     = 80
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8"]
  }
}
"""
DYNAMIC = """
resource "aws_security_group" "g" {
  dynamic "ingress" {
    for_each = [80, 443]
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["10.0.0.0/8"]
    }
  }
}
"""


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        (POLICY, ENCODED),
        (POLICY, HEREDOC),
        (POLICY, THROUGH_LOCALS),
        (BUCKETS, TWO),
        (BUCKETS, FOR_EACH),
        (BUCKETS, COUNT),
        (RULES, BLOCKS),
        (RULES, DYNAMIC),
    ],
    ids=["encoded", "heredoc", "locals", "two", "for_each", "count", "blocks", "dynamic"],
)
def test_every_way_meets_the_intent(intent, text):
    verdict = validate(text, "terraform")
    assert verdict.valid, verdict.diagnostics
    result = check_intent(Intent.from_json(intent), verdict.document)
    assert [(item.clause, item.reason) for item in result.clauses if not item.met] == []


def test_another_instance_is_not_the_one_asked_for():
    result = check_intent(
        Intent.from_json(BUCKETS), validate(FOR_EACH.replace('all["one"]', 'all["two"]'), "terraform").document
    )
    assert [item.clause for item in result.clauses if not item.met] == ["versioned: bucket refers to one"]


def test_an_unmet_clause_has_its_place():
    result = check_intent(
        Intent.from_json(BUCKETS), validate(TWO.replace("acme-two", "acme-too"), "terraform").document
    )
    (unmet,) = [item for item in result.clauses if not item.met]
    assert (unmet.range.start.line, unmet.range.start.column) == (6, 12)
