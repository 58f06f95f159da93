"""Routing in a given VPC: a gateway and a table, then associations and a NAT gateway."""

from __future__ import annotations

from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={2: "a peering route", 3: "an internet gateway", 4: "an association", 5: "a NAT gateway"})
def aws_route_table(draw: Draw, level: int) -> Item:
    """Draw one route table and what its routes lead to."""
    sheet = TerraformSheet(draw)
    table = sheet.resource("aws_route_table", "table")
    vpc = table.put("vpc_id", f"vpc-{draw.hex()}", "VPC")
    route = "route[0]"
    if level == 2:
        table.cidr(f"{route}.cidr_block", draw.cidr(16), "destination")
        table.put(f"{route}.vpc_peering_connection_id", f"pcx-{draw.hex()}", "VPC peering connection")
    elif level < 5:
        gateway = sheet.resource("aws_internet_gateway", "gateway")
        gateway.put("vpc_id", vpc, test=vpc)
        gateway.put("tags.Name", draw.name(), "Name tag of the internet gateway")
        table.put(f"{route}.cidr_block", "0.0.0.0/0", test={"cidr": "0.0.0.0/0"})
        table.refer(f"{route}.gateway_id", gateway, said="the default route leads to the internet gateway")
    else:
        address = sheet.resource("aws_eip", "address")
        address.put("domain", "vpc", test="vpc")
        nat = sheet.resource("aws_nat_gateway", "nat")
        nat.refer(
            "allocation_id", address, ["id", "allocation_id"], said="the NAT gateway has a new elastic IP address"
        )
        nat.put("subnet_id", f"subnet-{draw.hex()}", "subnet of the NAT gateway")
        table.put(f"{route}.cidr_block", "0.0.0.0/0", test={"cidr": "0.0.0.0/0"})
        table.refer(f"{route}.nat_gateway_id", nat, said="the default route leads to the NAT gateway")
    table.put("tags.Name", draw.name(), "Name tag of the table")
    if level >= 4:
        association = sheet.resource("aws_route_table_association", "association")
        association.put("subnet_id", f"subnet-{draw.hex()}", "subnet that uses the table")
        association.refer("route_table_id", table)
    return sheet.item("a route table", "an AWS route table", "a VPC route table")
