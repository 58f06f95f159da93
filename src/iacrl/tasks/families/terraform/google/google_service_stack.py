"""A server on Google Cloud from nothing: network, then the server and its account, then a bucket it may read."""

from __future__ import annotations

from iacrl.tasks.families.terraform import regions
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_TYPES = ("e2-micro", "e2-small", "e2-medium", "n2-standard-2", "n2-standard-4")
_IMAGES = ("debian-cloud/debian-12", "ubuntu-os-cloud/ubuntu-2204-lts", "rocky-linux-cloud/rocky-linux-9")


@family(
    "terraform", levels={3: "network and firewall", 4: "a server", 5: "an account, a bucket and the right to read it"}
)
def google_service_stack(draw: Draw, level: int) -> Item:
    """Draw one server and what it needs; at level 5 it has eight linked resources."""
    sheet = TerraformSheet(draw)
    name, region = draw.name()[:20], draw.choice(regions.GOOGLE)
    network = sheet.resource("google_compute_network", "network")
    network.put("name", f"{name}-net", "network")
    network.put("auto_create_subnetworks", False, test=False)
    sheet.say("the network creates no subnetworks by itself")
    subnet = sheet.resource("google_compute_subnetwork", "subnet")
    subnet.put("name", f"{name}-sub", "subnetwork")
    subnet.put("region", region, "region")
    subnet.cidr("ip_cidr_range", draw.cidr(24), "range of the subnetwork")
    subnet.refer("network", network, ["id", "self_link", "name"])
    firewall = sheet.resource("google_compute_firewall", "firewall")
    firewall.put("name", f"{name}-fw", "firewall rule")
    firewall.refer("network", network, ["id", "self_link", "name"])
    port, source = str(draw.port()), draw.cidr(20)
    firewall.put("source_ranges", [source], test=[source])
    firewall.each("allow", [{"protocol": "tcp", "ports": [port]}])
    sheet.say(f"the firewall rule allows tcp port {port} from", source)
    if level >= 4:
        address = sheet.resource("google_compute_address", "address")
        address.put("name", f"{name}-ip", "reserved address")
        address.put("region", region, test=region)
        server = sheet.resource("google_compute_instance", "server")
        server.put("name", f"{name}-vm", "instance")
        server.put("machine_type", draw.choice(_TYPES), "machine type")
        zone = server.put("zone", f"{region}-{draw.choice('abc')}", "zone")
        server.expect("zone", zone)
        server.put("boot_disk[0].initialize_params[0].image", draw.choice(_IMAGES), "image")
        server.refer("network_interface[0].subnetwork", subnet, ["id", "self_link", "name"])
        server.refer("network_interface[0].access_config[0].nat_ip", address, "address")
        sheet.say("the instance is in the subnetwork and has the reserved address")
    if level >= 5:
        account = sheet.resource("google_service_account", "account")
        account.put("account_id", f"{name}-sa", "service account that the instance runs as")
        server.refer("service_account[0].email", account, "email")
        server.put("service_account[0].scopes", ["cloud-platform"], test=["cloud-platform"])
        sheet.say("the instance has scope cloud-platform")
        bucket = sheet.resource("google_storage_bucket", "bucket")
        bucket.put("name", draw.bucket_name(), "bucket")
        bucket.put("location", draw.choice(("EU", "US", "ASIA")), "location of the bucket")
        member = sheet.resource("google_storage_bucket_iam_member", "reader")
        member.refer("bucket", bucket, ["name", "id"])
        member.put("role", "roles/storage.objectViewer", "role of the account on the bucket")
        member.refer("member", account, "member", said="the bucket names the account by its attribute member")
    return sheet.item("a server on Google Cloud and its network", "a Compute Engine server with its own network")
