"""A storage account in a new resource group: replication, then TLS, a container and a share."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform import regions
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family(
    "terraform", levels={2: "tier and replication", 3: "the group too", 4: "a container", 5: "a share and retention"}
)
def azurerm_storage_account(draw: Draw, level: int) -> Item:
    """Draw one account; at level 2 its group is given by name."""
    sheet = TerraformSheet(draw)
    location = draw.choice(regions.AZURE)
    group_name = f"rg-{draw.name()}"
    sheet.say("resource group", group_name)
    if level >= 3:
        group = sheet.resource("azurerm_resource_group", "group")
        group.put("name", group_name, test=group_name)
        group.put("location", location, test=location)
        sheet.say("the resource group is new")
    account = sheet.resource("azurerm_storage_account", "account")
    name = f"{draw.choice(words.COMPANIES)}{draw.choice(words.SERVICES)}"[:18] + str(draw.number(10, 9999))
    account.put("name", name, "account name")
    if level >= 3:
        account.refer("resource_group_name", group, "name")
    else:
        account.put("resource_group_name", group_name, test=group_name)
    account.put("location", location, "location")
    account.put("account_tier", draw.choice(("Standard", "Premium")), "tier")
    account.put("account_replication_type", draw.choice(("LRS", "GRS", "ZRS", "RAGRS")), "replication")
    if level >= 4:
        account.put("min_tls_version", "TLS1_2", "minimum TLS version")
        container = sheet.resource("azurerm_storage_container", "container")
        container.put("name", draw.choice(words.STORES), "container")
        container.refer("storage_account_id", account)
        container.put("container_access_type", draw.choice(("private", "blob", "container")), "access to the container")
    if level >= 5:
        days = draw.number(1, 365)
        sheet.say("deleted blobs are kept", f"{days} days")
        account.put("blob_properties[0].delete_retention_policy[0].days", days, test=days)
        share = sheet.resource("azurerm_storage_share", "share")
        share.put("name", draw.identifier().replace("_", "-"), "file share")
        share.refer("storage_account_id", account)
        share.put("quota", draw.number(1, 500), "quota of the share", show="{} GB")
    return sheet.item("an Azure storage account", "a storage account on Azure")
