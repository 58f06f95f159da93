"""`cases`: what must hold with other values of inputs, and of single instances."""

import re
from pathlib import Path

import pytest
import yaml

import iacrl
from iacrl.errors import UserError
from iacrl.tasks import Intent, check_intent

PAGE = Path(__file__).parents[2] / "docs" / "intent-language.md"
SHOWN = yaml.safe_load(re.search(r"## Cases.*?```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1])

QUEUES = """
variable "queue_names" {
  type    = set(string)
  default = ["mails"]
}

resource "aws_sqs_queue" "each" {
  for_each = var.queue_names
  name     = each.key
}

output "arns" {
  value = { for name, queue in aws_sqs_queue.each : name => queue.arn }
}
"""


def unmet(text, intent=SHOWN, **more):
    document = iacrl.validate(text, domain="terraform").document
    result = check_intent(Intent.from_json(intent | more, "terraform"), document)
    return [one for one in result.clauses if not one.met]


def test_the_shown_intent_takes_what_follows_the_variable_and_refuses_what_does_not():
    assert not unmet(QUEUES)
    for old, new, reason in (
        ("var.queue_names\n", 'toset(["mails"])\n', 'name = "orders": it is "mails"'),
        ("= each.key", '= "x-${each.key}"', 'name = "orders": it is "x-orders"'),
        ("queue.arn }", 'queue.arn if name != "orders" }', "value keys"),
        ("queue.arn }", "[queue.arn] }", "is not one value"),
        ("set(string)", "set(number)", "does not take this value"),
        ("queue_names", "names", "there is no such input"),
        (
            "\noutput",
            '\nlocals {\n  one = aws_sqs_queue.each["mails"].id\n}\noutput',
            "possible: Invalid index",
        ),
    ):
        (found,) = [one for one in unmet(QUEUES.replace(old, new)) if one.clause.startswith("with ")]
        assert found.clause == "with var.queue_names = ['orders', 'returns']: what follows from it"
        assert reason in found.reason


def test_with_nothing_else_inputs_change_only_what_the_case_asks_about():
    def add(line):
        return QUEUES.replace("= each.key", f"= each.key\n  {line}")

    many, default = "length(var.queue_names) > 1", "30"
    topic = f'resource "aws_sns_topic" "t" {{\n  count = {many} ? 1 : 0\n}}\n'
    for text, reason in (
        (add(f"delay_seconds = {many} ? 900 : null"), "delay_seconds was not to depend on it"),
        (add(f"visibility_timeout_seconds = {many} ? 60 : {default}"), "visibility_timeout_seconds was not"),
        (QUEUES + topic, "aws_sns_topic 't' was not to depend on it"),
    ):
        assert not unmet(text)
        (found,) = unmet(text, nothing_else=True)
        assert reason in found.reason
    assert not unmet(add(f"visibility_timeout_seconds = {default}"), nothing_else=True)


def test_a_case_without_inputs_is_about_the_instances_of_the_text():
    case = {"must_exist": [{"is": "resource aws_sqs_queue", "with": {"name": "mails"}}]}
    assert not unmet(QUEUES, cases=[case])
    assert len(unmet(QUEUES.replace('"mails"', '"mail"'), cases=[case])) == 1


def test_a_local_is_an_input_too_and_everything_that_uses_it_follows():
    text = 'locals {\n  team = "a"\n  name = "${local.team}-x"\n}\n'
    intent = {
        "must_exist": [{"is": "local", "named": "name"}],
        "cases": [
            {"inputs": {"local.team": "b"}, "must_exist": [{"is": "local", "named": "name", "with": {"value": "b-x"}}]}
        ],
    }
    assert not unmet(text, intent)
    assert unmet(text.replace("${local.team}", "a"), intent)


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ({"input": {}}, r"intent\.cases\[0\]: unknown key 'input'. Did you mean 'inputs'"),
        ({"inputs": []}, r"intent\.cases\[0\]\.inputs is list"),
        ({"inputs": {"var.a": 1}}, r"intent\.cases\[0\]: it asks for nothing"),
        (
            {"must_exist": [{"is": "resource"}]},
            r'intent\.cases\[0\]: must_exist\[0\]\.is is .*expected "resource KIND"',
        ),
        ({"must_exist": [{"is": "output", "with": {"a": {"scalar": 1}}}]}, "'scalar' is 1: expected true"),
        ({"must_exist": [{"is": "output", "with": {"a": {"keys": "b"}}}]}, "'keys' is 'b': expected a list"),
    ],
)
def test_a_mistake_in_a_case_is_named_with_its_place(case, message):
    with pytest.raises(UserError, match=message):
        Intent.from_json({"must_exist": [{"is": "output"}], "cases": [case]}, "terraform")


def test_a_domain_without_inputs_takes_no_case_with_inputs():
    pod = {"must_exist": [{"is": "object Pod"}]}
    with pytest.raises(UserError, match=r"cases\[0\]\.inputs: the domain has no inputs"):
        Intent.from_json(pod | {"cases": [pod | {"inputs": {"a": 1}}]}, "kubernetes")
