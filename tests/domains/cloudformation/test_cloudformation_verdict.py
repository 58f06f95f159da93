"""What a template's verdict is: codes, layers and places of cfn-lint's findings, and what is left unchecked."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import iacrl
from iacrl.domains.cloudformation.rules import LAYER_OF, layer_of
from iacrl.errors import UserError

pytest.importorskip("cfnlint", reason="cfn-lint is not installed")

import cfnlint
from cfnlint.config import ConfigMixIn
from cfnlint.decode.decode import decode_str
from cfnlint.rules import Rules
from cfnlint.runner import run_template_by_data

from iacrl.domains.cloudformation.linter import linter

TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Stage:
    Type: String
    Default: dev
    AllowedValues: [dev, prod]
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Mappings:
  Sizes:
    dev: {Days: 3}
    prod: {Days: 30}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    DependsOn: Topic
    Condition: IsProd
    Properties:
      QueueName: !Sub "${Stage}-jobs"
      DelaySeconds: 5
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: news
  Logs:
    Type: AWS::Logs::LogGroup
    Properties:
      RetentionInDays: !FindInMap [Sizes, !Ref Stage, Days]
  Copies:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: Enabled}
      Tags: [{Key: topic, Value: !GetAtt Topic.TopicName}]
Outputs:
  Name:
    Value: !Ref Topic
"""

#: Code, layer, what is right in the template, and what is wrong in its place.
BROKEN = [
    ("E0000", "syntax", "Type: AWS::SQS::Queue\n", "Type: [AWS::SQS::Queue\n"),
    ("E0000", "syntax", "      DelaySeconds: 5\n", "      DelaySeconds: 5\n      DelaySeconds: 6\n"),
    ("E1001", "structure", "Outputs:", "Output:"),
    ("E2002", "structure", "Type: String", "Type: Sting"),
    ("E2015", "schema", "Default: dev", "Default: test"),
    ("E3001", "structure", "    DependsOn: Topic\n", "    DependOn: Topic\n"),
    ("E3002", "schema", "TopicName: news", "Name: news"),
    ("E3006", "schema", "AWS::SNS::Topic", "AWS::SNS::Topik"),
    ("E3012", "schema", "DelaySeconds: 5", "DelaySeconds: soon"),
    ("E3030", "schema", "Enabled", "Disabled"),
    ("E3034", "schema", "DelaySeconds: 5", "DelaySeconds: 901"),
    ("E6002", "structure", "    Value: !Ref Topic", "    Description: none"),
    ("E7001", "structure", "    dev: {Days: 3}", "    dev: 3"),
    ("E1010", "references", "!GetAtt Topic.TopicName", "!GetAtt Topic.Title"),
    ("E1011", "references", "!FindInMap [Sizes,", "!FindInMap [Size,"),
    ("E1019", "references", "${Stage}", "${Stag}"),
    ("E1020", "references", "[Sizes, !Ref Stage, Days]", "[Sizes, !Ref Stag, Days]"),
    ("E6101", "references", "Value: !Ref Topic", "Value: !Ref Topik"),
    ("E3005", "references", "DependsOn: Topic", "DependsOn: Topik"),
    ("E3015", "references", "Condition: IsProd", "Condition: IsTest"),
]


TOKEN = "arn:aws:sns:us-east-1:123456789012:a"


def judge(text, **options):
    return iacrl.validate(text, "cloudformation", **options)


def resource(kind, **properties):
    return json.dumps({"Resources": {"Thing": {"Type": kind, "Properties": properties}}})


def test_a_sound_template_passes_every_layer():
    verdict = judge(TEMPLATE)
    assert verdict.valid and not verdict.diagnostics and not verdict.unchecked
    assert verdict.layers == ("extract", "syntax", "structure", "schema", "references")


@pytest.mark.parametrize(("code", "layer", "right", "wrong"), BROKEN, ids=lambda value: value[:12].strip())
def test_a_mistake_has_its_code_and_layer(code, layer, right, wrong):
    assert right in TEMPLATE
    verdict = judge(TEMPLATE.replace(right, wrong, 1))
    assert not verdict.valid
    assert (code, layer) in {(found.code, found.layer) for found in verdict.errors}
    assert layer not in verdict.layers


