"""A resource group: location and tags, then a lock and a budget-like second group."""

from __future__ import annotations

from iacrl.tasks.families.terraform import regions
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={1: "a location", 2: "tags", 3: "a lock", 4: "a role assignment"})
def azurerm_resource_group(draw: Draw, level: int) -> Item:
    """Draw one group."""
    sheet = TerraformSheet(draw)
    group = sheet.resource("azurerm_resource_group", "group")
    name = group.put("name", f"rg-{draw.name()}", "name")
    group.put("location", draw.choice(regions.AZURE), "location")
    if level >= 2:
        group.put_all("tags", draw.tags(2), "tag")
    if level >= 3:
        lock = sheet.resource("azurerm_management_lock", "lock")
        lock.put("name", f"{name}-lock", "lock name")
        lock.refer("scope", group)
        lock.put("lock_level", draw.choice(("CanNotDelete", "ReadOnly")), "lock level")
    if level >= 4:
        role = sheet.resource("azurerm_role_assignment", "role")
        role.refer("scope", group)
        role.put("role_definition_name", draw.choice(("Reader", "Contributor", "Owner")), "role on the group")
        principal = "-".join(draw.hex(n) for n in (8, 4, 4, 4, 12))
        role.put("principal_id", principal, "principal with that role")
    return sheet.item("an Azure resource group", "a resource group on Azure")
