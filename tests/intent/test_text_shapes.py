"""A text has the shape that a service reads: that of the gold answer."""

import json

import pytest

from iacrl.intent.shapes import is_misshapen

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"A": 1}}],
}
STATEMENT = POLICY["Statement"][0]
CONTAINERS = [{"name": "a", "essential": True, "portMappings": [{"containerPort": 80, "protocol": "tcp"}]}]


def with_ports(ports):
    return [CONTAINERS[0] | {"portMappings": ports}]


@pytest.mark.parametrize(
    ("value", "gold", "misshapen"),
    [
        (POLICY, POLICY, False),
        (POLICY | {"Statement": STATEMENT}, POLICY, False),
        (POLICY | {"Statement": [STATEMENT | {"Action": ["sts:AssumeRole"]}]}, POLICY, False),
        (POLICY, POLICY | {"Statement": [STATEMENT | {"Action": ["sts:AssumeRole"]}]}, False),
        (POLICY | {"Statement": [STATEMENT, STATEMENT]}, POLICY, False),
        (POLICY | {"Statement": json.dumps([STATEMENT])}, POLICY, True),
        (POLICY | {"Statement": [STATEMENT | {"Principal": [{"A": 1}]}]}, POLICY, True),
        (POLICY | {"Statement": [STATEMENT | {"Principal": json.dumps({"A": 1})}]}, POLICY, True),
        (POLICY | {"Statement": [STATEMENT | {"Action": {"a": "sts:AssumeRole"}}]}, POLICY, True),
        (POLICY | {"Statement": [[STATEMENT]]}, POLICY, True),
        ([POLICY], POLICY, True),
        (CONTAINERS, CONTAINERS, False),
        (CONTAINERS * 2, CONTAINERS, False),
        (with_ports([]), CONTAINERS, False),
        (CONTAINERS[0], CONTAINERS, True),
        (with_ports(CONTAINERS[0]["portMappings"][0]), CONTAINERS, True),
        (with_ports([[{"containerPort": 80}]]), CONTAINERS, True),
        (with_ports([{"containerPort": 80, "protocol": ["tcp"]}]), CONTAINERS, True),
        (with_ports([{"containerPort": 80, "other": ["tcp"]}]), CONTAINERS, False),
    ],
)
def test_a_text_has_the_shape_of_the_gold_answer(value, gold, misshapen):
    assert is_misshapen(json.dumps(value), [json.dumps(gold)]) is misshapen


@pytest.mark.parametrize(
    ("value", "gold", "misshapen"),
    [
        ("a: 1\n", '{"a": 1}', True),
        (json.dumps('{"a": 1}'), '{"a": 1}', True),
        ('{"a": 1}', "a: 1\n", False),
        ("text", "another", False),
        ("80", 80, False),
        ("true", True, False),
        ({"a": 1}, '{"a": 1}', False),
        ([{"a": 1}], {"a": 1}, True),
        ({"a": 1}, [{"a": 1}], False),
        (None, '{"a": 1}', False),
    ],
)
def test_json_is_no_other_text_and_data_may_be_a_block(value, gold, misshapen):
    assert is_misshapen(value, [gold]) is misshapen
