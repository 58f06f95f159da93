"""A Job: image and command, then parallelism, deadlines and environment."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family

_BOX = "spec.template.spec.containers[0]"


@family("kubernetes", levels={1: "an image", 2: "a command", 3: "parallelism", 4: "deadlines", 5: "environment"})
def k8s_job(draw: Draw, level: int) -> Item:
    """Draw one Job."""
    sheet = KubernetesSheet(draw)
    job = sheet.object("Job", "batch/v1", "job")
    job.put("metadata.name", draw.name(), "name")
    if level >= 3:
        job.put("spec.completions", draw.number(2, 50), "completions")
        job.put("spec.parallelism", draw.number(2, 12), "parallelism")
    if level >= 4:
        job.put("spec.activeDeadlineSeconds", draw.number(60, 7200, 30), "deadline", show="{} seconds")
        job.put("spec.ttlSecondsAfterFinished", draw.number(60, 9000, 60), "removed after", show="{} seconds")
    if level >= 2:
        job.put("spec.backoffLimit", draw.number(0, 9), "backoff limit")
    job.put(f"{_BOX}.name", draw.choice(words.COMPONENTS), "container name")
    job.put(f"{_BOX}.image", draw.image(), "image")
    if level >= 2:
        command = [draw.choice(("run", "migrate", "import", "seed", "check")), draw.choice(words.SERVICES)]
        sheet.say("command", " ".join(command))
        job.put(f"{_BOX}.command", command, test=command)
    if level >= 5:
        values = draw.settings(2)
        job.put(f"{_BOX}.env", [{"name": key, "value": value} for key, value in values.items()])
        job.expect(f"{_BOX}.env", {"some": [{"name": key, "value": value} for key, value in values.items()]})
        for key, value in values.items():
            sheet.say(f"environment variable {key}", value)
    job.put("spec.template.spec.restartPolicy", draw.choice(("Never", "OnFailure")), "restart policy")
    return sheet.item("a Job", "a Kubernetes Job", "a one-off Job")
