"""Small configurations that tasks start from: to be repaired, extended, changed or converted.

A scene is a pair of functions: one that builds what is given, and one that adds a part to it. Both say what they set;
a task about the whole drops what was said of the first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from iacrl.tasks import words
from iacrl.tasks.families.terraform.hcl import Call
from iacrl.tasks.pools import Draw
from iacrl.tasks.sheet import Part, Sheet

Scene = tuple[Callable[[Sheet], Part], Callable[[Sheet, Part], None]]

_BOX = "spec.template.spec.containers[0]"


def bucket(sheet: Sheet) -> Part:
    """Build a bucket with tags."""
    part = sheet.resource("aws_s3_bucket", "bucket", sheet.draw.choice(words.SERVICES))
    part.put("bucket", sheet.draw.bucket_name(), "bucket name")
    part.put_all("tags", sheet.draw.tags(2), "tag")
    return part


def bucket_versioning(sheet: Sheet, base: Part) -> None:
    """Add versioning to a bucket."""
    part = sheet.resource("aws_s3_bucket_versioning", "versioning", base.head[2])
    part.refer("bucket", base, ["id", "bucket"])
    part.put(
        "versioning_configuration[0].status", sheet.draw.choice(("Enabled", "Suspended")), "versioning of the bucket"
    )


def queue(sheet: Sheet) -> Part:
    """Build a queue with timeouts."""
    draw = sheet.draw
    part = sheet.resource("aws_sqs_queue", "queue", draw.choice(words.SERVICES))
    part.put("name", draw.name(), "queue name")
    part.put("visibility_timeout_seconds", draw.number(30, 900), "visibility timeout")
    part.put("message_retention_seconds", draw.number(3600, 1209600, 100), "message retention")
    return part


def queue_alarm(sheet: Sheet, base: Part) -> None:
    """Add an alarm on the queue's length."""
    part = sheet.resource("aws_cloudwatch_metric_alarm", "alarm", "depth")
    part.put("alarm_name", sheet.draw.name(), "CloudWatch alarm on the queue")
    part.put("namespace", "AWS/SQS", "namespace")
    part.put("metric_name", "ApproximateNumberOfMessagesVisible", "metric")
    part.put("statistic", "Maximum", "statistic")
    part.put("comparison_operator", "GreaterThanThreshold", "comparison operator")
    part.put("threshold", sheet.draw.number(10, 9000), "threshold")
    part.put("period", sheet.draw.number(60, 900, 60), "period in seconds")
    part.put("evaluation_periods", sheet.draw.number(1, 9), "evaluation periods")
    part.refer("dimensions.QueueName", base, "name", said="the dimension QueueName of the alarm refers to the queue")


def network(sheet: Sheet) -> Part:
    """Build a VPC."""
    draw = sheet.draw
    part = sheet.resource("aws_vpc", "vpc", draw.choice(("main", "core", "shared", "network")))
    part.cidr("cidr_block", f"10.{draw.number(0, 255)}.0.0/16", "CIDR block")
    part.put("enable_dns_hostnames", draw.chance())
    part.put("tags.Name", draw.name(), "Name tag")
    return part


def network_subnet(sheet: Sheet, base: Part) -> None:
    """Add a subnet."""
    draw = sheet.draw
    part = sheet.resource("aws_subnet", "subnet", draw.choice(("apps", "data", "public", "private")))
    part.refer("vpc_id", base)
    prefix = ".".join(base.body["cidr_block"].split(".")[:2])
    part.cidr("cidr_block", f"{prefix}.{draw.number(0, 255)}.0/24", "CIDR block of the subnet")
    part.put("availability_zone", f"{draw.aws_region()}{draw.choice('abc')}", "availability zone of the subnet")


def topic(sheet: Sheet) -> Part:
    """Build a topic."""
    part = sheet.resource("aws_sns_topic", "topic", sheet.draw.choice(words.SERVICES))
    part.put("name", sheet.draw.name(), "topic name")
    part.put_all("tags", sheet.draw.tags(2), "tag")
    return part


def topic_subscription(sheet: Sheet, base: Part) -> None:
    """Add a subscription by mail."""
    part = sheet.resource("aws_sns_topic_subscription", "mail", sheet.draw.choice(words.PEOPLE))
    part.refer("topic_arn", base, ["arn", "id"])
    part.put("protocol", "email", "protocol of the subscription")
    part.put("endpoint", sheet.draw.email(), "endpoint of the subscription")


def role(sheet: Sheet) -> Part:
    """Build an IAM role."""
    service = sheet.draw.choice(("lambda", "ec2", "ecs-tasks", "glue"))
    statement = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    part = sheet.resource("aws_iam_role", "role", sheet.draw.choice(words.SERVICES))
    part.put("name", sheet.draw.name(), "role name")
    part.put("assume_role_policy", Call("jsonencode", {"Version": "2012-10-17", "Statement": [statement]}))
    return part


def role_attachment(sheet: Sheet, base: Part) -> None:
    """Attach a managed policy to a role."""
    part = sheet.resource("aws_iam_role_policy_attachment", "attachment", base.head[2])
    part.refer("role", base, ["name", "id"])
    names = ("AmazonS3ReadOnlyAccess", "AmazonSQSFullAccess", "CloudWatchLogsFullAccess", "SecretsManagerReadWrite")
    part.put("policy_arn", f"arn:aws:iam::aws:policy/{sheet.draw.choice(names)}", "policy ARN attached to the role")


