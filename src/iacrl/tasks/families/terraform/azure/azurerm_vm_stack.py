"""A Linux server on Azure from nothing: group and network, then addresses and rules, then the server."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform import regions
from iacrl.tasks.families.terraform.sheet import TerraformPart, TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_SIZES = ("Standard_B1s", "Standard_B2s", "Standard_D2s_v5", "Standard_D4s_v5", "Standard_F2s_v2")


@family("terraform", levels={3: "group, network and subnet", 4: "address, interface and rules", 5: "the server"})
def azurerm_vm_stack(draw: Draw, level: int) -> Item:
    """Draw one server; at level 5 it has eight linked resources."""
    sheet = TerraformSheet(draw)
    name, second = draw.name(), draw.number(0, 255)
    group = sheet.resource("azurerm_resource_group", "group")
    group.put("name", f"rg-{name}", "resource group of everything")
    group.put("location", draw.choice(regions.AZURE), "location")

    def placed(kind: str, alias: str, path: str, value: str, said: str) -> TerraformPart:
        part = sheet.resource(kind, alias)
        part.put(path, value, said)
        part.refer("resource_group_name", group, "name")
        if kind != "azurerm_subnet":
            part.refer(
                "location",
                group,
                "location",
                said="all take the location of the group" if alias == "network" else None,
            )
        return part

    network = placed("azurerm_virtual_network", "network", "name", f"vnet-{name}", "virtual network")
    network.put("address_space", [f"10.{second}.0.0/16"], test=[f"10.{second}.0.0/16"])
    sheet.say("address space", f"10.{second}.0.0/16")
    subnet = placed("azurerm_subnet", "subnet", "name", f"snet-{draw.choice(words.SERVICES)}", "subnet")
    subnet.refer("virtual_network_name", network, "name")
    prefix = f"10.{second}.{draw.number(0, 255)}.0/24"
    subnet.put("address_prefixes", [prefix], test=[prefix])
    sheet.say("prefix of the subnet", prefix)
    if level >= 4:
        address = placed("azurerm_public_ip", "address", "name", f"pip-{name}", "public IP address")
        address.put("allocation_method", "Static", "allocation of the address")
        interface = placed("azurerm_network_interface", "interface", "name", f"nic-{name}", "network interface")
        here = "ip_configuration[0]"
        interface.put(f"{here}.name", "primary", "IP configuration of the interface")
        interface.refer(f"{here}.subnet_id", subnet)
        interface.put(f"{here}.private_ip_address_allocation", "Dynamic", "private allocation")
        interface.refer(f"{here}.public_ip_address_id", address, said="the interface has the subnet and the address")
        rules = placed("azurerm_network_security_group", "rules", "name", f"nsg-{name}", "network security group")
        port, source, priority = draw.choice((22, 80, 443, 8080)), draw.cidr(24), draw.number(100, 4000, 10)
        sheet.say(f"the rule allow-in of the group lets in tcp port {port} with priority {priority} from", source)
        given = {"direction": "Inbound", "access": "Allow", "protocol": "Tcp"}
        rule = {"name": "allow-in", "priority": priority, **given, "destination_port_range": str(port)}
        rule["source_address_prefix"] = source
        whole = rule | {"source_port_range": "*", "destination_address_prefix": "*"}
        rules.each("security_rule", [whole])
        rules.expect("security_rule", {"some": [rule], "length": 1})
        rules.imply("security_rule", {"some": [whole], "length": 1})
    if level >= 5:
        link = sheet.resource("azurerm_subnet_network_security_group_association", "link")
        link.refer("subnet_id", subnet, said="the subnet is guarded by the security group")
        link.refer("network_security_group_id", rules)
        server = placed("azurerm_linux_virtual_machine", "server", "name", f"vm-{name}", "Linux virtual machine")
        server.put("size", draw.choice(_SIZES), "size")
        server.put("admin_username", draw.choice(words.PEOPLE), "admin user")
        server.put("network_interface_ids", [interface.ref("id")])
        server.expect("network_interface_ids[*]", {"refers_to": "interface", "by": ["id"]})
        sheet.say("the machine uses the network interface")
        key = "admin_ssh_key[0]"
        server.put(f"{key}.username", server.body["admin_username"])
        server.put(
            f"{key}.public_key", f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA{draw.hex(12)}", "public key of that user"
        )
        server.put("os_disk[0].caching", "ReadWrite", "caching of the OS disk")
        server.put("os_disk[0].storage_account_type", "Premium_LRS", "storage account type of the OS disk")
        image = {"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"}
        for field, value in image.items():
            server.put(f"source_image_reference[0].{field}", value, test=value)
        sheet.say("image", ":".join(image.values()))
    return sheet.item("an Azure network and what is in it", "a resource group with a network on Azure")
