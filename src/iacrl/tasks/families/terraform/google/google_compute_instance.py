"""A Compute Engine instance: type and image, then a network, labels and an account."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform import regions
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_TYPES = ("e2-micro", "e2-small", "e2-medium", "n2-standard-2", "n2-standard-4", "c3-standard-4", "n1-standard-1")
_IMAGES = (
    "debian-cloud/debian-12",
    "ubuntu-os-cloud/ubuntu-2204-lts",
    "rocky-linux-cloud/rocky-linux-9",
    "cos-cloud/cos-stable",
)


@family("terraform", levels={2: "type and image", 3: "tags and labels", 4: "a disk size", 5: "a service account"})
def google_compute_instance(draw: Draw, level: int) -> Item:
    """Draw one instance."""
    sheet = TerraformSheet(draw)
    server = sheet.resource("google_compute_instance", "server")
    name = server.put("name", draw.name(), "instance name")
    server.put("machine_type", draw.choice(_TYPES), "machine type")
    server.put("zone", f"{draw.choice(regions.GOOGLE)}-{draw.choice('abc')}", "zone")
    if level >= 3:
        tags = draw.sample(words.COMPONENTS, 2)
        sheet.say("network tags", " and ".join(tags))
        server.put("tags", tags, test={"items": tags})
        server.put_all("labels", draw.labels(1), "label")
    server.put("boot_disk[0].initialize_params[0].image", draw.choice(_IMAGES), "image")
    if level >= 4:
        server.put("boot_disk[0].initialize_params[0].size", draw.number(20, 500), "boot disk", show="{} GB")
    server.put(
        "network_interface[0].network", draw.choice(("default", f"{draw.choice(words.SERVICES)}-vpc")), "network"
    )
    if level >= 5:
        account = sheet.resource("google_service_account", "account")
        account.put("account_id", name[:24], "ID of its new service account")
        account.put("display_name", draw.name(" ").title(), "display name of the account")
        server.refer("service_account[0].email", account, "email")
        server.put("service_account[0].scopes", ["cloud-platform"], test=["cloud-platform"])
        sheet.say("it runs as that account with scope cloud-platform")
    return sheet.item("a Compute Engine instance", "a Google Compute Engine VM", "a GCP virtual machine")
