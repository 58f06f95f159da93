"""A VPC: its network, then DNS settings, then subnets and an internet gateway."""

from __future__ import annotations

from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family(
    "terraform",
    levels={1: "a network and a name", 2: "DNS settings", 3: "a subnet", 4: "two subnets", 5: "an internet gateway"},
)
def aws_vpc(draw: Draw, level: int) -> Item:
    """Draw one VPC with up to two subnets."""
    sheet = TerraformSheet(draw)
    vpc = sheet.resource("aws_vpc", "vpc", draw.choice(("main", "this", "vpc")))
    first, second = draw.number(0, 255), draw.number(0, 239)
    vpc.cidr("cidr_block", f"10.{first}.0.0/16", "CIDR block")
    if level >= 2:
        for key, said in (("enable_dns_support", "DNS support"), ("enable_dns_hostnames", "DNS hostnames")):
            enabled = draw.chance(0.7)
            vpc.put(key, enabled, test=enabled)
            sheet.say(f"{said} {'enabled' if enabled else 'disabled'}")
    name = vpc.put("tags.Name", draw.name(), "Name tag")
    region = draw.region()
    for number, zone in enumerate("ab"[: max(0, min(level - 2, 2))]):
        subnet = sheet.resource("aws_subnet", f"subnet_{zone}")
        subnet.refer("vpc_id", vpc)
        subnet.cidr("cidr_block", f"10.{first}.{second + 16 * number}.0/24", f"subnet in {region}{zone}")
        subnet.put("availability_zone", f"{region}{zone}", test=f"{region}{zone}")
    if level >= 5:
        gateway = sheet.resource("aws_internet_gateway", "gateway")
        gateway.refer("vpc_id", vpc)
        gateway.put("tags.Name", f"{name}-igw", "internet gateway with Name tag")
    return sheet.item("a VPC", "an AWS VPC")
