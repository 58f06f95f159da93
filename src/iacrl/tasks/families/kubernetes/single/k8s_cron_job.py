"""A CronJob: schedule and image, then a command, policies and limits."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family

_POD = "spec.jobTemplate.spec.template.spec"


@family("kubernetes", levels={2: "schedule and image", 3: "a command", 4: "concurrency and history", 5: "deadlines"})
def k8s_cron_job(draw: Draw, level: int) -> Item:
    """Draw one CronJob."""
    sheet = KubernetesSheet(draw)
    job = sheet.object("CronJob", "batch/v1", "job")
    job.put("metadata.name", draw.name(), "name")
    job.put("spec.schedule", draw.cron(), "schedule")
    if level >= 4:
        job.put("spec.concurrencyPolicy", draw.choice(("Forbid", "Replace")), "concurrency policy")
        job.put("spec.successfulJobsHistoryLimit", draw.number(1, 9), "successful jobs kept")
    if level >= 5:
        job.put("spec.startingDeadlineSeconds", draw.number(30, 900, 10), "starting deadline", show="{} seconds")
        job.put("spec.jobTemplate.spec.backoffLimit", draw.number(1, 8), "backoff limit")
    job.put(f"{_POD}.containers[0].name", draw.choice(words.COMPONENTS), "container name")
    job.put(f"{_POD}.containers[0].image", draw.image(), "image")
    if level >= 3:
        script = f"{draw.choice(('run', 'sync', 'clean', 'export'))}-{draw.choice(words.SERVICES)}"
        command = ["/bin/sh", "-c", script]
        sheet.say("command", " ".join(command))
        job.put(f"{_POD}.containers[0].command", command, test=command)
    job.put(f"{_POD}.restartPolicy", draw.choice(("OnFailure", "Never")), "restart policy")
    return sheet.item("a CronJob", "a Kubernetes CronJob", "a cron job")
