import pytest

from iacrl import patterns
from iacrl.domains import validate
from iacrl.intent.json_text import json_difference
from iacrl.tasks import Intent, check_intent

BUCKETS = """
resource "aws_s3_bucket" "one" {
  bucket = "acme-logs"

  tags = {
    Team = "sre"
  }
}

resource "aws_s3_bucket" "two" {
  bucket = "acme-data"
}

resource "aws_s3_bucket_versioning" "v" {
  bucket = aws_s3_bucket.two.id

  versioning_configuration {
    status = "Enabled"
  }
}
"""


def check(text, *wanted, domain="terraform", **more):
    intent = Intent.from_json({"must_exist": list(wanted), **more})
    return check_intent(intent, validate(text, domain).document)


def unmet(result):
    return [(item.clause, item.reason) for item in result.clauses if not item.met]


def one(text, tests, domain="terraform", sort="resource x"):
    result = check(text, {"as": "it", "is": sort, "with": tests}, domain=domain)
    return all(item.met for item in result.clauses)


VERSIONED = {"bucket": {"refers_to": "data", "by": "id"}, "versioning_configuration[0].status": "Enabled"}


def test_letters_go_to_the_entities_that_meet_the_most():
    result = check(
        BUCKETS,
        {"as": "data", "is": "resource aws_s3_bucket", "with": {"bucket": "acme-data"}},
        {"as": "logs", "is": "resource aws_s3_bucket", "with": {"bucket": "acme-logs", "tags.Team": "sre"}},
        {"as": "v", "is": "resource aws_s3_bucket_versioning", "with": VERSIONED},
        nothing_else=True,
    )
    assert result.met and result.met_share == 1.0
    assert [item.clause for item in result.clauses][:2] == [
        "data: resource aws_s3_bucket exists",
        'data: bucket = "acme-data"',
    ]


def test_a_reference_alone_can_decide_which_entity_is_meant():
    result = check(
        BUCKETS,
        {"as": "versioned", "is": "resource aws_s3_bucket", "with": {"bucket": {"matches": "^acme-"}}},
        {"as": "other", "is": "resource aws_s3_bucket"},
        {"as": "v", "is": "resource aws_s3_bucket_versioning", "with": {"bucket": {"refers_to": "versioned"}}},
    )
    assert result.met


def test_each_unmet_clause_says_why():
    result = check(
        BUCKETS,
        {
            "as": "a",
            "is": "resource aws_s3_bucket",
            "named": "three",
            "with": {"bucket": "acme-logs", "acl": "private"},
        },
        {"as": "q", "is": "resource aws_sqs_queue", "with": {"name": "x"}},
        counts=[{"is": "resource aws_s3_bucket", "exactly": 1}],
        must_not_exist=["resource aws_s3_bucket_versioning"],
        nothing_else=True,
    )
    assert unmet(result) == [
        ("a: is named 'three'", "it is named 'one'"),
        ('a: acl = "private"', "acl is not set"),
        ("q: resource aws_sqs_queue exists", "there is no resource aws_sqs_queue"),
        ('q: name = "x"', "there is no resource aws_sqs_queue"),
        ("exactly 1 of resource aws_s3_bucket", "there are 2"),
        ("no resource aws_s3_bucket_versioning", "there is one: aws_s3_bucket_versioning 'v'"),
        ("nothing else", "not asked for: aws_s3_bucket_versioning 'v'"),
    ]
    assert result.met_share == pytest.approx(2 / 9)


def test_an_expression_that_takes_too_long_meets_nothing_and_says_so():
    pattern, text = "(((a{0,10}){0,10}){0,10}b?)" * 10 + "$", "a" * 4_000
    result = check(
        f'resource "a" "b" {{ v = "{text}" }}', {"as": "x", "is": "resource a", "with": {"v": {"matches": pattern}}}
    )
    ((_, why),) = unmet(result)
    assert why.endswith("matches takes too long to find out")


def test_the_expressions_of_an_intent_share_their_time(monkeypatch):
    clock = iter(range(100_000))
    monkeypatch.setattr(patterns, "thread_time", lambda: next(clock) / 10)
    tests = {f"v{number}": {"matches": "a$"} for number in range(9)}
    values = "\n".join(f'v{number} = "{"a" * 4_000}"' for number in range(9))
    result = check(f'resource "a" "b" {{\n{values}\n}}', {"as": "x", "is": "resource a", "with": tests})
    assert 0 < len(unmet(result)) < 9


def test_no_readable_document_meets_nothing():
    intent = Intent.from_json({"must_not_exist": ["resource a"], "counts": [{"is": "resource a", "at_most": 3}]})
    result = check_intent(intent, None)
    assert result.met_share == 0.0


