"""What cannot be judged is neither valid nor invalid, and earns no more than its syntax."""

import pickle

import pytest

import iacrl
from iacrl.domains.plain_document import PlainDocument, PlainEntity
from iacrl.domains.ranges import Position, Range
from iacrl.domains.terraform.structure.version_constraints import allows_some
from iacrl.domains.verdict import LAYERS, Verdict
from iacrl.scoring.audit.probes import attack_probes
from iacrl.tasks import Task
from iacrl.tasks.proof import gold_faults

BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "x"\n}\n'
REQUIRING = "terraform {{\n  required_providers {{\n    {}\n  }}\n}}\n"
POD = "apiVersion: {}\nkind: {}\nmetadata: {{name: p}}\nspec: {{containers: [{{name: c, image: i}}]}}\n"
DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}
---
"""
WIDGET = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: {size: 1}\n"
TOPIC = "Resources:\n  T:\n    Type: AWS::SNS::Topic\n"

UNJUDGED = [
    ("terraform", REQUIRING.format('aws = { source = "acme/aws" }') + BUCKET),
    ("terraform", REQUIRING.format('aws = { source = "hashicrop/aws" }') + BUCKET),
    ("terraform", REQUIRING.format('aws = { source = "hashicorp/aws", version = "< 0.1" }') + BUCKET),
    ("terraform", REQUIRING.format('aws = "< 0.1"') + BUCKET),
    ("terraform", 'provider "aws" {\n  version = "> 7, < 6"\n}\n' + BUCKET),
    ("terraform", REQUIRING.format('zz = { source = "acme/zz" }') + BUCKET),
    ("terraform", BUCKET.replace("bucket =", "provider = zz\n  bucket =")),
    ("terraform", BUCKET + 'module "m" {\n  source = "acme/m/aws"\n}\n'),
    ("kubernetes", POD.format("acme.io/v1", "Pod")),
    ("kubernetes", POD.format("v1", "Pod") + "---\n" + WIDGET),
    ("cloudformation", TOPIC.replace("AWS::SNS::Topic", "Custom::Topic") + "    Properties: {ServiceToken: x}\n"),
    ("cloudformation", TOPIC.replace("AWS::SNS", "Acme::SNS")),
    ("cloudformation", "Transform: Anything\n" + TOPIC),
    ("cloudformation", TOPIC + "    Properties:\n      Fn::Transform: {Name: Anything}\n"),
]  # fmt: skip
INTENTS = {
    "terraform": {"must_exist": [{"is": "resource aws_s3_bucket"}]},
    "kubernetes": {"must_exist": [{"is": "object Pod"}]},
    "cloudformation": {"must_exist": [{"is": "resource AWS::SNS::Topic"}]},
}


def task(domain, intent=None):
    return Task.from_json(
        {"id": "t", "domain": domain, "instruction": "i", "output": "", "intent": intent or INTENTS[domain]}
    )


@pytest.mark.parametrize(("domain", "text"), UNJUDGED)
def test_it_is_not_invalid_and_earns_its_syntax_alone(domain, text):
    verdict = iacrl.validate(text, domain)
    assert verdict.valid and verdict.unchecked and not verdict.judged
    score = iacrl.score(text, task(domain))
    assert score.total == pytest.approx(0.1) and not score.valid and not score.passed
    assert set(score.verdict.layers) <= {"extract", "syntax", "structure"}


@pytest.mark.parametrize(
    ("domain", "text", "judged"),
    [
        ("terraform", UNJUDGED[0][1] + 'locals {\n  a = 1\n}\nresource "random_id" "r" {\n  byte_length = 1\n}\n',
         {"b": False, "a": True, "r": True}),
        ("terraform", UNJUDGED[2][1] + 'provider "aws" {}\n', {"": True, "b": False, "aws": False}),
        ("terraform", UNJUDGED[7][1], {"b": True, "m": False}),
        ("kubernetes", UNJUDGED[9][1], {"p": True, "w": False}),
        ("cloudformation", TOPIC + "  C:\n    Type: Custom::C\n    Properties: {ServiceToken: x}\n",
         {"T": True, "C": False}),
        ("cloudformation", UNJUDGED[13][1], {"T": False}),
    ],
)  # fmt: skip
def test_each_entity_says_whether_it_was_judged(domain, text, judged):
    document = iacrl.validate(text, domain).document
    assert {entity.name: entity.judged for entity in document.entities} == judged


def test_a_document_says_the_same_after_its_way_between_processes():
    document = iacrl.validate(UNJUDGED[7][1], "terraform").document
    again = pickle.loads(pickle.dumps(document))
    assert [entity.judged for entity in again.entities] == [entity.judged for entity in document.entities]


def test_a_domain_need_only_list_what_it_could_not_judge():
    entity = PlainEntity("thing", "a", Range(Position(1, 1), Position(1, 2)), {})
    whole = Verdict("plain", layers=LAYERS, document=PlainDocument("plain", [entity]))
    assert whole.judged
    assert not whole._replace(unchecked=("a: no schema",)).judged
    told = PlainEntity("thing", "a", entity.range, {}, judged=False)
    assert not whole._replace(document=PlainDocument("plain", [told])).judged


def test_a_kind_is_that_of_the_group_that_serves_it():
    """Even with a definition of its own: then it is judged, and is something else."""
    own = DEFINITION.replace("Widget", "Pod").replace("widget", "pod").replace("example.com", "acme.io")
    text = own + "apiVersion: acme.io/v1\nkind: Pod\nmetadata: {name: p}\nspec: {size: 1}\n"
    verdict = iacrl.validate(text, "kubernetes")
    assert verdict.judged and verdict.document.find("Pod") is None and verdict.document.find("Pod.acme.io")
    assert iacrl.score(text, task("kubernetes")).total < 0.9


def test_a_task_that_brings_the_definition_may_want_a_custom_resource():
    wanted = {"must_exist": [{"is": "object Widget", "with": {"spec.size": 1}}]}
    assert iacrl.score(DEFINITION + WIDGET, task("kubernetes", wanted)).total == 1.0
    assert iacrl.score(WIDGET, task("kubernetes", wanted)).total == pytest.approx(0.1)


def test_a_gold_answer_that_cannot_be_judged_does_not_stand():
    row = task("kubernetes", {"must_exist": [{"is": "object Widget"}]}).to_json() | {"output": WIDGET}
    assert gold_faults(Task.from_json(row)) == ("not judged: Widget example.com/v1: no schema",)


@pytest.mark.parametrize(
    ("constraint", "newest", "allowed"),
    [
        ("~> 5.0", "6.25.0", True),
        (">= 6.99", "6.25.0", True),
        ("6.25.0", "6.25.0", True),
        (">= 0.1, != 0.1.0", "6.25.0", True),
        ("< 0.1", "6.25.0", False),
        ("= 0.0.7", "6.25.0", False),
        (">= 7", "6.25.0", False),
        ("> 5, < 4", "6.25.0", False),
        ("~> 5.0, != 5.0", "6.25.0", True),
        (">= 99", "", True),
        ("= 0.0.7", "0.0.7", True),
    ],
)
def test_versions_that_exist_nowhere(constraint, newest, allowed):
    assert allows_some(constraint, newest) is allowed


def test_no_template_is_paid_for_with_its_schemas_switched_off():
    gold = "Resources:\n  T:\n    Type: AWS::SNS::Topic\n    Properties:\n      TopicName: shop\n"
    wanted = {"must_exist": [{"is": "resource AWS::SNS::Topic", "with": {"Properties.TopicName": "shop"}}]}
    asked = Task.from_json(task("cloudformation", wanted).to_json() | {"output": gold})
    assert iacrl.score(gold, asked).total == 1.0
    probes = [probe for probe in attack_probes(asked) if probe.group == "schema switched off"]
    assert len(probes) == 5
    assert all(iacrl.score(probe.completion, asked).total <= 0.1 for probe in probes)
