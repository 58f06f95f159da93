"""A security group with rules, in a VPC that a parameter names."""

from __future__ import annotations

from iacrl.tasks.draw import Draw
from iacrl.tasks.families.cloudformation.sheet import CloudFormationSheet
from iacrl.tasks.family import Item, family

_PORTS = (22, 80, 443, 3306, 5432, 6379, 8080, 8443, 9090, 9200, 27017)


@family(
    "cloudformation",
    levels={2: "one way in", 3: "two ways in", 4: "a VPC from a parameter", 5: "three ways in and an output"},
)
def cfn_security_group(draw: Draw, level: int) -> Item:
    """Draw one security group."""
    sheet = CloudFormationSheet(draw)
    group = sheet.resource("AWS::EC2::SecurityGroup", "group", draw.choice(("SecurityGroup", "Firewall")))
    name = group.put("Properties.GroupName", draw.name(), "group name")
    opening = draw.choice(("Access to", "Traffic for", "Rules of", "Firewall for"))
    group.put("Properties.GroupDescription", f"{opening} {name}", "description")
    if level >= 4:
        vpc = sheet.entry("parameter", draw.choice(("VpcId", "Network", "Vpc")))
        vpc.put("Type", "AWS::EC2::VPC::Id", test="AWS::EC2::VPC::Id")
        sheet.say("the VPC is given by the parameter", vpc.label)
        group.refer("Properties.VpcId", vpc)
    else:
        group.put("Properties.VpcId", f"vpc-{draw.hex()}", "VPC ID")
    rules = []
    for port in draw.sample((*_PORTS, draw.number(10000, 32767)), {2: 1, 3: 2, 4: 2, 5: 3}[level]):
        protocol, cidr = draw.choice(("tcp", "tcp", "udp")), draw.cidr(draw.choice((16, 24, 28)))
        sheet.say(f"allow incoming {protocol} port {port} from", cidr)
        rules.append({"IpProtocol": protocol, "FromPort": port, "ToPort": port, "CidrIp": cidr})
    group.each("Properties.SecurityGroupIngress", rules)
    if level >= 5:
        output = sheet.entry("output", draw.choice(("GroupId", "SecurityGroupId")))
        sheet.say("its ID is the output", output.label)
        output.refer("Value", group, ("GroupId", "Ref"))
    return sheet.item("a security group", "an EC2 security group")
