"""A network from nothing: VPC and subnet, then its way out, then a private half behind a NAT gateway."""

from __future__ import annotations

from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={3: "a public subnet", 4: "routing to the internet", 5: "a private subnet behind NAT"})
def aws_network_stack(draw: Draw, level: int) -> Item:
    """Draw one network; at level 5 it has eight linked resources."""
    sheet = TerraformSheet(draw)
    second, zone = draw.number(0, 255), f"{draw.region()}{draw.choice('abc')}"
    vpc = sheet.resource("aws_vpc", "vpc")
    vpc.cidr("cidr_block", f"10.{second}.0.0/16", "CIDR block of the VPC")
    name = vpc.put("tags.Name", draw.name(), "Name tag of the VPC")
    public = sheet.resource("aws_subnet", "public")
    public.refer("vpc_id", vpc)
    public.cidr("cidr_block", f"10.{second}.{draw.number(0, 99)}.0/24", "CIDR block of the public subnet")
    public.put("availability_zone", zone, "availability zone of every subnet")
    gateway = sheet.resource("aws_internet_gateway", "gateway")
    gateway.refer("vpc_id", vpc)
    gateway.put("tags.Name", f"{name}-igw", "Name tag of the internet gateway")
    if level >= 4:
        table = sheet.resource("aws_route_table", "public_routes")
        table.refer("vpc_id", vpc)
        table.put("route[0].cidr_block", "0.0.0.0/0", test={"cidr": "0.0.0.0/0"})
        table.refer("route[0].gateway_id", gateway, said="a route table sends everything to the internet gateway")
        association = sheet.resource("aws_route_table_association", "public_association")
        association.refer("subnet_id", public, said="the public subnet uses that route table")
        association.refer("route_table_id", table)
    if level >= 5:
        private = sheet.resource("aws_subnet", "private")
        private.refer("vpc_id", vpc)
        private.cidr("cidr_block", f"10.{second}.{draw.number(100, 250)}.0/24", "CIDR block of the private subnet")
        private.put("availability_zone", zone, test=zone)
        address = sheet.resource("aws_eip", "address")
        address.put("domain", "vpc", test="vpc")
        nat = sheet.resource("aws_nat_gateway", "nat")
        nat.refer("allocation_id", address, ["id", "allocation_id"], said="a NAT gateway has a new elastic IP address")
        nat.refer("subnet_id", public, said="the NAT gateway stands in the public subnet")
        nat.put("tags.Name", f"{name}-nat", "Name tag of the NAT gateway")
    return sheet.item("a VPC and what it needs", "an AWS network", "a VPC with its subnets and gateways")
