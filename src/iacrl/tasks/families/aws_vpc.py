"""A VPC: its network, then DNS settings, then subnets and an internet gateway."""

from __future__ import annotations

from iacrl.tasks.family import Item, family
from iacrl.tasks.hcl import Ref, module, resource
from iacrl.tasks.intent import exists, wants
from iacrl.tasks.pools import Draw
from iacrl.tasks.wording import Facts, ask

_OF_VPC = {"vpc_id": {"refers_to": "vpc", "by": "id"}}


@family(
    "terraform",
    levels={1: "a network and a name", 2: "DNS settings", 3: "a subnet", 4: "two subnets", 5: "an internet gateway"},
)
def aws_vpc(draw: Draw, level: int) -> Item:
    """Draw one VPC with up to two subnets."""
    first, second = draw.number(0, 255), draw.number(0, 255)
    cidr, name = f"10.{first}.0.0/16", draw.name()
    facts: Facts = [("CIDR block", cidr), ("Name tag", name)]
    body: dict[str, object] = {"cidr_block": cidr}
    tests: dict[str, object] = {"cidr_block": {"cidr": cidr}, "tags.Name": name}
    if level >= 2:
        for key, spoken in (("enable_dns_support", "DNS support"), ("enable_dns_hostnames", "DNS hostnames")):
            body[key] = tests[key] = enabled = draw.chance(0.7)
            facts.append(f"{spoken} {'enabled' if enabled else 'disabled'}")
    blocks = [resource("aws_vpc", "main", body | {"tags": {"Name": name}})]
    entries = [exists("vpc", "resource aws_vpc", tests)]
    region = draw.aws_region()
    for number, zone in enumerate("ab"[: max(0, min(level - 2, 2))]):
        block = f"10.{first}.{(second + 16 * number) % 256}.0/24"
        letter = f"subnet_{zone}"
        facts.append((f"subnet in {region}{zone}", block))
        subnet = {"vpc_id": Ref("aws_vpc.main.id"), "cidr_block": block, "availability_zone": f"{region}{zone}"}
        blocks.append(resource("aws_subnet", zone, subnet))
        subnet_tests = _OF_VPC | {"cidr_block": {"cidr": block}, "availability_zone": f"{region}{zone}"}
        entries.append(exists(letter, "resource aws_subnet", subnet_tests))
    if level >= 5:
        gateway = f"{name}-igw"
        facts.append(("internet gateway with Name tag", gateway))
        blocks.append(
            resource("aws_internet_gateway", "main", {"vpc_id": Ref("aws_vpc.main.id"), "tags": {"Name": gateway}})
        )
        entries.append(exists("gateway", "resource aws_internet_gateway", _OF_VPC | {"tags.Name": gateway}))
    return Item(ask(draw.choice(("a VPC", "an AWS VPC")), *facts), module(*blocks), wants(*entries))
