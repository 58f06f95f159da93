"""`iacrl schema show --format brief`, and kinds: few words, opened as far as they stay short."""

import pytest

from iacrl.domains.brief_schema import BriefField, brief_lines
from iacrl.domains.kubernetes.schema.added_crds import add_crds
from iacrl.domains.kubernetes.schema.kind_browsing import brief_kind

DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: {type: string, enum: [small, large]}
              parts: {type: array, items: {type: object, properties: {name: {type: string}}}}
"""


@pytest.fixture(autouse=True)
def _own_data(tmp_path, monkeypatch):
    monkeypatch.setenv("IACRL_DATA_DIR", str(tmp_path))


def test_a_type_is_shown_with_what_is_required_first(run_cli):
    lines = run_cli("schema", "show", "aws_lb_listener", "--format", "brief").out.splitlines()
    assert lines[0].startswith("resource aws_lb_listener of hashicorp/aws 6.")
    assert lines[1].startswith("string: load_balancer_arn*, ")
    assert any(line.startswith("default_action*: list of blocks, at least 1") for line in lines)
    assert "gives back: arn" in lines[-1]
    assert len("\n".join(lines)) < len(run_cli("schema", "show", "aws_lb_listener").out) / 2


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("aws_s3_bucket.lifecycle_rule", "bool: enabled*"),
        ("data.aws_ami.filter", "set(string): values*"),
        ("aws_s3_bucket.bucket", "string"),
        ("apps/v1/Deployment.spec.template.spec.containers.ports", "integer: containerPort*, hostPort"),
    ],
)
def test_a_part_of_a_type(run_cli, name, line):
    assert line in run_cli("schema", "show", name, "--format", "brief").out.splitlines()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Deploymnt", "No schema of kind 'Deploymnt'. Did you mean 'Deployment'?"),
        ("Deployment.spec.replcas", "Deployment.spec has no field 'replcas'. Did you mean 'replicas'?"),
        ("aws_s3_bucket.buckt", "resource aws_s3_bucket has no field 'buckt'. Did you mean 'bucket'?"),
        ("batch/v1/Deployment", "Deployment is not in 'batch/v1'. It is in apps/v1."),
    ],
)
def test_what_is_not_there_is_named_with_the_nearest(run_cli, name, message):
    done = run_cli("schema", "show", name, "--format", "brief")
    assert done.status == 2
    assert message in done.err


def test_added_kinds_are_shown_too():
    assert add_crds(DEFINITION.encode(), "crd.yaml") == ["Widget example.com/v1"]
    assert brief_kind("Widget")[1:] == ["spec:", "  small|large: size*", "  parts: list", "    string: name"]


def test_the_stable_version_of_a_kind_is_taken_and_the_others_named():
    first = brief_kind("HorizontalPodAutoscaler")[0]
    assert first.startswith("HorizontalPodAutoscaler autoscaling/v2, ")
    assert first.endswith("Also in autoscaling/v1.")


def test_a_schema_that_contains_itself_is_shown_to_a_depth():
    def fields():
        return [BriefField("inner", "", inner=fields), BriefField("name", "string")]

    lines = brief_lines(fields())
    assert lines[-1].endswith("inner: {...}") or any(line.endswith("inner: {...}") for line in lines)
    assert len(lines) <= 60
