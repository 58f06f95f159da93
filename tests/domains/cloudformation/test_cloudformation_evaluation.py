"""What arrives at a property: defaults, names, mappings and conditions that the template decides."""

import pytest

import iacrl
from iacrl.domains.meaning import Flow

pytest.importorskip("cfnlint", reason="cfn-lint is not installed")

from cfnlint.decode.decode import decode_str

from iacrl.domains.cloudformation.document import CloudFormationDocument
from iacrl.domains.cloudformation.intent import refers_to

TEMPLATE = """\
Parameters:
  Stage: {Type: String, Default: dev}
  Size: {Type: Number, Default: 20}
  Zones: {Type: CommaDelimitedList, Default: "a, b"}
  Stored: {Type: AWS::SSM::Parameter::Value<String>, Default: /path}
  Open: {Type: String}
Mappings:
  Sizes:
    dev: {Days: 7}
    prod: {Days: 30}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
  IsNotDev: !Not [!Condition IsDev]
  Never: !Equals [a, b]
  Either: !Or [!Condition Never, !Equals [!Ref Open, x], !Condition IsDev]
  Both: !And [!Condition Never, !Equals [!Ref Open, x]]
  Undecided: !Equals [!Ref Open, x]
  Circle: !Not [!Condition Circle]
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties: {BucketName: reports}
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: WRITTEN
"""


def entities(written):
    text = TEMPLATE.replace("WRITTEN", written)
    return {entity.name: entity for entity in iacrl.validate(text, "cloudformation").document.entities}


def value_of(written):
    return entities(written)["Topic"].values["Properties"].get("DisplayName")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("!Ref Stage", "dev"),
        ("!Ref Size", "20"),
        ("!Sub '${Stage}-${Size}'", "dev-20"),
        ("!Sub ['${It}-x', {It: !Ref Stage}]", "dev-x"),
        ("!Join [':', [a, !Ref Stage]]", "a:dev"),
        ("!Join ['-', !Ref Zones]", "a-b"),
        ("!Select [1, !Ref Zones]", "b"),
        ("!Select [0, !Split ['-', !Sub '${Stage}-x']]", "dev"),
        ("!FindInMap [Sizes, !Ref Stage, Days]", "7"),
        ("!FindInMap [Sizes, prod, Days]", 30),
        ("!If [IsDev, one, two]", "one"),
        ("!If [IsNotDev, one, two]", "two"),
        ("!If [Either, one, two]", "one"),
        ("!If [Both, one, two]", "two"),
        ("!If [Never, one, !Ref AWS::NoValue]", None),
        ("!Ref Bucket", "reports"),
        ("!Sub '${Bucket}-log'", "reports-log"),
        ("!Sub 'arn:${AWS::Partition}:s3'", "arn:aws:s3"),
        ("{'Fn::Base64': abc}", "YWJj"),
    ],
)
def test_what_the_text_says_is_known(written, value):
    assert value_of(written) == value


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("!Ref Open", "!Ref Open"),
        ("!Ref Stored", "!Ref Stored"),
        ("!GetAtt Bucket.Arn", "!GetAtt Bucket.Arn"),
        ("!Sub '${Stage}-${AWS::Region}'", "!Sub dev-${AWS::Region}"),
        ("!If [Undecided, one, two]", "!If [Undecided, one, two]"),
        ("!If [Circle, one, two]", "!If [Circle, one, two]"),
        ("!Select [2, !Ref Zones]", "!Select [2, [a, b]]"),
        ("!FindInMap [Sizes, !Ref Open, Days]", "!FindInMap [Sizes, !Ref Open, Days]"),
    ],
)
def test_what_the_text_does_not_say_is_an_expression(written, text):
    assert value_of(written).text == text


def flows(written, target, by=None):
    found = entities(written)
    steps = ("Properties", "DisplayName")
    topic = found["Topic"]
    return refers_to(Flow(topic.values[steps[0]].get(steps[1]), topic, steps, found[target], by, [*found.values()]))


