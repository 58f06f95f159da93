"""A virtual network, then subnets and a peering-ready DNS setting."""

from __future__ import annotations

from iacrl.tasks.families.terraform import regions
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={2: "a network", 3: "a subnet", 4: "two subnets", 5: "a public address and DNS servers"})
def azurerm_virtual_network(draw: Draw, level: int) -> Item:
    """Draw one network in a given group."""
    sheet = TerraformSheet(draw)
    network = sheet.resource("azurerm_virtual_network", "network")
    name = network.put("name", f"vnet-{draw.name()}", "network name")
    location = network.put("location", draw.choice(regions.AZURE), "location")
    group = network.put("resource_group_name", f"rg-{draw.name()}", "resource group")
    second = draw.number(0, 255)
    sheet.say("address space", f"10.{second}.0.0/16")
    network.put("address_space", [f"10.{second}.0.0/16"], test=[f"10.{second}.0.0/16"])
    if level >= 5:
        servers = [f"10.{second}.0.{draw.number(4, 99)}", f"10.{second}.0.{draw.number(100, 250)}"]
        sheet.say("DNS servers", " and ".join(servers))
        network.put("dns_servers", servers, test=servers)
    third = draw.number(1, 200)
    for number in range(max(0, min(level - 2, 2))):
        subnet = sheet.resource("azurerm_subnet", ("first", "second")[number])
        part = ("apps", "data", "web", "jobs")[draw.number(0, 1) + 2 * number]
        subnet.put("name", f"snet-{part}", f"name of the {subnet.alias} subnet")
        subnet.put("resource_group_name", group, test=group)
        subnet.refer("virtual_network_name", network, "name")
        prefix = f"10.{second}.{third + number}.0/24"
        sheet.say(f"prefix of the {subnet.alias} subnet", prefix)
        subnet.put("address_prefixes", [prefix], test=[prefix])
    if level >= 5:
        address = sheet.resource("azurerm_public_ip", "address")
        address.put("name", f"{name}-ip", "public IP address")
        address.put("location", location, test=location)
        address.put("resource_group_name", group, test=group)
        address.put("allocation_method", "Static", "allocation of the address")
    return sheet.item("an Azure virtual network", "a virtual network on Azure", "an Azure VNet")
