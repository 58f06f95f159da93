"""A security group with inline rules."""

from __future__ import annotations

from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_PORTS = (22, 80, 443, 3306, 5432, 6379, 8080, 8443, 9090, 9200, 27017)


@family(
    "terraform",
    levels={2: "one way in", 3: "two ways in", 4: "a way out and tags", 5: "three ways in, in one VPC"},
)
def aws_security_group(draw: Draw, level: int) -> Item:
    """Draw one security group."""
    sheet = TerraformSheet(draw)
    group = sheet.resource("aws_security_group", "group", draw.choice(("main", "this", "group")))
    name = group.put("name", draw.name(), "group name")
    opening = draw.choice(("Access to", "Traffic for", "Rules of", "Firewall for"))
    group.put("description", f"{opening} {name}", "description")
    if level >= 5:
        group.put("vpc_id", f"vpc-{draw.hex()}", "VPC ID")
    rules = []
    for port in draw.sample((*_PORTS, draw.number(10000, 32767)), {2: 1, 3: 2, 4: 2, 5: 3}[level]):
        protocol, cidr = draw.choice(("tcp", "tcp", "udp")), draw.cidr(draw.choice((16, 24, 28)))
        sheet.say(f"allow incoming {protocol} port {port} from", cidr)
        rules.append({"from_port": port, "to_port": port, "protocol": protocol, "cidr_blocks": [cidr]})
    group.each("ingress", rules)
    if level >= 4:
        sheet.say("all outgoing traffic is allowed")
        group.put("egress[0].from_port", 0)
        group.put("egress[0].to_port", 0)
        group.put("egress[0].protocol", "-1", test={"one_of": ["-1", "all"]})
        group.put("egress[0].cidr_blocks", ["0.0.0.0/0"], test=["0.0.0.0/0"])
        group.put_all("tags", draw.tags(2), "tag")
    return sheet.item("a security group", "an AWS security group", "an EC2 security group")
