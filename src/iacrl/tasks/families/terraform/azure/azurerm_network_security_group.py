"""A network security group and its rules."""

from __future__ import annotations

from iacrl.tasks.families.terraform import regions
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_NAMES = {22: "ssh", 80: "http", 443: "https", 3389: "rdp", 5432: "postgres", 8080: "app", 1433: "mssql"}


@family("terraform", levels={2: "no rule", 3: "one rule", 4: "two rules", 5: "three rules and a tag"})
def azurerm_network_security_group(draw: Draw, level: int) -> Item:
    """Draw one group."""
    sheet = TerraformSheet(draw)
    group = sheet.resource("azurerm_network_security_group", "group")
    group.put("name", f"nsg-{draw.name()}", "name")
    group.put("location", draw.choice(regions.AZURE), "location")
    group.put("resource_group_name", f"rg-{draw.name()}", "resource group")
    rules, tests = [], []
    priorities = draw.sample(range(100, 4000, 10), 3)
    for port, priority in zip(draw.sample(list(_NAMES), level - 2), priorities, strict=False):
        access, direction = draw.choice(("Allow", "Allow", "Deny")), draw.choice(("Inbound", "Outbound"))
        source = draw.cidr(24)
        name = f"{_NAMES[port]}-{access.lower()}"
        said = f"{access} {direction} tcp port {port} from {source} with priority {priority}"
        sheet.say(f"rule {name}", said)
        rule = {"name": name, "priority": priority, "direction": direction, "access": access, "protocol": "Tcp"}
        given = {"destination_port_range": str(port), "source_address_prefix": source}
        rules.append(rule | {"source_port_range": "*"} | given | {"destination_address_prefix": "*"})
        tests.append(rule | given)
    if rules:
        group.each("security_rule", rules)
        group.expect("security_rule", {"some": tests, "length": len(tests)})
        group.imply("security_rule", {"some": rules, "length": len(rules)})
    if level in (2, 5):
        group.put_all("tags", draw.tags(1), "tag")
    return sheet.item("an Azure network security group", "a network security group on Azure", "an NSG on Azure")
