"""A VPC network on Google Cloud, then a subnetwork, a secondary range, a router and NAT."""

from __future__ import annotations

from iacrl.tasks.families.terraform import regions
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={1: "a network", 2: "a subnetwork", 3: "private access", 4: "a pod range", 5: "a NAT"})
def google_compute_network(draw: Draw, level: int) -> Item:
    """Draw one network."""
    sheet = TerraformSheet(draw)
    network = sheet.resource("google_compute_network", "network")
    name = network.put("name", draw.name(), "network name")
    network.put("auto_create_subnetworks", False, test=False)
    sheet.say("no subnetworks are created automatically")
    network.put("routing_mode", draw.choice(("REGIONAL", "GLOBAL")), "routing mode")
    region = draw.choice(regions.GOOGLE)
    if level >= 2:
        subnet = sheet.resource("google_compute_subnetwork", "subnet")
        subnet.put("name", f"{name}-subnet", "subnetwork name")
        subnet.put("region", region, "region")
        subnet.refer("network", network, ["id", "self_link", "name"])
        subnet.cidr("ip_cidr_range", draw.cidr(20), "range of the subnetwork")
    if level >= 3:
        private = subnet.put("private_ip_google_access", draw.chance(0.7))
        subnet.expect("private_ip_google_access", private)
        sheet.say(f"private Google access {'on' if private else 'off'}")
    if level >= 4:
        subnet.put("secondary_ip_range[0].range_name", f"{draw.choice(('pods', 'gke', 'services'))}", "secondary range")
        subnet.cidr("secondary_ip_range[0].ip_cidr_range", draw.cidr(18), "CIDR of the secondary range")
    if level >= 5:
        router = sheet.resource("google_compute_router", "router")
        router.put("name", f"{name}-router", "router name")
        router.put("region", region, test=region)
        router.refer("network", network, ["id", "self_link", "name"])
        nat = sheet.resource("google_compute_router_nat", "nat")
        nat.put("name", f"{name}-nat", "NAT name")
        nat.refer("router", router, "name")
        nat.put("region", region, test=region)
        nat.put("nat_ip_allocate_option", "AUTO_ONLY", test="AUTO_ONLY")
        ranges = "ALL_SUBNETWORKS_ALL_IP_RANGES"
        nat.put("source_subnetwork_ip_ranges_to_nat", ranges, test=ranges)
        sheet.say("NAT for all ranges of all subnetworks, addresses allocated automatically")
    return sheet.item("a VPC network on Google Cloud", "a Google Cloud VPC network", "a GCP network")
