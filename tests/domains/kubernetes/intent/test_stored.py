"""Manifests that the API server stores alike are judged alike."""

import pytest
import yaml

from iacrl.domains import validate
from iacrl.scoring.judge import judge
from iacrl.tasks import Intent, Task, load_tasks

TEST = {task.family: task for task in reversed(load_tasks("kubernetes", split="test"))}


def met(task, text):
    found = judge(f"```yaml\n{text}```", task)
    assert found.valid, found.errors
    return [(one.clause, one.reason) for one in found.intent.checked if not one.met]


def asked(text, kind, tests, gold=None):
    intent = Intent.from_json(
        {"must_exist": [{"as": "it", "is": f"object {kind}", "with": tests}], "nothing_else": True}, "kubernetes"
    )
    return met(Task("Write it.", "", gold or text, "kubernetes", intent=intent), text)


COMMAND = """
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
  - {name: c, image: "busybox:1.36", COMMAND}
"""
WHOLE = {"spec.containers[0].name": "c", "spec.containers[0].image": "busybox:1.36"}


@pytest.mark.parametrize(
    ("written", "alike"),
    [
        ("command: [sh, -c, run]", True),
        ("command: [sh], args: [-c, run]", True),
        ("command: [sh, -c], args: [run]", True),
        ("args: [sh, -c, run]", False),
        ("command: [sh, -c, run], args: [more]", False),
    ],
)
def test_what_runs_is_command_and_arguments_together(written, alike):
    tests = WHOLE | {"spec.containers[0].command": ["sh", "-c", "run"]}
    gold = COMMAND.replace("COMMAND", "command: [sh, -c, run]")
    assert (asked(COMMAND.replace("COMMAND", written), "Pod", tests, gold) == []) is alike


def test_arguments_stay_apart_where_they_are_asked_for():
    tests = WHOLE | {"spec.containers[0].command": ["sh"], "spec.containers[0].args": ["-c"]}
    assert asked(COMMAND.replace("COMMAND", "command: [sh], args: [-c]"), "Pod", tests) == []


ROLE = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r, namespace: shop}\nrules:\n"
READ = 'apiGroups: [""], resources: [RESOURCES], verbs: [VERBS]'


def rules(*pairs):
    return ROLE + "".join(f"- {{{READ.replace('RESOURCES', one).replace('VERBS', verbs)}}}\n" for one, verbs in pairs)


@pytest.mark.parametrize(
    ("written", "alike"),
    [
        ([("pods", "get, list"), ("events", "get, list")], True),
        ([("events, pods", "list, get")], True),
        ([("pods, events", "get"), ("pods, events", "list")], True),
        ([("pods", "get, list, get"), ("events, pods", "get, list")], True),
        ([("pods", "get, list"), ("events", "get")], False),
        ([("pods", "get, list"), ("events", "get, list, delete")], False),
        ([("pods, events", "get, list"), ("secrets", "get, list")], False),
    ],
)
def test_rules_are_what_they_permit(written, alike):
    some = {"apiGroups": [""], "resources": {"items": ["pods", "events"]}, "verbs": {"items": ["get", "list"]}}
    tests = {"metadata.name": "r", "metadata.namespace": "shop", "rules": {"some": [some], "length": 1}}
    assert (asked(rules(*written), "Role", tests, rules(("pods, events", "get, list"))) == []) is alike


def test_a_rule_of_billions_of_permissions_is_not_counted_out():
    names = ", ".join(f"n{number}" for number in range(3000))
    many = f"- {{apiGroups: [{names}], resources: [{names}], verbs: [{names}]}}\n"
    some = {"verbs": {"items": ["get"]}, "resources": {"items": ["pods"]}}
    assert asked(ROLE + many, "Role", {"metadata.name": "r", "rules": {"some": some}}, rules(("pods", "get"))) != []


POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress: [{from: [{podSelector: SELECTOR}]}]
"""


@pytest.mark.parametrize(
    ("selector", "alike"),
    [
        ("{matchExpressions: [{key: app, operator: In, values: [ui]}]}", True),
        ("{matchLabels: {app: ui}, matchExpressions: [{key: app, operator: In, values: [ui]}]}", True),
        ("{matchExpressions: [{key: app, operator: In, values: [ui, db]}]}", False),
        ("{matchExpressions: [{key: app, operator: NotIn, values: [ui]}]}", False),
        ("{matchLabels: {app: ui}, matchExpressions: [{key: app, operator: In, values: [db]}]}", False),
        ("{matchLabels: {app: ui}, matchExpressions: [{key: tier, operator: Exists}]}", False),
    ],
)
def test_an_expression_of_one_value_is_a_label(selector, alike):
    tests = {
        "metadata.namespace": "shop",
        "spec.podSelector.matchLabels.app": "web",
        "spec.ingress[0].from[0].podSelector.matchLabels.app": "ui",
    }
    gold = POLICY.replace("SELECTOR", "{matchLabels: {app: ui}}")
    assert (asked(POLICY.replace("SELECTOR", selector), "NetworkPolicy", tests, gold) == []) is alike


@pytest.mark.parametrize(
    ("text", "tests"),
    [
        ("kind: Secret\ndata: {TOKEN: YWJj}", {"stringData.TOKEN": "abc"}),
        ("kind: Secret\ndata: {TOKEN: YWJj}\ntype: Opaque", {"stringData.TOKEN": "abc", "type": "Opaque"}),
        ("kind: Secret\nstringData: {TOKEN: abc}", {"stringData.TOKEN": "abc", "type": "Opaque"}),
        ("kind: ResourceQuota\nspec: {hard: {count/services: 2}}", {"spec.hard.services": {"quantity": "2"}}),
        ("kind: ResourceQuota\nspec: {hard: {cpu: 2000m}}", {'spec.hard["requests.cpu"]': {"quantity": "2"}}),
        (
            "kind: Service\nspec: {selector: {a: b}, ports: [{port: 80, protocol: TCP}]}",
            {
                "spec.type": "ClusterIP",
                "spec.selector.a": "b",
                "spec.ports[0].port": 80,
                "spec.ports[0].targetPort": 80,
            },
        ),
        (
            "kind: PersistentVolumeClaim\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}",
            {
                "spec.accessModes": ["ReadWriteOnce"],
                "spec.resources.requests.storage": {"quantity": "1024Mi"},
                "spec.volumeMode": "Filesystem",
            },
        ),
    ],
)
def test_what_is_stored_alike_is_met(text, tests):
    assert asked(f"apiVersion: v1\nmetadata: {{name: it}}\n{text}\n", text.split()[1], tests) == []


def test_a_secret_says_nothing_else():
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: it}\ndata: {TOKEN: YWJj, MORE: YWJj}\n"
    assert asked(text, "Secret", {"stringData.TOKEN": "abc"}, text.replace(", MORE: YWJj", "")) != []


def test_an_autoscaler_of_version_1_is_one_of_version_2():
    text = (
        "apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: it}\nspec: {scaleTargetRef: "
        "{apiVersion: apps/v1, kind: Deployment, name: web}, maxReplicas: 3, targetCPUUtilizationPercentage: 60}\n"
    )
    tests = {
        "spec.scaleTargetRef.kind": "Deployment",
        "spec.scaleTargetRef.name": "web",
        "spec.maxReplicas": 3,
        "spec.minReplicas": 1,
        "spec.metrics[0].resource.name": "cpu",
        "spec.metrics[0].resource.target.averageUtilization": 60,
    }
    assert asked(text, "HorizontalPodAutoscaler", tests) == []
    assert asked(text.replace("60", "61"), "HorizontalPodAutoscaler", tests, text) != []


def test_an_ingress_names_a_port_by_number_or_by_name():
    task = TEST["k8s_web_app"]
    objects = list(yaml.safe_load_all(task.output))
    (service,) = (one for one in objects if one["kind"] == "Service")
    (ingress,) = (one for one in objects if one["kind"] == "Ingress")
    service["spec"]["ports"][0]["name"] = "web"
    (path,) = ingress["spec"]["rules"][0]["http"]["paths"]
    path["backend"]["service"]["port"] = {"name": "web"}
    assert met(task, yaml.safe_dump_all(objects)) == []
    service["spec"]["ports"].append({"name": "other", "port": 81})
    path["backend"]["service"]["port"] = {"name": "other"}
    assert met(task, yaml.safe_dump_all(objects)) != []


def test_a_list_is_the_objects_in_it():
    task = TEST["k8s_app_stack"]
    items = list(yaml.safe_load_all(task.output))
    assert met(task, yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": items})) == []
    assert validate(task.output, "kubernetes").valid