@pytest.mark.parametrize(
    ("written", "target", "by"),
    [
        ("!Ref Bucket", "Bucket", ["Ref"]),
        ("!Select [1, [evil, !Ref Bucket]]", "Bucket", ["Ref"]),
        ("!If [Never, evil, !Ref Bucket]", "Bucket", ["Ref"]),
        ("!If [IsDev, !Ref Bucket, evil]", "Bucket", ["Ref"]),
        ("!If [IsDev, !Ref Bucket, !Ref AWS::NoValue]", "Bucket", ["Ref"]),
        ("!Join ['', [!Ref Bucket]]", "Bucket", ["Ref"]),
        ("!Ref Stage", "Stage", ["Ref"]),
        ("!Sub '${Stage}-x'", "Stage", None),
        ("{'Fn::Base64': !Sub '${Stage}-x'}", "Stage", None),
    ],
)
def test_what_comes_through_refers(written, target, by):
    assert flows(written, target, by)


@pytest.mark.parametrize(
    "written",
    [
        "!If [Never, !Ref Bucket, evil]",
        "!If [IsNotDev, !Ref Bucket, evil]",
        "!If [Undecided, !Ref Bucket, evil]",
        "!If [Undecided, !Ref Bucket, !Ref AWS::NoValue]",
        "!If [Undecided, !Ref AWS::NoValue, !Ref AWS::NoValue]",
        "!Select [0, [evil, !Ref Bucket]]",
        "!Select [0, !Split ['-', !Sub 'evil-${Bucket}']]",
        "!Select [5, [evil, !Ref Bucket]]",
        "!Sub ['evil', {One: !Ref Bucket}]",
        "!Sub ['${Bucket}', {Bucket: evil}]",
        "!Sub ['${It}', {It: !Select [0, [evil, !Ref Bucket]]}]",
        "!Sub 'evil${!Bucket}'",
        "!Join [!Ref Bucket, [evil]]",
    ],
)
def test_a_mention_does_not_refer(written):
    assert not flows(written, "Bucket")
    assert not flows(written, "Bucket", ["Ref"])


def test_a_name_refers_where_the_resource_waits_for_its_owner():
    waiting = TEMPLATE.replace("  Topic:\n", "  Topic:\n    DependsOn: Bucket\n").replace("WRITTEN", "reports")
    found = {entity.name: entity for entity in iacrl.validate(waiting, "cloudformation").document.entities}
    steps = ("Properties", "DisplayName")
    assert refers_to(Flow("reports", found["Topic"], steps, found["Bucket"], ["Ref"], ()))
    assert not refers_to(Flow("reports", found["Topic"], steps, found["Bucket"], ["Arn"], ()))
    assert not flows("reports", "Bucket", ["Ref"])


def test_substitutions_cannot_grow_without_end():
    written = "x" * 10
    for _ in range(14):
        written = f"!Sub ['${{a}}${{a}}', {{a: {written}}}]"
    assert len(value_of(written).text) < 1000


def test_names_that_lead_to_names_end():
    """Conditions and names of resources may refer to each other, further than Python could follow."""
    conditions = "".join(f"  C{n}: !Not [!Condition C{n + 1}]\n" for n in range(300)) + "  C300: !Equals [a, a]\n"
    text = TEMPLATE.replace("Conditions:\n", f"Conditions:\n{conditions}").replace("WRITTEN", "!If [C0, one, two]")
    template = decode_str(text)[0]
    found = {entity.name: entity for entity in CloudFormationDocument(text, template).entities}
    assert found["Topic"].values["Properties"]["DisplayName"].text == "!If [C0, one, two]"


@pytest.mark.parametrize("waits", ["!Ref Bucket", "5", "[!Ref Bucket]", "{a: b}"])
def test_what_waits_for_no_name_refers_to_none(waits):
    text = TEMPLATE.replace("  Topic:\n", f"  Topic:\n    DependsOn: {waits}\n").replace("WRITTEN", "reports")
    template = decode_str(text)[0]
    found = {entity.name: entity for entity in CloudFormationDocument(text, template).entities}
    steps = ("Properties", "DisplayName")
    assert not refers_to(Flow("reports", found["Topic"], steps, found["Bucket"], ["Ref"], ()))


def test_an_index_that_is_no_number_selects_nothing():
    assert value_of(f"!Select ['{'9' * 5000}', [a, b]]").references == ()
