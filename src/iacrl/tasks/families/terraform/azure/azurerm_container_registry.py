"""A container registry: its tier, then admin access, replication and a pull role."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform import regions
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={2: "its tier", 3: "admin access and a tag", 4: "a replication", 5: "a role to pull"})
def azurerm_container_registry(draw: Draw, level: int) -> Item:
    """Draw one registry."""
    sheet = TerraformSheet(draw)
    registry = sheet.resource("azurerm_container_registry", "registry")
    name = f"{draw.choice(words.COMPANIES)}{draw.choice(words.SERVICES)}{draw.number(10, 999)}"
    registry.put("name", name, "registry name")
    registry.put("resource_group_name", f"rg-{draw.name()}", "resource group")
    home, other = draw.sample(regions.AZURE, 2)
    registry.put("location", home, "location")
    registry.put("sku", "Premium" if level >= 4 else draw.choice(("Basic", "Standard", "Premium")), "SKU")
    if level >= 3:
        admin = registry.put("admin_enabled", draw.chance())
        registry.expect("admin_enabled", admin)
        sheet.say(f"admin user {'on' if admin else 'off'}")
    if level >= 4:
        registry.put("georeplications[0].location", other, "replicated to")
    if level >= 3:
        registry.put_all("tags", draw.tags(1), "tag")
    if level >= 5:
        role = sheet.resource("azurerm_role_assignment", "pull")
        role.refer("scope", registry)
        role.put("role_definition_name", draw.choice(("AcrPull", "AcrPush")), "role on the registry")
        role.put("principal_id", "-".join(draw.hex(n) for n in (8, 4, 4, 4, 12)), "principal with that role")
    return sheet.item("an Azure container registry", "a container registry on Azure", "an Azure ACR")
