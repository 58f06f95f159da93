"""A Cloud Run service: image and region, then scaling, variables and public access."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform import regions
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_BOX = "template[0].containers[0]"


@family("terraform", levels={2: "image and region", 3: "scaling", 4: "variables and limits", 5: "public access"})
def google_cloud_run(draw: Draw, level: int) -> Item:
    """Draw one service."""
    sheet = TerraformSheet(draw)
    service = sheet.resource("google_cloud_run_v2_service", "service")
    service.put("name", draw.name(), "service name")
    location = service.put("location", draw.choice(regions.GOOGLE), "region")
    if level >= 3:
        low = draw.number(0, 3)
        service.put("template[0].scaling[0].min_instance_count", low, "fewest instances")
        service.put("template[0].scaling[0].max_instance_count", low + draw.number(4, 40), "most instances")
    service.put(
        f"{_BOX}.image",
        f"{location}-docker.pkg.dev/{draw.name()}/{draw.choice(words.SERVICES)}:v{draw.number(1, 60)}",
        "image",
    )
    if level >= 4:
        service.put(f"{_BOX}.resources[0].limits.cpu", str(draw.number(1, 4)), "CPU limit")
        service.put(f"{_BOX}.resources[0].limits.memory", f"{draw.number(1, 8) * 512}Mi", "memory limit")
        for key, value in draw.settings(1).items():
            service.put(f"{_BOX}.env[0].name", key, test=key)
            service.put(f"{_BOX}.env[0].value", value, f"environment variable {key}")
    if level >= 5:
        member = sheet.resource("google_cloud_run_v2_service_iam_member", "public")
        member.refer("name", service, ["name", "id"])
        member.put("location", location, test=location)
        member.put("role", "roles/run.invoker", "role on the service")
        member.put("member", draw.choice(("allUsers", f"group:{draw.email()}")), "member with that role")
    return sheet.item("a Cloud Run service", "a Google Cloud Run service")
