"""What values, selectors and ports of manifests mean to an intent."""

import pytest

from iacrl.domains import validate
from iacrl.tasks import Intent, check_intent

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1.27
        ports: [{name: http, containerPort: 8080}]
"""


def check(text, *wanted, **more):
    intent = Intent.from_json({"must_exist": list(wanted), **more}, "kubernetes")
    return check_intent(intent, validate(text, "kubernetes").document)


def unmet(result):
    return [(item.clause, item.reason) for item in result.clauses if not item.met]


def one(text, tests, sort):
    return check(text, {"as": "it", "is": sort, "with": tests}).met


@pytest.mark.parametrize(
    ("source", "tests", "met"),
    [
        ('v: "80"', {"v": 80}, False),
        ("v: 1Gi", {"v": {"quantity": "1024Mi"}}, True),
        ("v: 0.5", {"v": {"quantity": "500m"}}, True),
        ("v: 512MB", {"v": {"quantity": "512M"}}, False),
        ("v: it", {"v": {"refers_to": "it"}}, False),
        ("v: me", {"v": {"refers_to": "it"}}, True),
    ],
)
def test_values_in_kubernetes(source, tests, met):
    assert one(f"apiVersion: v1\nkind: X\nmetadata:\n  name: me\n{source}\n", tests, "object X") is met


def test_a_service_selects_pods_by_the_labels_of_their_template():
    text = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {app: web}}\n---\n"
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n"
        "spec: {template: {metadata: {labels: {app: LABEL, tier: x}}}}\n"
    )
    wanted = (
        {"as": "s", "is": "object Service", "with": {"spec.selector": {"selects": "d"}}},
        {"as": "d", "is": "object Deployment"},
    )
    assert check(text.replace("LABEL", "web"), *wanted).met
    result = check(text.replace("LABEL", "api"), *wanted)
    assert [clause for clause, _ in unmet(result)] == ["s: spec.selector selects d"]


SERVED = """apiVersion: v1
kind: Service
metadata: {name: s}
spec: {selector: {app: web}, ports: [{port: 80 TARGET}]}
---
"""


@pytest.mark.parametrize(("target", "number"), [("", 80), (", targetPort: 81", 81), (", targetPort: http", 8080)])
def test_a_service_leads_to_a_port_by_number_by_name_or_to_its_own(target, number):
    text = SERVED.replace("TARGET", target) + DEPLOYMENT
    document = validate(text, "kubernetes").document
    for wanted in (80, 81, 8080):
        tests = {"spec.ports[0].targetPort": wanted}
        intent = Intent.from_json({"must_exist": [{"is": "object Service", "with": tests}]})
        assert check_intent(intent, document).met is (wanted == number)


@pytest.mark.parametrize(
    ("selector", "met"),
    [
        ("{matchLabels: {app: web}}", True),
        ("{matchExpressions: [{key: app, operator: In, values: [web]}]}", True),
        ("{matchLabels: {app: web}, matchExpressions: [{key: tier, operator: DoesNotExist}]}", True),
        ("{matchExpressions: [{key: app, operator: In, values: [web, ui]}]}", False),
        ("{matchExpressions: [{key: app, operator: Exists}]}", False),
        ("{matchExpressions: [{key: tier, operator: DoesNotExist}]}", False),
        ("{matchExpressions: [{key: app, operator: NotIn, values: [ui]}]}", False),
        ("{matchLabels: {app: web}, matchExpressions: [{key: app, operator: NotIn, values: [web]}]}", False),
        ("{matchLabels: {app: web}, matchExpressions: [{key: app, operator: DoesNotExist}]}", False),
        ("{matchExpressions: []}", False),
    ],
)
def test_a_selector_selects_by_labels_and_by_expressions(selector, met):
    budget = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b}\nspec:\n  maxUnavailable: 1\n"
    document = validate(f"{budget}  selector: {selector}\n---\n{DEPLOYMENT}", "kubernetes").document
    wanted = [{"as": "web", "is": "object Deployment"}]
    wanted.append({"is": "object PodDisruptionBudget", "with": {"spec.selector": {"selects": "web"}}})
    assert check_intent(Intent.from_json({"must_exist": wanted}), document).met is met


@pytest.mark.parametrize(
    ("labels", "namespace", "met"),
    [
        ("{app: web}", "", False),
        ("{app: web, job: backup}", "", False),
        ("{app: backup}", "", True),
        ("{app: web}", ", namespace: other", True),
    ],
)
def test_a_selector_selects_the_pods_of_no_other_object(labels, namespace, met):
    budget = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b}\nspec:\n  maxUnavailable: 1\n"
    job = (
        f"apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: backup{namespace}}}\nspec:\n  schedule: 5 4 * * *\n"
        f"  jobTemplate: {{spec: {{template: {{metadata: {{labels: {labels}}}, spec: {{restartPolicy: Never,"
        " containers: [{name: c, image: i}]}}}}\n"
    )
    text = f"{budget}  selector: {{matchLabels: {{app: web}}}}\n---\n{job}---\n{DEPLOYMENT}"
    wanted = [{"as": "web", "is": "object Deployment"}]
    wanted.append({"is": "object PodDisruptionBudget", "with": {"spec.selector": {"selects": "web"}}})
    assert check_intent(Intent.from_json({"must_exist": wanted}), validate(text, "kubernetes").document).met is met


OBJECTS = {
    "must_exist": [
        {"as": "a", "is": "object ConfigMap", "with": {"metadata.name": "a", "data.k": "1"}},
        {"as": "b", "is": "object ServiceAccount", "with": {"metadata.name": "b"}},
    ],
    "nothing_else": True,
}
STREAM = """apiVersion: v1
kind: ConfigMap
metadata:
  name: a
data:
  k: "1"
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: b
"""
LIST = """apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ServiceAccount, metadata: {name: b}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: "1"}}
"""


def test_a_stream_and_a_list_hold_the_same_objects():
    for text in (STREAM, LIST):
        verdict = validate(text, "kubernetes")
        assert verdict.valid, verdict.diagnostics
        assert check_intent(Intent.from_json(OBJECTS), verdict.document).met