def test_empty_text_does_not_meet_nothing_else():
    result = check("", {"is": "resource a"}, nothing_else=True)
    assert result.met_share == 0.0


@pytest.mark.parametrize(
    ("source", "tests", "met"),
    [
        ("v = 80", {"v": 80}, True),
        ("v = 81", {"v": 80}, False),
        ("v = 5", {"v": {"at_least": 5, "at_most": 6}}, True),
        ("v = 7", {"v": {"at_least": 5, "at_most": 6}}, False),
        ('v = "b"', {"v": {"one_of": ["a", "b"]}}, True),
        ('v = "web-1"', {"v": {"matches": r"^web-\d$"}}, True),
        ('v = "10.0.0.0/8"', {"v": {"cidr": "10.0.0.0/8"}}, True),
        ('v = "2001:0db8::/32"', {"v": {"cidr": "2001:db8::/32"}}, True),
        ('v = "10.0.0.0/9"', {"v": {"cidr": "10.0.0.0/8"}}, False),
        ('v = ["b", "a"]', {"v": {"items": ["a", "b"]}}, True),
        ('v = ["b", "a", "a"]', {"v": {"items": ["a", "b"]}}, False),
        ('v = ["b", "c"]', {"v": {"includes": ["c"]}}, True),
        ('v = ["b", "a"]', {"v": ["a", "b"]}, False),
        ('v = { a = "x", b = 1 }', {"v": {"includes": {"b": 1}}}, True),
        ('v = { a = "x" }', {"v": {"equals": {"a": "x"}}}, True),
        ('v = { a = "x", b = 1 }', {"v": {"equals": {"a": "x"}}}, False),
        ("v = 1", {"w": {"absent": True}}, True),
        ("v = 1", {"v": {"absent": True}}, False),
        ("v = null", {"v": {"absent": True}}, True),
        ("v = null", {"v": {"present": True}}, False),
        ("v = var.x", {"v": {"present": True}}, True),
        ("v = var.x", {"v": "x"}, False),
        ('v = "{\\"a\\": [1]}"', {"v": {"json": {"a": [1]}}}, True),
        ('v = "{"', {"v": {"json": {"a": [1]}}}, False),
        ("b { n = 1 }\nb { n = 2 }", {"b": {"some": [{"n": 2}, {"n": 1}], "length": 2}}, True),
        ("b { n = 1 }\nb { n = 2 }", {"b": {"some": {"n": 3}}}, False),
        ("b { n = 1 }\nb { n = 2 }", {"b": {"length": 1}}, False),
        ("b { n = 1 }\nb { n = 2 }", {"b[*].n": 2}, True),
    ],
)
def test_values(source, tests, met):
    assert one(f'resource "x" "y" {{\n{source}\n}}\n', tests) is met


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ('{"a": [{"b": 1}], "c": 2}', ""),
        ('{"c": 2, "a": [{"b": 1}]}', ""),
        ('{"a": [{"b": 1}]}', "c is missing"),
        ('{"a": [{"b": 1}], "c": 2, "d": 3}', 'the intent does not have "d"'),
        ('{"a": [{"b": "1"}], "c": 2}', 'a[0].b is "1"'),
        ('{"a": [], "c": 2}', "a has 0 elements, not 1"),
        ("[]", "it is []"),
        ("null", "it is None"),
        ("{", 'it is "{", which is not JSON'),
    ],
)
def test_json_must_mean_the_same_and_the_reason_names_the_first_difference(found, reason):
    assert json_difference(found, {"a": [{"b": 1}], "c": 2}) == reason


def test_many_entities_of_one_kind_are_assigned_without_trying_every_way():
    names = [f"n{number}" for number in range(12)]
    text = "".join(f'resource "x" "{name}" {{\n  v = "{name}"\n}}\n' for name in names)
    wanted = [{"as": name, "is": "resource x", "with": {"v": name}} for name in reversed(names)]
    assert check(text, *wanted, nothing_else=True).met


@pytest.mark.parametrize("test", [{"policy.Version": "2012"}, {"policy": {"json": {"Version": "2012"}}}])
def test_half_a_surrogate_pair_in_embedded_json_does_not_reach_a_reason(test):
    text = 'resource "aws_iam_policy" "p" {\n  policy = <<EOT\n{"Version": "\\ud800", "\\udfff": 1}\nEOT\n}\n'
    asked = Intent.from_json({"must_exist": [{"as": "p", "is": "resource aws_iam_policy", "with": test}]}, "terraform")
    result = check_intent(asked, validate(text, "terraform").document)
    reasons = "".join(clause.reason for clause in result.clauses)
    assert "\ufffd" in reasons and reasons.encode()
