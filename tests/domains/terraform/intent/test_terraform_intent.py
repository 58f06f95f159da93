"""What the blocks of Terraform mean to an intent."""

import pytest

from iacrl.domains import validate
from iacrl.tasks import Intent, check_intent


def check(text, *wanted, **more):
    intent = Intent.from_json({"must_exist": list(wanted), **more}, "terraform")
    return check_intent(intent, validate(text, "terraform").document)


def unmet(result):
    return [(item.clause, item.reason) for item in result.clauses if not item.met]


def one(text, tests, sort):
    return check(text, {"as": "it", "is": sort, "with": tests}).met


def test_values_come_through_locals_and_variable_defaults():
    text = 'variable "n" {\n  default = 5\n}\nlocals {\n  m = var.n\n}\nresource "x" "y" {\n  v = local.m\n}\n'
    assert one(text, {"v": 5}, "resource x")


@pytest.mark.parametrize(
    ("source", "tests", "met"),
    [
        ('v = "80"', {"v": 80}, True),
        ('v = "true"', {"v": True}, True),
        ("v = 1", {"v": True}, False),
        ("v = list( string)", {"v": {"code": "list(string)"}}, True),
        ("v = list(number)", {"v": {"code": ["list(string)", "set(string)"]}}, False),
        ('v = "1Gi"', {"v": {"quantity": "1024Mi"}}, True),
    ],
)
def test_values(source, tests, met):
    assert one(f'resource "x" "y" {{\n{source}\n}}\n', tests, "resource x") is met


@pytest.mark.parametrize("spelt", ["each.key", '"${each.key}"', "(each.key)", "one([each.key])", '("${ each.key }")'])
def test_code_may_be_handed_on(spelt):
    text = f'resource "aws_sqs_queue" "q" {{\n  for_each = var.names\n  name = {spelt}\n}}\nvariable "names" {{}}\n'
    wanted = {"is": "resource aws_sqs_queue", "with": {"name": {"code": ["each.key", "each.value"]}}}
    assert check(text, wanted).met
    assert not check(text.replace("each.key", "each.other"), wanted).met
    assert not check(text.replace(spelt, f"upper({spelt})"), wanted).met


def test_an_own_test_is_worded_as_its_domain_says():
    wanted = {"as": "it", "is": "resource x", "with": {"v": {"code": ["list(string)", "set( string)"]}}}
    assert unmet(check('resource "x" "y" {\n  v = list(number)\n}\n', wanted)) == [
        ("it: v is list(string) or set(string)", "it is list(number)")
    ]


WITHIN = {
    "moved": {key: {"present": True} for key in ["from", "to"]},
    "removed": {key: {"present": True} for key in ["from", "lifecycle[0].destroy"]},
    "import": {key: {"present": True} for key in ["to", "id"]},
    "check": {key: {"present": True} for key in ["assert[0].condition", "assert[0].error_message"]},
    "ephemeral random_password": {"length": 16},
}


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("moved {\n  from = aws_s3_bucket.old\n  to = aws_s3_bucket.one\n}", "moved"),
        ("removed {\n  from = aws_s3_bucket.gone\n  lifecycle {\n    destroy = false\n  }\n}", "removed"),
        ('import {\n  to = aws_s3_bucket.one\n  id = "acme-logs"\n}', "import"),
        (
            'check "up" {\n  assert {\n    condition = aws_s3_bucket.one.id != ""\n    error_message = ""\n  }\n}',
            "check 'up'",
        ),
        ('ephemeral "random_password" "p" {\n  length = 16\n}', "random_password 'p'"),
    ],
)
def test_blocks_beside_the_resources_are_something_else_unless_asked_for(block, told):
    text = 'resource "aws_s3_bucket" "one" {\n  bucket = "acme-logs"\n}\n' + block + "\n"
    assert validate(text, "terraform").valid
    bucket = {"as": "one", "is": "resource aws_s3_bucket", "with": {"bucket": "acme-logs"}}
    assert unmet(check(text, bucket, nothing_else=True)) == [("nothing else", f"not asked for: {told}")]
    sort = "ephemeral random_password" if told.startswith("random") else told.split()[0]
    assert check(text, bucket, {"as": "other", "is": sort, "with": WITHIN.get(sort, {})}, nothing_else=True).met


def test_blocks_about_the_state_can_be_asked_for():
    text = 'resource "aws_s3_bucket" "one" {\n}\nimport {\n  to = aws_s3_bucket.one\n  id = "acme-logs"\n}\n'
    bucket = {"as": "one", "is": "resource aws_s3_bucket"}
    wanted = {"as": "import", "is": "import", "with": {"to": {"refers_to": "one"}, "id": "acme-logs"}}
    assert check(text, bucket, wanted).met
    assert unmet(check(text.replace('"acme-logs"', '"acme"'), bucket, wanted)) == [
        ('import: id = "acme-logs"', 'it is "acme"')
    ]
    assert unmet(check(text, bucket, must_not_exist=["import"])) == [("no import", "there is one: import")]


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        ("var.n <= 9", True),
        ("9 >= var.n", True),
        ("!(var.n > 9)", True),
        ("var.n < 10", True),
        ("var.n < 9 || var.n == 9", True),
        ("var.n <= 10", False),
        ("var.n < 9", False),
        ("var.n <= 9 && var.n != 4", False),
        ("var.n <= 9 || true", False),
        ("var.n * 1 <= 9", False),
        ("length(var.n) <= 9", False),
    ],
)
def test_a_condition_is_the_same_where_it_holds_of_the_same_numbers(condition, met):
    rule = f'validation {{\ncondition = {condition}\nerror_message = "Too many."\n}}\n'
    text = f'variable "n" {{\ntype = number\n{rule}}}\n'
    assert one(text, {"validation[0].condition": {"code": "var.n <= 9"}}, "variable") is met
