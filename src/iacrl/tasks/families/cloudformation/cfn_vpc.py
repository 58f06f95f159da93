"""A VPC with subnets, then an internet gateway and a route to it."""

from __future__ import annotations

from iacrl.tasks.draw import Draw
from iacrl.tasks.families.cloudformation.sheet import CloudFormationSheet
from iacrl.tasks.family import Item, family


@family(
    "cloudformation",
    levels={1: "a network", 2: "one subnet", 3: "two subnets", 4: "an internet gateway", 5: "a route table"},
    held_out=True,
)
def cfn_vpc(draw: Draw, level: int) -> Item:
    """Draw one VPC."""
    sheet = CloudFormationSheet(draw)
    vpc = sheet.resource("AWS::EC2::VPC", "vpc", draw.choice(("Vpc", "Network")))
    second = draw.number(0, 255)
    vpc.cidr("Properties.CidrBlock", f"10.{second}.0.0/16", "CIDR block of the VPC")
    vpc.put("Properties.EnableDnsHostnames", True, "DNS host names")
    if level >= 2:
        vpc.tags({"Name": draw.name()})
    for number, third in enumerate(draw.sample(range(256), {1: 0, 2: 1}.get(level, 2)), 1):
        subnet = sheet.resource("AWS::EC2::Subnet", f"subnet_{number}", f"Subnet{number}")
        subnet.refer("Properties.VpcId", vpc, ("Ref", "VpcId"))
        subnet.cidr("Properties.CidrBlock", f"10.{second}.{third}.0/24", f"CIDR block of subnet {number}")
    if level >= 4:
        gateway = sheet.resource("AWS::EC2::InternetGateway", "gateway", "Gateway")
        gateway.tags({"Team": draw.team()})
        link = sheet.resource("AWS::EC2::VPCGatewayAttachment", "attachment", "Attachment")
        link.refer("Properties.VpcId", vpc, ("Ref", "VpcId"))
        link.refer("Properties.InternetGatewayId", gateway, ("Ref", "InternetGatewayId"))
        sheet.say("an internet gateway with the tag Team is attached to the VPC")
    if level >= 5:
        table = sheet.resource("AWS::EC2::RouteTable", "table", "Routes")
        table.refer("Properties.VpcId", vpc, ("Ref", "VpcId"))
        route = sheet.resource("AWS::EC2::Route", "route", "DefaultRoute")
        route.put("DependsOn", "Attachment")
        route.imply("DependsOn", {"refers_to": "attachment"})
        route.refer("Properties.RouteTableId", table, ("Ref", "RouteTableId"))
        route.cidr("Properties.DestinationCidrBlock", "0.0.0.0/0", "destination of the route")
        route.refer("Properties.GatewayId", gateway, ("Ref", "InternetGatewayId"))
        sheet.say("a route table of the VPC sends that traffic to the internet gateway")
    return sheet.item("a VPC", "an AWS VPC", "an Amazon VPC")