def test_every_rule_of_cfn_lint_has_a_layer_and_says_where_it_comes_from():
    rules = iacrl.domains.find_domain("cloudformation").rules()
    assert len(rules) > 250
    assert {rule.code[0] for rule in rules} == {"C", "E", "W"}
    for rule in rules:
        assert rule.title and rule.source.startswith("http")
        assert rule.severity == ("warning" if rule.code.startswith("W") else "error")
        # A rule of a section that the table does not know would fall through to a layer by chance.
        assert rule.code.startswith("CF") or rule.code[1] in LAYER_OF, rule.code
    assert [layer_of(code) for code in ("E0000", "W1020", "E1150", "E3004", "W2001")] == [
        "syntax", "references", "schema", "references", "structure",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("right", "wrong", "why"),
    [
        ("AllowedValues: [aaa, b], MinLength: 3", "AllowedValues: [a], MinLength: 3", "none of its AllowedValues"),
        ("AllowedValues: ['']", "AllowedValues: []", "none of its AllowedValues"),
        ("MinLength: 2, MaxLength: 2", "MinLength: 3, MaxLength: 2", "its MinLength is over its MaxLength"),
        ("MinValue: 2, MaxValue: 2.5", "MinValue: '9', MaxValue: 2", "its MinValue is over its MaxValue"),
        ("Type: Number, Default: '5'", "Type: Number, Default: five", "its Default is not a number"),
        ("Type: List<Number>, Default: '80, 4'", "Type: List<Number>, Default: '80, x'", "its Default is not a number"),
        ("Type: Number, Default: ''", "Type: [1], Default: x", ""),
    ],
)
def test_a_parameter_that_takes_no_value_is_a_mistake(right, wrong, why):
    """A stack can then never be created, however right the rest is."""

    def found(body):
        kind = "" if "Type" in body else "Type: String, "
        text = f"Parameters:\n  Zed: {{{kind}{body}}}\nResources: {{A: {{Type: AWS::SNS::Topic}}}}\n"
        return [(one.message, one.range.start) for one in judge(text).errors if one.code == "CF201"]

    assert found(right) == []
    assert [(why in message, place) for message, place in found(wrong)] == ([(True, (2, 3))] if why else [])


_QUEUES = """Parameters: {P: {Type: String}}
Conditions:
  A: !Or [!Condition %s, !Equals [!Ref P, a]]
  B: !And [!Condition C, !Not [!Equals [!Ref P, b]]]
  C: !Not [{Condition: %s}]
  D: !Equals [!Ref P, d]
Resources:
  Q: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: %s, Value: "1"}]}}
  S: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: x, Tags: {"%s": y}}}
Outputs:
  X: {Value: !Ref Q, Export: {Name: !Sub "${AWS::StackName}-q"}}
  Y: {Value: !Ref Q, Export: {Name: !Sub "${AWS::StackName}-%s"}}
  Z: {Value: !Ref Q, Condition: D, Export: {Name: !Sub "${AWS::StackName}-q"}}
"""
_RIGHT = ("B", "D", "awsome", "x:aws:", "y")


@pytest.mark.parametrize(
    ("wrong", "code", "message", "start"),
    [
        ({1: "A"}, "CF401", "Conditions refer to each other in a circle: ", (3, 3)),
        ({0: "A"}, "CF401", "Conditions refer to each other in a circle: A -> A", (3, 3)),
        ({2: "AWS:x"}, "CF301", "Tag AWS:x: only AWS itself writes tags that begin with aws:", (8, 56)),
        ({3: "Aws:x"}, "CF301", "Tag Aws:x: only AWS itself writes tags that begin with aws:", (9, 78)),
        ({4: "q"}, "CF402", "Output Y: exported under the same name as X", (12, 3)),
    ],
)
def test_what_cloudformation_refuses_and_cfn_lint_accepts(wrong, code, message, start):
    def errors(**changes):
        text = _QUEUES % tuple(changes.get(str(at), word) for at, word in enumerate(_RIGHT))
        return [one for one in judge(text).errors if not one.code.startswith("E3001")]

    assert errors() == []
    (found,) = errors(**{str(at): word for at, word in wrong.items()})
    assert (found.code, found.range.start) == (code, start) and found.message.startswith(message)


def test_a_finding_is_placed_from_its_first_to_behind_its_last_character():
    verdict = judge(TEMPLATE.replace("DelaySeconds: 5", "DelaySecond: 5"))
    (found,) = verdict.errors
    line = TEMPLATE.splitlines().index("      DelaySeconds: 5") + 1
    assert (found.range.start, found.range.end) == ((line, 7), (line, 18))


def test_a_warning_does_not_make_a_template_invalid():
    verdict = judge(TEMPLATE.replace("  Stage:\n", "  Spare:\n    Type: String\n  Stage:\n"))
    assert verdict.valid
    assert [(found.code, found.severity) for found in verdict.diagnostics] == [("W2001", "warning")]


@pytest.mark.parametrize("indent", [2, "\t"])
def test_json_has_the_verdict_of_yaml(indent):
    def errors(text):
        return sorted((found.code, found.message) for found in judge(text).errors)

    for right, wrong in (("", ""), ("!Ref Topic", "!Ref Topik"), ("DelaySeconds: 5", "DelaySeconds: soon")):
        text = TEMPLATE.replace(right, wrong, 1)
        template, problems = decode_str(text)
        assert not problems
        assert errors(json.dumps(template, indent=indent)) == errors(text)


