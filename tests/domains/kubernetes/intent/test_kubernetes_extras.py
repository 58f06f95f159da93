"""What `nothing else` forbids within an object."""

import re

import pytest

from iacrl.domains import validate
from iacrl.tasks import Intent, check_intent


def unmet(text, wanted):
    verdict = validate(text, "kubernetes")
    assert verdict.valid, verdict.errors
    intent = Intent.from_json({"must_exist": [wanted], "nothing_else": True}, "kubernetes")
    return [item.clause for item in check_intent(intent, verdict.document).clauses if not item.met]


def filled(text, **parts):
    for name, part in parts.items():
        text = text.replace(name, part)
    return re.sub("SPEC|POD|CONTAINER|MORE|PEER", "", text)


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


def test_a_list_that_must_have_some_elements_has_no_others():
    env = "spec.template.spec.containers[0].env"
    asked = WEB | {"with": WEB["with"] | {env: {"some": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}}}
    both = "env: [MORE{name: B, value: '2'}, {name: A, value: '1'}LAST]"
    assert unmet(filled(DEPLOYMENT, CONTAINER=both.replace("LAST", "")), asked) == []
    for extra in ("{name: A, value: '3'}", "{name: C, value: '1'}", "{name: LD_PRELOAD, value: x}"):
        for place, words in (("MORE", f"{extra}, "), ("LAST", f", {extra}")):
            text = filled(DEPLOYMENT, CONTAINER=both.replace(place, words).replace("LAST", ""))
            assert unmet(text, asked) == ["nothing else"]
    more = {"with": asked["with"] | {env: {"includes": [{"name": "A", "value": "1"}]}}}
    assert unmet(filled(DEPLOYMENT, CONTAINER=both.replace("LAST", "")), asked | more) == []


@pytest.mark.parametrize(
    ("image", "probe", "free"),
    [
        ("postgres:17", "exec: {command: [pg_isready, -U, app]}", True),
        ("quay.io/acme/redis:8", "exec: {command: [redis-cli, ping]}", True),
        ("postgres:17", "exec: {command: [redis-cli, ping]}", False),
        ("nginx:1.27", "exec: {command: [pg_isready]}", False),
        ("nginx:1.27", "exec: {command: [cat, /tmp/healthy]}", False),
        ("nginx:1.27", "httpGet: {port: 80, path: /}", True),
        ("postgres:17", "httpGet: {port: 80, path: /}", False),
        ("postgres:17", "tcpSocket: {port: 80}", True),
        ("nginx:1.27", "grpc: {port: 80}", False),
    ],
)
def test_a_probe_that_its_program_cannot_answer_is_not_free(image, probe, free):
    text = filled(DEPLOYMENT, CONTAINER=f"ports: [{{containerPort: 80}}]\n        livenessProbe: {{{probe}}}")
    asked = WEB | {"with": WEB["with"] | {"spec.template.spec.containers[0].image": image}}
    assert unmet(text.replace("nginx:1.27", image), asked) == ([] if free else ["nothing else"])


CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {A: '1'MORE}\n"


def test_each_key_of_a_config_map_is_a_thing_of_its_own():
    wanted = {"as": "c", "is": "object ConfigMap", "with": {"data.A": "1"}}
    assert unmet(filled(CONFIG), wanted) == []
    assert unmet(filled(CONFIG, MORE=", B: '2'"), wanted) == ["nothing else"]
    assert unmet(filled(CONFIG), {**wanted, "with": {"metadata.name": "c"}}) == ["nothing else"]


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
