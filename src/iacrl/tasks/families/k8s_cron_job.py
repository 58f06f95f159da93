"""A CronJob: schedule and image, then a command, policies and limits."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.family import Item, family
from iacrl.tasks.intent import exists, wants
from iacrl.tasks.manifests import manifest
from iacrl.tasks.pools import Draw
from iacrl.tasks.wording import Facts, ask

_POD = "spec.jobTemplate.spec.template.spec"


@family("kubernetes", levels={2: "schedule and image", 3: "a command", 4: "concurrency and history", 5: "deadlines"})
def k8s_cron_job(draw: Draw, level: int) -> Item:
    """Draw one CronJob."""
    name, image, schedule = draw.name(), draw.image(), draw.cron()
    container: dict[str, object] = {"name": draw.choice(words.COMPONENTS), "image": image}
    restart = draw.choice(("OnFailure", "Never"))
    facts: Facts = [("name", name), ("schedule", schedule), ("image", image)]
    facts += [("container name", container["name"]), ("restart policy", restart)]
    tests: dict[str, object] = {
        "metadata.name": name,
        "spec.schedule": schedule,
        f"{_POD}.containers[0].image": image,
        f"{_POD}.containers[0].name": container["name"],
        f"{_POD}.restartPolicy": restart,
    }
    spec: dict[str, object] = {"schedule": schedule}
    job: dict[str, object] = {}
    if level >= 3:
        command = ["/bin/sh", "-c", f"{draw.choice(('run', 'sync', 'clean', 'export'))}-{draw.choice(words.SERVICES)}"]
        container["command"] = tests[f"{_POD}.containers[0].command"] = command
        facts.append(("command", f"/bin/sh -c {command[2]}"))
    if level >= 4:
        policy, kept = draw.choice(("Forbid", "Replace")), draw.number(1, 9)
        spec |= {"concurrencyPolicy": policy, "successfulJobsHistoryLimit": kept}
        tests |= {"spec.concurrencyPolicy": policy, "spec.successfulJobsHistoryLimit": kept}
        facts += [("concurrency policy", policy), ("successful jobs kept", kept)]
    if level >= 5:
        start, limit = draw.number(30, 900, 10), draw.number(1, 8)
        spec["startingDeadlineSeconds"] = tests["spec.startingDeadlineSeconds"] = start
        job["backoffLimit"] = tests["spec.jobTemplate.spec.backoffLimit"] = limit
        facts += [("starting deadline", f"{start} seconds"), ("backoff limit", limit)]
    pod = {"containers": [container], "restartPolicy": restart}
    spec["jobTemplate"] = {"spec": {**job, "template": {"spec": pod}}}
    return Item(
        ask(draw.choice(("a CronJob", "a Kubernetes CronJob", "a cron job")), *facts),
        manifest({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name}, "spec": spec}),
        wants(exists("job", "object CronJob", tests)),
    )
