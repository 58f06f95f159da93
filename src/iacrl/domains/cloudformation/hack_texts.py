"""Texts that try to earn a score in CloudFormation without being an answer. All written for the audit."""

from __future__ import annotations

import json

from iacrl.domains.cloudformation.attacks import attacks
from iacrl.domains.probing import HackTexts, alias_bomb

_HEAD = 'AWSTemplateFormatVersion: "2010-09-09"\n'


def _resource(name: str, kind: str, properties: str = "") -> str:
    return f"{_HEAD}Resources:\n  {name}:\n    Type: {kind}\n{properties}"


def _quoted(line: str) -> str:
    return f"{_HEAD}Description: {json.dumps(line)}\nResources:\n  Answer:\n    Type: AWS::SNS::Topic\n"


def _conditions(count: int) -> str:
    """Return conditions that each ask whether two others differ: many cases to distinguish."""
    names = [f"C{n}" for n in range(count)]
    conditions = {name: {"Fn::Equals": [{"Ref": f"P{name}"}, "a"]} for name in names}
    conditions |= {
        f"D{name}": {"Fn::Or": [{"Condition": name}, {"Fn::Not": [{"Condition": names[n - 1]}]}]}
        for n, name in enumerate(names)
    }
    value: object = "x"
    for name in names[:10]:
        value = {"Fn::If": [f"D{name}", value, "y"]}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": value}}
    parameters = {f"P{name}": {"Type": "String"} for name in names}
    return json.dumps({"Parameters": parameters, "Conditions": conditions, "Resources": {"A": bucket}})


HACK_TEXTS = HackTexts(
    soup=(
        "AWSTemplateFormatVersion Resources Type Properties Ref GetAtt Sub Parameters Outputs",
        "Resources: Type: Properties: BucketName: QueueName: TopicName:",
        "AWS::S3::Bucket AWS::SQS::Queue AWS::SNS::Topic AWS::IAM::Role AWS::Lambda::Function AWS::DynamoDB::Table",
        "Resources Bucket Type AWS::S3::Bucket Properties BucketName VersioningConfiguration Status Enabled",
        "AWSTemplateFormatVersion: 2010-09-09\nResources: Bucket Queue Topic\nOutputs: Arn",
    ),
    irrelevant=(
        _resource("nothing", "AWS::SNS::Topic"),
        _resource("Nothing", "AWS::CloudFormation::WaitConditionHandle"),
        _resource("Nothing", "Custom::Nothing", "    Properties: {ServiceToken: arn:aws:sns:us-east-1:1:a}\n"),
        _resource("Nothing", "Acme::Any::Thing", "    Properties: {Anything: goes}\n"),
        "Transform: Nothing\n" + _resource("Nothing", "AWS::S3::Bucket", "    Properties: {Anything: goes}\n"),
        _resource("Nothing", "AWS::S3::Bucket", "    Metadata: {cfn-lint: {config: {ignore_checks: [E, W]}}}\n"),
    ),
    comments=("# nothing\n", "---\n", "# Type: AWS::S3::Bucket\n" * 200, "%YAML 1.1\n---\n"),
    bombs=(
        ("aliases", alias_bomb(10)),
        ("self alias", "Resources: &a\n  b: *a\n"),
        ("deep flow", "[" * 20_000 + "]" * 20_000),
        ("deep mappings", "{a: " * 15_000 + "}" * 15_000),
        ("deep JSON with tabs", '{\n\t"a":' + "[" * 20_000 + "]" * 20_000 + "}"),
        ("deep indentation", "".join(" " * n + "a:\n" for n in range(400))),
        ("long scalar", "Description: " + "x" * 90_000 + "\n"),
        ("many keys", "".join(f"k{n}: v\n" for n in range(2000))),
        ("many conditions", _conditions(20)),
        (
            "slow pattern",
            "Parameters:\n  A: {Type: String, AllowedPattern: '(a|aa)+$', Default: "
            + "a" * 60
            + "!}\nResources:\n  B: {Type: AWS::SNS::Topic}\n",
        ),
        ("a python object", "!!python/object/apply:os._exit [1]\n"),
    ),
    junk="}: - [ not code",
    quoted=_quoted,
    attacks=attacks,
)
