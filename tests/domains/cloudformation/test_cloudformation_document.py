"""The entities of a template: plain values, expressions, references and places."""

import json

import pytest

import iacrl
from iacrl.domains.document import Expression
from iacrl.domains.meaning import Flow

pytest.importorskip("cfnlint", reason="cfn-lint is not installed")

from iacrl.domains.cloudformation.intent import refers_to

TEMPLATE = """\
Parameters:
  Stage: {Type: String}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Condition: IsProd
    Properties:
      QueueName: !Sub "${Stage}-jobs"
      DelaySeconds: 5

  # what reads the queue
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: !Join ["-", [a, b]]
      Tags:
        - Key: queue
          Value: !If [IsProd, !GetAtt Queue.Arn, !Ref "AWS::NoValue"]
Outputs:
  Arn:
    Value: !Sub "${Topic}"
"""


def entities(text=TEMPLATE):
    return {entity.name: entity for entity in iacrl.validate(text, "cloudformation").document.entities}


def value_of(written):
    """Return the value of one property written so."""
    text = f"Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties:\n      TopicName: {written}\n"
    return entities(text)["A"].values["Properties"]["TopicName"]


def test_entities_have_categories_kinds_and_names():
    found = [(entity.category, entity.kind, entity.name) for entity in entities().values()]
    assert found == [
        ("parameter", "", "Stage"),
        ("condition", "", "IsProd"),
        ("resource", "AWS::SQS::Queue", "Queue"),
        ("resource", "AWS::SNS::Topic", "Topic"),
        ("output", "", "Arn"),
    ]


def test_values_are_plain_data_with_expressions():
    queue = entities()["Queue"].values
    assert queue["Properties"]["DelaySeconds"] == 5
    name = queue["Properties"]["QueueName"]
    assert (name.text, name.references) == ("!Sub ${Stage}-jobs", ("Stage",))
    assert entities()["IsProd"].values == {"Value": Expression("!Equals [!Ref Stage, prod]", ("Stage",))}
    assert entities()["Topic"].values["Properties"]["TopicName"] == "a-b"


@pytest.mark.parametrize(
    ("written", "text", "references"),
    [
        ("!Ref A", "!Ref A", ["A"]),
        ("{Ref: A}", "!Ref A", ["A"]),
        ("!GetAtt A.Arn", "!GetAtt A.Arn", ["A.Arn"]),
        ("!GetAtt [A, Outputs.Arn]", "!GetAtt A.Outputs.Arn", ["A.Outputs.Arn"]),
        ("!Sub '${A.Arn}'", "!GetAtt A.Arn", ["A.Arn"]),
        ("!Sub ['${It}', {It: !Ref A}]", "!Ref A", ["A"]),
        ("!Sub ['${It}-${B}', {It: !Ref A}]", "!Sub ${A}-${B}", ["A", "B"]),
        ("!Join ['-', [!Ref A, b]]", "!Sub ${A}-b", ["A"]),
        ("!FindInMap [Sizes, !Ref A, Days]", "!FindInMap [Sizes, !Ref A, Days]", ["mapping:Sizes", "A"]),
        ("!If [IsIt, !Ref A, b]", "!If [IsIt, !Ref A, b]", ["condition:IsIt", "A"]),
        ("!ImportValue x", "!ImportValue x", []),
        ("!Select [0, !GetAZs '']", "!Select [0, !GetAZs ]", []),
        ("!Sub ['${It}', {It: !Select [0, !Ref A]}]", "!Sub ${!Select [0, !Ref A]}", ["A"]),
    ],
)
def test_functions_become_expressions_in_one_form(written, text, references):
    value = value_of(written)
    assert (value.text, list(value.references)) == (text, references)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("!Sub plain", "plain"),
        ("!Sub 'a${!b}'", "a${b}"),
        ("!Join [',', [a, b]]", "a,b"),
        ("!Sub ['${It}', {It: a}]", "a"),
    ],
)
def test_what_a_function_makes_of_texts_alone_is_known(written, value):
    assert value_of(written) == value


def test_places_begin_at_the_key_and_end_with_the_last_value():
    found = entities()
    assert (found["Queue"].range.start, found["Queue"].range.end) == ((6, 3), (11, 22))
    assert found["Queue"].range_of(("Properties", "DelaySeconds")).start == (11, 7)
    assert found["Queue"].range_of(("Properties", "Missing", "Deeper")).start == (9, 5)
    assert found["Topic"].range_of(("Properties", "Tags", 0)).start == (19, 11)


def flows(source, steps, target, by=None, text=TEMPLATE):
    found = entities(text)
    value = found[source].values
    for step in steps:
        value = value[step]
    return refers_to(Flow(value, found[source], steps, found[target], by, list(found.values())))


def test_a_value_refers_to_what_flows_into_it():
    name, tag = ("Properties", "QueueName"), ("Properties", "Tags", 0, "Value")
    assert flows("Arn", ("Value",), "Topic", ["Ref"])
    assert not flows("Arn", ("Value",), "Topic", ["Arn"])
    assert not flows("Arn", ("Value",), "Queue")
    assert flows("Queue", name, "Stage")
    assert not flows("Queue", name, "Stage", ["Ref"])  # a text made from it is not it
    assert flows("Topic", tag, "Queue", ["Arn"])
    assert not flows("Topic", tag, "Queue", ["Ref"])


def test_both_values_of_a_condition_must_refer():
    text = TEMPLATE.replace('!Ref "AWS::NoValue"', "other")
    assert not flows("Topic", ("Properties", "Tags", 0, "Value"), "Queue", text=text)


def test_a_reference_is_left_out_only_where_its_target_is():
    text = TEMPLATE.replace("    Condition: IsProd\n", "")
    assert not flows("Topic", ("Properties", "Tags", 0, "Value"), "Queue", text=text)


@pytest.mark.parametrize(
    ("stage", "more", "refused"),
    [
        ("test", "", False),
        ("prod", "  Url: {Value: !Ref Queue}\n", False),
        ("test", "  Url: {Value: !Ref Queue}\n", True),
        ("test", "  Url: {Value: !GetAtt Queue.Arn}\n", True),
        ("test", '  Url: {Value: !Sub "${Queue.Arn}/*"}\n', True),
        ("test", "  Url: {Value: !If [IsProd, !Ref Queue, none]}\n", False),
        ("test", "  Url: {Condition: IsProd, Value: !Ref Queue}\n", False),
    ],
)
def test_no_value_of_a_parameter_may_leave_out_what_is_referred_to(stage, more, refused):
    document = iacrl.validate(TEMPLATE + more, "cloudformation").document
    there = document.with_inputs({"Stage": stage})
    assert (there == "a condition leaves out Queue, and something refers to it") is refused


def test_names_refer_where_only_names_are_written():
    text = TEMPLATE.replace("    Type: AWS::SNS::Topic\n", "    Type: AWS::SNS::Topic\n    DependsOn: [Queue]\n")
    assert flows("Topic", ("DependsOn",), "Queue", text=text)
    assert flows("Queue", ("Condition",), "IsProd")
    text = TEMPLATE.replace('!Sub "${Stage}-jobs"', "Stage")
    assert not flows("Queue", ("Properties", "QueueName"), "Stage", text=text)


def test_json_has_the_same_entities():
    template = {
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${AWS::Region}-a"}}}
        }
    }
    queue = entities(json.dumps(template))["Queue"]
    assert queue.values["Properties"]["QueueName"].references == ("AWS::Region",)
    assert queue.range.start == (1, 16)