TERRAFORM_SCENES: Sequence[Scene] = (
    (bucket, bucket_versioning),
    (queue, queue_alarm),
    (network, network_subnet),
    (topic, topic_subscription),
    (role, role_attachment),
)


def deployment(sheet: Sheet) -> Part:
    """Build a Deployment."""
    part, name = _workload(sheet, "Deployment", "deployment")
    part.put("spec.replicas", sheet.draw.number(1, 12), "replicas")
    return _with_pods(part, name, sheet)


def deployment_service(sheet: Sheet, base: Part) -> None:
    """Add a Service for a Deployment."""
    draw, name = sheet.draw, base.body["metadata"]["name"]
    part = sheet.object("Service", "v1", "service")
    part.put("metadata.name", f"{name}-{draw.choice(('svc', 'internal', 'public'))}", "Service for the Deployment")
    part.put("metadata.namespace", base.body["metadata"]["namespace"])
    part.put("spec.type", draw.choice(("ClusterIP", "NodePort", "LoadBalancer")), "type of the Service")
    part.put("spec.selector.app", name)
    part.expect("spec.selector", {"selects": base.alias})
    part.put("spec.ports[0].port", draw.choice((80, 443, 8080)), "port of the Service")
    target = base.body["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"]
    part.put("spec.ports[0].targetPort", target)


def stateful_set(sheet: Sheet) -> Part:
    """Build a StatefulSet."""
    part, name = _workload(sheet, "StatefulSet", "set")
    part.put("spec.serviceName", f"{name}-hl", "service name")
    part.put("spec.replicas", sheet.draw.number(2, 9), "replicas")
    return _with_pods(part, name, sheet)


def _workload(sheet: Sheet, kind: str, alias: str) -> tuple[Part, str]:
    part = sheet.object(kind, "apps/v1", alias)
    name = part.put("metadata.name", sheet.draw.name(), "name")
    part.put("metadata.namespace", sheet.draw.namespace(), "namespace")
    return part, name


def _with_pods(part: Part, name: str, sheet: Sheet) -> Part:
    draw = sheet.draw
    part.put("spec.selector.matchLabels.app", name)
    part.put("spec.template.metadata.labels.app", name)
    part.put(f"{_BOX}.name", draw.choice(words.COMPONENTS), "container name")
    part.put(f"{_BOX}.image", draw.image(), "image")
    part.put(f"{_BOX}.ports[0].containerPort", draw.number(3000, 9999), "container port")
    return part


def disruption_budget(sheet: Sheet, base: Part) -> None:
    """Add a PodDisruptionBudget for a workload."""
    name = base.body["metadata"]["name"]
    part = sheet.object("PodDisruptionBudget", "policy/v1", "budget")
    part.put(
        "metadata.name", f"{name}-{sheet.draw.choice(('pdb', 'budget'))}", f"PodDisruptionBudget for the {base.head[1]}"
    )
    part.put("metadata.namespace", base.body["metadata"]["namespace"])
    part.put("spec.maxUnavailable", sheet.draw.number(1, 9), "at most unavailable")
    part.put("spec.selector.matchLabels.app", name)
    part.expect("spec.selector", {"selects": base.alias})


def cron_job(sheet: Sheet) -> Part:
    """Build a CronJob."""
    draw = sheet.draw
    pod = "spec.jobTemplate.spec.template.spec"
    part = sheet.object("CronJob", "batch/v1", "job")
    part.put("metadata.name", draw.name(), "name")
    part.put("metadata.namespace", draw.namespace(), "namespace")
    part.put("spec.schedule", draw.cron(), "schedule")
    part.put(f"{pod}.containers[0].name", draw.choice(words.COMPONENTS), "container name")
    part.put(f"{pod}.containers[0].image", draw.image(), "image")
    part.put(f"{pod}.restartPolicy", draw.choice(("OnFailure", "Never")), "restart policy")
    return part


def job_account(sheet: Sheet, base: Part) -> None:
    """Add a ServiceAccount that a CronJob runs as."""
    part = sheet.object("ServiceAccount", "v1", "account")
    part.put("metadata.name", sheet.draw.name(), "ServiceAccount that the CronJob runs as")
    part.put("metadata.namespace", base.body["metadata"]["namespace"])
    base.refer("spec.jobTemplate.spec.template.spec.serviceAccountName", part)


KUBERNETES_SCENES: Sequence[Scene] = (
    (deployment, deployment_service),
    (stateful_set, disruption_budget),
    (deployment, disruption_budget),
    (cron_job, job_account),
)


def build_given(draw: Draw, scenes: Sequence[Scene], *, both: bool) -> tuple[Sheet, Part]:
    """Draw a scene and build it, its second part too if `both`; it will be given, so nothing is said of it.

    Returns:
        The sheet, and the first part.
    """
    sheet = Sheet(draw)
    base, add = draw.choice(scenes)
    part = base(sheet)
    if both:
        add(sheet, part)
    sheet.facts.clear()
    return sheet, part