def test_the_rules_say_what_cfn_lint_itself_says():
    """The rules run in a loop of ours, which leaves out those that look at nothing."""
    rules = Rules.create_from_directory(str(Path(cfnlint.__file__).parent / "rules"))
    config = ConfigMixIn([], regions=["us-east-1"])
    for _, _, right, wrong in BROKEN[2:]:
        text = TEMPLATE.replace(right, wrong, 1)
        matches = run_template_by_data(decode_str(text)[0], config, rules)
        ours = linter().lint(decode_str(text)[0], "us-east-1").matches
        assert {str(match) for match in ours} == {str(match) for match in matches}


def test_a_template_cannot_switch_rules_off(tmp_path, monkeypatch):
    (tmp_path / ".cfnlintrc").write_text("ignore_checks: [E, W]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    quiet = {"cfn-lint": {"config": {"ignore_checks": ["E3002"]}}}
    template = json.loads(resource("AWS::S3::Bucket", Nmae="a"))
    template["Metadata"] = quiet
    template["Resources"]["Thing"]["Metadata"] = quiet
    assert "E3002" in {found.code for found in judge(json.dumps(template)).errors}


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (resource("Custom::Thing", ServiceToken=TOKEN, Any=1), "a custom resource"),
        (
            resource("AWS::CloudFormation::CustomResource", ServiceToken="arn:aws:sns:us-east-1:123456789012:a"),
            "custom",
        ),
        (resource("Acme::Net::Thing", Any=1), "no schema"),
        (resource("Acme::Net::Thing::MODULE", Any=1), "a module"),
        (resource("AWS::S3::Bucket", Tags=[{"Fn::Transform": {"Name": "Mine"}}]), "macro Mine"),
        ("Transform: Mine\n" + TEMPLATE.replace("DelaySeconds", "Delay"), "macro Mine: rewrites the template"),
        ("Transform: {Name: AWS::Include, Parameters: {Location: s3://a/b}}\n" + TEMPLATE, "macro AWS::Include"),
        (TEMPLATE.replace("Outputs:\n", "Outputs:\n  Fn::Transform: {Name: Mine}\n"), "macro Mine"),
    ],
)
def test_what_only_others_know_is_unchecked_and_not_invalid(text, note):
    verdict = judge(text)
    assert verdict.valid, verdict.errors
    assert note in " ".join(verdict.unchecked)
    if "rewrites" in " ".join(verdict.unchecked):
        assert verdict.layers == ("extract", "syntax")


def test_references_to_an_unchecked_resource_are_sound():
    body = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::GetAtt": ["Thing", "Name"]}}}
    template = json.loads(resource("Acme::Net::Thing")) | {}
    template["Resources"]["Bucket"] = body
    assert judge(json.dumps(template)).valid


def test_a_serverless_template_is_judged():
    text = (
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Api:\n    Type: AWS::Serverless::Function\n"
        "    Properties:\n      Runtime: python3.13\n      Handler: app.run\n      CodeUri: src/\n"
    )
    assert judge(text).valid and not judge(text).unchecked
    assert not judge(text.replace("CodeUri", "CodeURL")).valid


def test_loops_are_expanded():
    text = (
        "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Topics:\n    - Name\n    - [One, Two]\n"
        "    - Topic${Name}: {Type: AWS::SNS::Topic}\n"
    )
    verdict = judge(text)
    assert verdict.valid and not verdict.unchecked
    assert [entity.name for entity in verdict.document.entities] == ["TopicOne", "TopicTwo"]


def test_the_region_decides_which_types_there_are():
    text = resource("AWS::S3::Bucket")
    assert judge(text, region="eu-west-1").valid
    with pytest.raises(UserError, match="Unknown region 'eu-west-9'"):
        judge(text, region="eu-west-9")


def test_without_cfn_lint_the_error_names_the_extra():
    code = (
        "import sys; sys.modules['cfnlint'] = None\n"
        "import iacrl\nfrom iacrl.domains import all_domains, find_domain\n"
        "assert [rule.code for rule in find_domain('cloudformation').rules()] == ['CF101', 'CF102', 'CF103', 'CF201', "
        "'CF301', 'CF401', 'CF402']\n"
        "assert 'cloudformation' in [domain.name for domain in all_domains()]\n"
        "try:\n    iacrl.validate('', 'cloudformation')\nexcept iacrl.UserError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'iacrl[cloudformation]'" in done.stdout


def test_listing_the_domains_imports_no_cfn_lint():
    code = "import sys, iacrl.domains as d; d.all_domains(); print('cfnlint' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_sources_of_a_verdict_are_files():
    sources = list(iacrl.domains.find_domain("cloudformation").sources())
    assert sources and all(Path(source).is_file() for source in sources)
