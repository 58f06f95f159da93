"""What `nothing else` forbids in a text that was given to be changed."""

import pytest

from iacrl.domains import validate
from iacrl.intent.gold import Gold
from iacrl.tasks import Intent, check_intent

GIVEN = 'resource "aws_vpc" "main" {\n  cidr_block = "10.0.0.0/16"\n  enable_dns_support = true\n}\n'


@pytest.mark.parametrize(
    ("text", "sound", "met"),
    [
        (GIVEN.replace("10.0", "10.1"), True, True),
        (GIVEN.replace("10.0", "10.1").replace("= true", '= "true"'), True, True),
        (GIVEN.replace("10.0", "10.1").replace("true", "false"), True, False),
        (GIVEN.replace("10.0", "10.1").replace("  enable_dns_support = true\n", ""), True, False),
        (GIVEN.replace("10.0", "10.1").replace("}", '  tags = { Name = "x" }\n}'), True, False),
        (GIVEN.replace("10.0", "10.1").replace("  enable_dns_support = true\n", ""), False, True),
        (GIVEN.replace("10.0", "10.1").replace("}", '  tags = { Name = "x" }\n}'), False, False),
    ],
)
def test_nothing_else_changes_in_a_given_text(text, sound, met):
    wanted = {"as": "vpc", "is": "resource aws_vpc", "with": {"cidr_block": "10.1.0.0/16"}}
    intent = Intent.from_json({"must_exist": [wanted], "nothing_else": True})
    document, given = (validate(each, "terraform").document for each in (text, GIVEN))
    result = check_intent(intent, document, given, sound=sound)
    assert [item.clause for item in result.clauses if not item.met] == ([] if met else ["nothing else"])


MOVED = "moved {\n  from = aws_vpc.main\n  to = aws_vpc.other\n}\n"


@pytest.mark.parametrize(
    ("text", "met"),
    [
        (GIVEN.replace("10.0", "10.1"), True),
        (GIVEN.replace("10.0", "10.1").replace("main", "other"), False),
        (GIVEN.replace("10.0", "10.1").replace("main", "other") + MOVED, True),
        (GIVEN.replace("10.0", "10.1").replace("main", "other").replace("true", "false") + MOVED, False),
        (GIVEN.replace("10.0", "10.1") + MOVED.replace("main", "gone"), True),
        (GIVEN.replace("10.0", "10.1") + MOVED, False),
    ],
)
def test_what_was_given_keeps_its_name_unless_it_is_moved(text, met):
    wanted = {"as": "vpc", "is": "resource aws_vpc", "with": {"cidr_block": "10.1.0.0/16"}}
    intent = Intent.from_json({"must_exist": [wanted], "nothing_else": True})
    document, given = (validate(each, "terraform").document for each in (text, GIVEN))
    gold = Gold(intent, lambda: validate(GIVEN.replace("10.0", "10.1"), "terraform").document)
    result = check_intent(intent, document, given, gold=gold)
    assert [item.clause for item in result.clauses if not item.met] == ([] if met else ["nothing else"])


POLICY = (
    'resource "aws_sqs_queue" "main" {\n  name = "a"\n'
    '  policy = <<EOT\n{"Statement": [{"Action": "sqs:SendMessage", "Resource": "*"}]}\nEOT\n}\n'
)
ASKED = {"policy.Statement[*].Action": "sqs:*"}


@pytest.mark.parametrize(
    ("asked", "text", "met"),
    [
        ({"name": "b"}, POLICY.replace('"a"', '"b"'), True),
        ({"name": "b"}, POLICY.replace('"a"', '"b"').replace("[", " [ "), True),
        ({"name": "b"}, POLICY.replace('"a"', '"b"').replace("*", "arn:aws:sqs:::a"), False),
        (ASKED, POLICY.replace("SendMessage", "*"), True),
        (ASKED, POLICY.replace("SendMessage", "*").replace(', "Resource": "*"', ""), False),
        (ASKED, POLICY.replace("SendMessage", "*").replace('"*"}', '"a"}'), False),
    ],
)
def test_a_text_of_json_changes_only_where_it_was_to_change(asked, text, met):
    intent = Intent.from_json(
        {"must_exist": [{"as": "queue", "is": "resource aws_sqs_queue", "with": asked}], "nothing_else": True}
    )
    document, given, other = (validate(each, "terraform").document for each in (text, POLICY, text))
    result = check_intent(intent, document, given, gold=Gold(intent, lambda: other))
    assert [item.clause for item in result.clauses if not item.met] == ([] if met else ["nothing else"])
