import pytest

from iacrl.domains import validate
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


def test_letters_go_to_the_entities_that_meet_the_most():
    result = check(
        BUCKETS,
        {"as": "data", "is": "resource aws_s3_bucket", "with": {"bucket": "acme-data"}},
        {"as": "logs", "is": "resource aws_s3_bucket", "with": {"bucket": "acme-logs", "tags.Team": "sre"}},
        {"as": "v", "is": "resource aws_s3_bucket_versioning", "with": {"bucket": {"refers_to": "data", "by": "id"}}},
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
        ('v = "80"', {"v": 80}, True),
        ("v = 81", {"v": 80}, False),
        ('v = "true"', {"v": True}, True),
        ("v = 1", {"v": True}, False),
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
        ("v = list( string)", {"v": {"code": "list(string)"}}, True),
        ('v = "{\\"a\\": [1]}"', {"v": {"json": {"a": [1]}}}, True),
        ('v = "{"', {"v": {"json": {"a": [1]}}}, False),
        ("b { n = 1 }\nb { n = 2 }", {"b": {"some": [{"n": 2}, {"n": 1}], "length": 2}}, True),
        ("b { n = 1 }\nb { n = 2 }", {"b": {"some": {"n": 3}}}, False),
        ("b { n = 1 }\nb { n = 2 }", {"b": {"length": 1}}, False),
        ("b { n = 1 }\nb { n = 2 }", {"b[*].n": 2}, True),
    ],
)
def test_values_in_terraform(source, tests, met):
    assert one(f'resource "x" "y" {{\n{source}\n}}\n', tests) is met


@pytest.mark.parametrize(
    ("source", "tests", "met"),
    [
        ('v: "80"', {"v": 80}, False),
        ("v: 1Gi", {"v": {"quantity": "1024Mi"}}, True),
        ("v: 0.5", {"v": {"quantity": "500m"}}, True),
        ("v: 512MB", {"v": {"quantity": "512M"}}, False),
        ("v: it", {"v": {"refers_to": "it"}}, False),
        ("v: me", {"v": {"refers_to": "it"}}, True),
    ],
)
def test_values_in_kubernetes(source, tests, met):
    assert one(f"apiVersion: v1\nkind: X\nmetadata:\n  name: me\n{source}\n", tests, "kubernetes", "object X") is met


def test_values_come_through_locals_and_variable_defaults():
    text = 'variable "n" {\n  default = 5\n}\nlocals {\n  m = var.n\n}\nresource "x" "y" {\n  v = local.m\n}\n'
    assert one(text, {"v": 5})


def test_a_service_selects_pods_by_the_labels_of_their_template():
    text = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {app: web}}\n---\n"
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n"
        "spec: {template: {metadata: {labels: {app: LABEL, tier: x}}}}\n"
    )
    wanted = (
        {"as": "s", "is": "object Service", "with": {"spec.selector": {"selects": "d"}}},
        {"as": "d", "is": "object Deployment"},
    )
    assert check(text.replace("LABEL", "web"), *wanted, domain="kubernetes").met
    result = check(text.replace("LABEL", "api"), *wanted, domain="kubernetes")
    assert [clause for clause, _ in unmet(result)] == ["s: spec.selector selects d"]


def test_objects_in_a_list_count_as_documents():
    text = (
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: A, metadata: {name: a}}\n"
        "- {apiVersion: v1, kind: B, metadata: {name: b}}\n"
    )
    assert check(text, {"is": "object A"}, {"is": "object B", "named": "b"}, domain="kubernetes").met


def test_many_entities_of_one_kind_are_assigned_without_trying_every_way():
    names = [f"n{number}" for number in range(12)]
    text = "".join(f'resource "x" "{name}" {{\n  v = "{name}"\n}}\n' for name in names)
    wanted = [{"as": name, "is": "resource x", "with": {"v": name}} for name in reversed(names)]
    assert check(text, *wanted, nothing_else=True).met


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
    bucket = {"as": "one", "is": "resource aws_s3_bucket"}
    assert unmet(check(text, bucket, nothing_else=True)) == [("nothing else", f"not asked for: {told}")]
    sort = "ephemeral random_password" if told.startswith("random") else told.split()[0]
    assert check(text, bucket, {"as": "other", "is": sort}, nothing_else=True).met


def test_blocks_about_the_state_can_be_asked_for():
    text = 'resource "aws_s3_bucket" "one" {\n}\nimport {\n  to = aws_s3_bucket.one\n  id = "acme-logs"\n}\n'
    bucket = {"as": "one", "is": "resource aws_s3_bucket"}
    wanted = {"as": "import", "is": "import", "with": {"to": {"refers_to": "one"}, "id": "acme-logs"}}
    assert check(text, bucket, wanted).met
    assert unmet(check(text.replace('"acme-logs"', '"acme"'), bucket, wanted)) == [
        ('import: id = "acme-logs"', 'it is "acme"')
    ]
    assert unmet(check(text, bucket, must_not_exist=["import"])) == [("no import", "there is one: import")]
