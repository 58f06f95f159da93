import pytest

from iacrl.errors import UserError
from iacrl.intent.value_tests import Pattern
from iacrl.tasks import Intent

BUCKET = {"as": "bucket", "is": "resource aws_s3_bucket"}


def read(*wanted, **more):
    return Intent.from_json({"must_exist": list(wanted), **more})


def test_an_intent_comes_back_as_it_was():
    raw = {
        "must_exist": [
            BUCKET | {"named": "logs", "with": {"bucket": "acme", "tags": {"includes": {"Team": "sre"}}}},
            {
                "as": "versioning",
                "is": "resource aws_s3_bucket_versioning",
                "with": {"bucket": {"refers_to": "bucket"}},
            },
        ],
        "must_not_exist": ["resource aws_s3_bucket_acl"],
        "counts": [{"is": "resource aws_s3_bucket", "at_least": 1, "at_most": 2}],
        "nothing_else": True,
    }
    assert Intent.from_json(raw).to_json() == raw


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"as": "a"}, r"must_exist\[0\]\.is is missing"),
        ({"is": "ressource aws_vpc"}, "unknown category 'ressource'. Did you mean 'resource'"),
        ({"is": "resource"}, 'expected "resource KIND"'),
        ({"is": "variable string"}, 'expected "variable" alone'),
        (BUCKET | {"wit": {}}, "unknown key 'wit'. Did you mean 'with'"),
        (BUCKET | {"named": 3}, r"must_exist\[0\]\.named is 3: expected a string"),
        (BUCKET | {"with": {"tags": {"equal": 1}}}, r"with\['tags'\]: unknown test 'equal'. Did you mean 'equals'"),
        (BUCKET | {"with": {"tags": {}}}, "no test is given"),
        (BUCKET | {"with": {"a": {"matches": "("}}}, "expected a regular expression"),
        (BUCKET | {"with": {"a": {"at_least": "x"}}}, "expected a number"),
        (BUCKET | {"with": {"a": {"quantity": "1Gb"}}}, "expected a quantity"),
        (BUCKET | {"with": {"a": {"cidr": "10.0.0.1/16"}}}, "expected a network"),
        (BUCKET | {"with": {"a": {"present": False}}}, "expected true"),
        (BUCKET | {"with": {"a": {"one_of": []}}}, "expected a list with elements"),
        (BUCKET | {"with": {"a": {"by": "id"}}}, "'by' needs 'refers_to'"),
        (
            BUCKET | {"with": {"a": {"refers_to": "buckets"}}},
            "'buckets', which no `as` declares. Did you mean 'bucket'",
        ),
        (BUCKET | {"with": {"a": {"some": {"b": {"refers_to": "z"}}}}}, "speaks of 'z'"),
        (BUCKET | {"with": {"a[": 1}}, "Bad path"),
    ],
)
def test_a_mistake_is_named_with_its_place(wanted, message):
    with pytest.raises(UserError, match=message):
        read(wanted)


def test_letters_must_differ_and_something_must_be_asked():
    with pytest.raises(UserError, match="two entities are called 'bucket'"):
        read(BUCKET, BUCKET)
    with pytest.raises(UserError, match="asks for nothing"):
        Intent.from_json({"nothing_else": True})
    with pytest.raises(UserError, match="nothing_else is 'yes'"):
        read(BUCKET, nothing_else="yes")


@pytest.mark.parametrize(
    ("count", "message"),
    [
        ({"is": "resource aws_vpc"}, 'expected "exactly"'),
        ({"is": "resource aws_vpc", "exactly": 1, "at_most": 2}, 'expected "exactly"'),
        ({"is": "resource aws_vpc", "at_least": -1}, "expected a whole number"),
        ({"exactly": 1}, r"counts\[0\]\.is is None"),
    ],
)
def test_a_bad_count_is_named(count, message):
    with pytest.raises(UserError, match=message):
        Intent.from_json({"counts": [count]})


def test_thousands_of_groups_in_an_expression_cost_nothing():
    groups = "(" * 4_000 + "a" + ")" * 4_000
    assert Pattern(groups).finds_in("b" * 1000 + "a") and not Pattern(groups).finds_in("b" * 1000)


@pytest.mark.parametrize("pattern", ["(" * 30_000 + ")" * 30_000, "(((a{0,10}){0,10}){0,10}b?)" * 200])
def test_an_expression_that_takes_too_long_is_refused(pattern):
    with pytest.raises(UserError, match="expected a smaller regular expression"):
        read(BUCKET | {"with": {"bucket": {"matches": pattern}}})


def test_tests_within_tests_are_refused_if_they_are_nested_too_deeply():
    def nested(levels):
        test = {"b": 1}
        for _ in range(levels):
            test = {"a": {"some": test}}
        return BUCKET | {"with": test}

    str(read(nested(20)))
    with pytest.raises(UserError, match="'some' is nested more than 20 levels deep"):
        read(nested(21))
    with pytest.raises(UserError, match="'some' is nested more than 20 levels deep"):
        read(nested(300))
