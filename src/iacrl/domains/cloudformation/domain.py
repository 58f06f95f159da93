"""CloudFormation as a domain: where each of its parts is.

A text is one template, YAML (with short tags such as `!Ref`) or JSON. cfn-lint judges it (`validation`). The extra
`iacrl[cloudformation]` installs it; the first validation imports it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iacrl.domains.base import Category, Domain, Option, Options
from iacrl.domains.deferred import constant, function

if TYPE_CHECKING:
    from iacrl.domains.cloudformation.document import CloudFormationDocument
    from iacrl.domains.verdict import Verdict

_WARM = """
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Name: {Type: String}
Conditions:
  Named: !Not [!Equals [!Ref Name, ""]]
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !If [Named, !Sub "${Name}-data", !Ref AWS::NoValue]
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      Tags: [{Key: bucket, Value: !GetAtt Bucket.Arn}]
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
Outputs:
  Url: {Value: !Ref Queue}
"""


def _validate(text: str, options: Options) -> Verdict:
    from iacrl.domains.cloudformation.validation import validate_text

    return validate_text(text, options["region"])


def _sources() -> Iterator[Path]:
    """Yield the files that identify the versions of cfn-lint's code and schemas: they decide every verdict."""
    from importlib.util import find_spec

    found = find_spec("cfnlint")
    if found is not None and found.origin is not None:
        package = Path(found.origin).parent
        yield package / "version.py"
        yield package / "data" / "schemas" / "version.json"


def _with_inputs(document: CloudFormationDocument, inputs: Mapping[str, Any]) -> CloudFormationDocument | str:
    return document.with_inputs(inputs)


DOMAIN = Domain(
    name="cloudformation",
    title="CloudFormation",
    languages=("yaml", "yml", "json", "cloudformation", "cfn"),
    spoken=("CloudFormation", "a CloudFormation template", "CloudFormation YAML"),
    validate=_validate,
    thing="template",
    suffixes=(".yaml", ".yml", ".json", ".template"),
    claims=function("iacrl.domains.cloudformation.claims:why_no_template"),
    options=(Option("region", "The region whose types and values count.", "us-east-1"),),
    rules=function("iacrl.domains.cloudformation.rules:all_rules"),
    other_codes=r"CF\d{0,3}|[EW]\d{0,4}",
    marks=function("iacrl.domains.yaml_marks:yaml_marks"),
    categories=(
        Category("resource", kind=r"[A-Za-z0-9]+(::[A-Za-z0-9_@-]+)+"),
        Category("parameter", is_thing=False, given_unless="Default"),
        Category("output", is_thing=False),
        Category("mapping", is_thing=False),
        Category("condition", is_thing=False),
        Category("rule", is_thing=False),
    ),
    same_value=function("iacrl.domains.cloudformation.intent:same_value"),
    flows=function("iacrl.domains.cloudformation.intent:refers_to"),
    extras=function("iacrl.domains.cloudformation.intent:extras_of"),
    normal_form=function("iacrl.domains.cloudformation.normal_form:normal_form"),
    with_inputs=_with_inputs,
    value_tests=constant("iacrl.domains.cloudformation.intent:VALUE_TESTS"),
    named_types=function("iacrl.domains.cloudformation.named_resources:named_resources"),
    mutations=constant("iacrl.domains.cloudformation.mutations:MUTATIONS"),
    hack_texts=constant("iacrl.domains.cloudformation.hack_texts:HACK_TEXTS"),
    warm_text=_WARM,
    sources=_sources,
)
