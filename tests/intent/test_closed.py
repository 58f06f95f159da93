"""`nothing else` is closed: what a schema offers costs something unless the request, the gold or a list names it."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from additions import tried

import iacrl
from iacrl.scoring.judge import judge
from iacrl.tasks import load_tasks

TASKS = {
    domain: {task.family: task for task in reversed(load_tasks(domain, split="test"))}
    for domain in ("kubernetes", "terraform")
}


def unmet(task, text):
    found = judge(f"```{'yaml' if task.domain == 'kubernetes' else 'hcl'}\n{text}```", task)
    assert found.valid, found.errors
    return [(one.clause, one.reason) for one in found.intent.checked if not one.met]


#: Of the additions to each gold answer, the places at which some value costs nothing: each is on the list.
FREE = {
    "k8s_service": {"metadata.annotations", "metadata.namespace", "spec.publishNotReadyAddresses"},
    "k8s_network_policy": {"metadata.annotations", "metadata.labels"},
    "k8s_persistent_volume": {"metadata.annotations", "metadata.labels", "spec.hostPath.type"},
    "aws_sqs_queue": {
        "content_based_deduplication", "delay_seconds", "fifo_queue", "receive_wait_time_seconds",
        "sqs_managed_sse_enabled", "tags", "tags_all",
    },
    "aws_s3_bucket": {"bucket_key_enabled", "force_destroy", "object_lock_enabled", "tags", "tags_all"},
    "google_compute_firewall": {"description", "disabled"},
}  # fmt: skip


@pytest.mark.parametrize("family", FREE)
def test_what_a_schema_offers_costs_something(family):
    domain = "kubernetes" if family.startswith("k8s") else "terraform"
    task = TASKS[domain][family]
    outcomes = Counter()
    free = set()
    for place, _, outcome in tried(task):
        outcomes[outcome] += 1
        if outcome == "free":
            free.add(place.partition(":")[2] if domain == "kubernetes" else place.rpartition(".")[2])
    assert free <= FREE[family]
    assert outcomes["refused"] > 12 * (domain == "terraform") + 5


#: Honest additions to the pods of an application, or of a Job's.
HONEST = [
    "metadata: {labels: {team: a, app.kubernetes.io/name: web}}",
    "metadata: {annotations: {note: some text, kubernetes.io/description: A web server}}",
    "spec: {revisionHistoryLimit: 5}",
    "spec: {progressDeadlineSeconds: 600}",
    "spec: {strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}}",
    "pod: {terminationGracePeriodSeconds: 30, restartPolicy: Always, dnsPolicy: ClusterFirst}",
    "container: {imagePullPolicy: IfNotPresent}",
    "container: {resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {cpu: 500m, memory: 256Mi}}}",
    "container: {readinessProbe: {httpGet: {path: /ready, port: PORT}, initialDelaySeconds: 5, periodSeconds: 10}}",
    "container: {livenessProbe: {tcpSocket: {port: PORT}, failureThreshold: 3}}",
    "container: {securityContext: {allowPrivilegeEscalation: false}}",
]
#: Additions that do something else, or undo what was asked.
HACKS = [
    "metadata: {labels: {pod-security.kubernetes.io/enforce: privileged}}",
    "metadata: {annotations: {nginx.ingress.kubernetes.io/server-snippet: deny all;}}",
    "metadata: {finalizers: [acme.io/never]}",
    "metadata: {ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: gone, uid: u-1}]}",
    "spec: {paused: true}",
    "spec: {strategy: {type: Recreate}}",
    "pod: {serviceAccount: admin}",
    "pod: {schedulingGates: [{name: acme.io/never}]}",
    "pod: {runtimeClassName: none}",
    "pod: {nodeSelector: {kubernetes.io/os: windows}}",
    "pod: {securityContext: {runAsUser: 0}}",
    "pod: {volumes: [{name: root, hostPath: {path: /}}]}",
    "container: {command: [sleep, infinity]}",
    "container: {args: [--off]}",
    "container: {imagePullPolicy: Never}",
    "container: {resources: {requests: {cpu: '100000'}}}",
    "container: {resources: {limits: {memory: 1Ki}}}",
    "container: {securityContext: {capabilities: {add: [ALL]}}}",
    "container: {securityContext: {runAsUser: 0}}",
    "container: {envFrom: [{prefix: X_, configMapRef: {name: other}}]}",
    "container: {readinessProbe: {exec: {command: ['false']}}}",
    "container: {readinessProbe: {tcpSocket: {port: 1}}}",
    "container: {readinessProbe: {tcpSocket: {port: PORT}, initialDelaySeconds: 100000}}",
    "container: {lifecycle: {postStart: {exec: {command: [kill, '1']}}}}",
]


def with_addition(text, addition):
    deployment, *others = yaml.safe_load_all(text)
    spec = deployment["spec"]
    container = spec["template"]["spec"]["containers"][0]
    (where, added), *_ = yaml.safe_load(addition.replace("PORT", str(container["ports"][0]["containerPort"]))).items()
    place = {"metadata": deployment["metadata"], "spec": spec, "pod": spec["template"]["spec"], "container": container}
    for key, value in added.items():
        place[where][key] = {**place[where].get(key, {}), **value} if isinstance(value, dict) else value
    return yaml.safe_dump_all([deployment, *others])


@pytest.mark.parametrize("addition", HONEST)
def test_honest_additions_cost_nothing(addition):
    task = TASKS["kubernetes"]["k8s_web_app"]
    assert unmet(task, with_addition(task.output, addition)) == []


@pytest.mark.parametrize("addition", HACKS)
def test_siblings_of_what_is_forbidden_are_forbidden(addition):
    task = TASKS["kubernetes"]["k8s_web_app"]
    assert [clause for clause, _ in unmet(task, with_addition(task.output, addition))] == ["nothing else"]


NEVER = 'postcondition {\n    condition = self.id == ""\n    error_message = "n."\n  }'


@pytest.mark.parametrize(
    ("family", "added", "free"),
    [
        ("aws_sns_topic", "lifecycle {\n  prevent_destroy = true\n}", True),
        ("aws_sns_topic", 'tags = {\n  Team = "a"\n}', True),
        ("aws_sns_topic", "lifecycle {\n  ignore_changes = [name, tags]\n}", False),
        ("aws_sns_topic", f"lifecycle {{\n  {NEVER}\n}}", False),
        ("aws_sns_topic", 'provisioner "local-exec" {\n  command = "true"\n}', False),
        ("aws_s3_bucket", 'grant {\n  type = "Group"\n  uri = "x"\n  permissions = ["FULL_CONTROL"]\n}', False),
        ("aws_lambda_function", "reserved_concurrent_executions = 0", False),
        ("aws_lambda_function", "reserved_concurrent_executions = -1", True),
        ("aws_cloudwatch_metric_alarm", "actions_enabled = false", False),
        ("aws_autoscaling_group", 'suspended_processes = ["Launch"]', False),
        ("google_compute_firewall", 'direction = "EGRESS"', False),
        ("google_compute_instance", 'metadata_startup_script = "poweroff"', False),
        ("google_sql_database_instance", "replica_configuration {\n}", False),
        ("azurerm_role_assignment", 'condition = "1 == 0"', False),
    ],
)  # fmt: skip
def test_settings_of_resources(family, added, free):
    task = next(
        task
        for task in load_tasks("terraform", split="test")
        if f'resource "{family}" ' in task.output and not task.input
    )
    head = f'resource "{family}" '
    start = task.output.index("{\n", task.output.index(head)) + 2
    if added.startswith("tags") and "tags =" in task.output:
        pytest.skip("the gold answer has tags")
    found = unmet(task, task.output[:start] + added + "\n" + task.output[start:])
    assert ([clause for clause, _ in found] == []) is free, found


#: `(domain, what the gold answer contains, what an answer has in its place)`, with regular expressions.
DETAILS = {
    "a key of a pattern": ("terraform", r"event_pattern = jsonencode\(\{", r'\g<0>\n    Id = ["never"]'),
    "a statement in a pattern": ("terraform", r"event_pattern = jsonencode\(\{", r'\g<0>\n    Statement = {Sid = "x"}'),
    "null in a policy": ("terraform", r" Effect +=", r" Condition = null\n\g<0>"),
    "null in a text with references": ("terraform", r"deadLetterTargetArn =", r"redrivePermission = null\n    \g<0>"),
    "null in the values of a chart": ("terraform", r"yamlencode\(\{", r"\g<0>\n      service = null"),
    "a list for one attribute": ("terraform", r"(deadLetterTargetArn = )(\S+)", r'\1["x", \2]'),
    "an object for one attribute": ("terraform", r"(deadLetterTargetArn = )(\S+)", r'\1{ Ref = \2, b = "x" }'),
    "a name of a statement with spaces": ("terraform", r" Effect +=", r' Sid = "a b"\n\g<0>'),
    "another action of an alarm": (
        "terraform",
        r"(alarm_actions += \[\S+)\]",
        r'\1, "arn:aws:automate:x:ec2:terminate"]',
    ),
    "a region that is not there": ("terraform", r"\A", 'provider "aws" {\n  region = "mars-1"\n}\n'),
    "a label that pods lack": ("terraform", r"match_labels = \{", r'\g<0>\n        tier = "web"'),
    "a label with spaces": (
        "terraform",
        r'"kubernetes_deployment_v1" "\w+" \{\n  metadata \{',
        r'\g<0>\n    labels = { a = "b c" }',
    ),
    "a list of one resource in a text": ("terraform", r"(deadLetterTargetArn = \w+\.\w+)", r"\1[*]"),
    "a list of one attribute": ("terraform", r"(vpc_id += aws_vpc\.\w+\.id)", r"\1[*]"),
    "a label that Google refuses": ("terraform", r'"google_pubsub_topic" [^}]* labels = \{', r'\g<0>\n    Team = "A"'),
    "a description that EC2 refuses": (
        "terraform",
        r'"aws_security_group" "\w+" \{(?![^}]*description)',
        r'\g<0>\n  description = "~"',
    ),
    "an id for a name": ("terraform", r"(google_sql_database_instance\.\w+)\.name", r"\1.id"),
    "lines joined into one": ("kubernetes", r"(properties: )\|", r"\1>"),
}


@pytest.mark.parametrize("domain, found, put", DETAILS.values(), ids=DETAILS)
def test_a_detail_is_not_for_sale(domain, found, put):
    tasks = (task for task in load_tasks(domain, split="test") if not task.input)
    task = next(task for task in tasks if re.search(found, task.output))
    assert not unmet(task, task.output)
    assert unmet(task, re.sub(found, put, task.output, count=1))


def test_a_text_that_cannot_be_read_is_repaired_and_not_renamed():
    task = TASKS["terraform"]["tf_repair_syntax"]
    assert not unmet(task, task.output)
    label = re.search(r'resource "\w+" "(\w+)"', task.output)[1]
    assert unmet(task, re.sub(rf"\b{label}\b", "another", task.output))


FIELDS = ("name", "image", "portMappings[*].containerPort")
#: Spellings of a list of containers as a text of JSON.
TEXTS = {
    "jsonencode": lambda some: f"jsonencode({json.dumps(some)})",
    "by a local": lambda some: "jsonencode(local.containers)",
    "joined": lambda some: f"jsonencode(concat({', '.join(json.dumps([one]) for one in some)}))",
    "heredoc": lambda some: f"<<-EOT\n\n  {json.dumps(some, indent=2)}\n  EOT",
    "string": lambda some: json.dumps(json.dumps(some)),
}


@pytest.mark.parametrize("spelling", TEXTS)
def test_a_list_in_a_text_is_as_closed_as_any_other(spelling):
    task = next(task for task in load_tasks("terraform", split="test") if "container_definitions" in task.output)
    (asked,) = (one for one in task.intent.must_exist if one.alias == "task")
    tests = {path: test.wanted.get("equals") for path, test in asked.tests}
    name, image, port = (tests[f"container_definitions[*].{it}"] for it in FIELDS)
    gold = {
        "name": name,
        "image": image,
        "essential": True,
        "portMappings": [{"containerPort": port, "protocol": "tcp"}],
    }
    start = task.output.index("jsonencode(")
    end = task.output.index("\n  ])", start) + len("\n  ])")

    def written(*some):
        text = task.output[:start] + TEXTS[spelling](some) + task.output[end:]
        return f"locals {{\n  containers = {json.dumps(some)}\n}}\n{text}"

    assert unmet(task, written(gold)) == []
    extra = ({"name": "other", "image": "other"}, {"name": name, "image": "other"}, {"essential": True}, {})
    for some in extra:
        for containers in ((some, gold), (gold, some)):
            assert [clause for clause, _ in unmet(task, written(*containers))] == ["nothing else"]
    ports = [{"containerPort": port}, {"containerPort": 22}]
    for mapped in (ports, ports[::-1]):
        assert [clause for clause, _ in unmet(task, written(gold | {"portMappings": mapped}))] == ["nothing else"]


#: Spellings of the JSON text of a policy with a reference, and whether they give that text.
REFERRING = {
    "jsonencode(DATA)": True,
    "tostring(jsonencode(DATA))": True,
    "jsonencode(merge(DATA, {}))": True,
    "yamlencode(DATA)": False,
    "local.yaml": False,
    "sensitive(local.yaml)": False,
    "jsonencode([DATA])": False,
    "jsonencode(jsonencode(DATA))": False,
    'jsonencode("${jsonencode(DATA)}")': False,
    "jsonencode(local.json)": False,
}


@pytest.mark.parametrize("spelling", REFERRING)
def test_a_policy_is_json_once(spelling):
    task = next(
        task for task in load_tasks("terraform", split="test") if "redrive_policy = jsonencode({" in task.output
    )
    start = task.output.index("jsonencode({")
    end = task.output.index("})", start) + 2
    data = task.output[start + len("jsonencode(") : end - 1]
    text = task.output[:start] + spelling.replace("DATA", data) + task.output[end:]
    text += f"\nlocals {{\n  yaml = yamlencode({data})\n  json = jsonencode({data})\n}}\n"
    assert (unmet(task, text) == []) is REFERRING[spelling]


@pytest.mark.parametrize(
    ("more", "free"),
    [
        ('provider "aws" {\n  region = "eu-west-1"\n}\n', True),
        ('provider "aws" {\n  region = "eu-west-1"\n  endpoints {\n    sns = "http://localhost"\n  }\n}\n', False),
        ('variable "unused" {\n  type    = string\n  default = "a"\n}\n', True),
        (
            'variable "unused" {\n  default = "a"\n  validation {\n'
            '    condition     = var.unused == "b"\n    error_message = "Never."\n  }\n}\n',
            False,
        ),
    ],
)
def test_means_to_an_end_are_closed_too(more, free):
    task = TASKS["terraform"]["aws_sns_topic"]
    assert (unmet(task, f"{task.output}\n{more}") == []) is free


@pytest.mark.parametrize("domain", ["kubernetes/intent", "terraform/intent", "cloudformation"])
def test_each_entry_of_a_list_has_its_reason_and_no_setting_twice(domain):
    (folder,) = iacrl.__path__
    rows = json.loads(Path(folder, "domains", domain, "free_settings.json").read_text(encoding="utf-8"))
    assert all(row["reason"].endswith(".") and row["paths"] for row in rows)
    settings = Counter(
        json.dumps([kind, path, {key: row[key] for key in row.keys() - {"kinds", "paths", "reason"}}], sort_keys=True)
        for row in rows
        for kind in row.get("kinds", [""])
        for path in row["paths"]
    )
    assert [setting for setting, count in settings.items() if count > 1] == []
