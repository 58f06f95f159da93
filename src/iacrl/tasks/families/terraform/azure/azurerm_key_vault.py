"""A key vault: tier and protection, then a secret and an access policy."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform import regions
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={3: "tier and retention", 4: "a generated secret", 5: "an access policy"})
def azurerm_key_vault(draw: Draw, level: int) -> Item:
    """Draw one vault."""
    sheet = TerraformSheet(draw)
    vault = sheet.resource("azurerm_key_vault", "vault")
    name = f"kv-{draw.choice(words.SERVICES)}-{draw.number(10, 9999)}"
    vault.put("name", name, "vault name")
    vault.put("location", draw.choice(regions.AZURE), "location")
    vault.put("resource_group_name", f"rg-{draw.name()}", "resource group")
    tenant = vault.put("tenant_id", "-".join(draw.hex(n) for n in (8, 4, 4, 4, 12)), "tenant ID")
    vault.put("sku_name", draw.choice(("standard", "premium")), "SKU")
    vault.put("soft_delete_retention_days", draw.number(7, 90), "soft-delete retention", show="{} days")
    purge = vault.put("purge_protection_enabled", draw.chance())
    vault.expect("purge_protection_enabled", purge)
    sheet.say(f"purge protection {'on' if purge else 'off'}")
    if level >= 4:
        password = sheet.resource("random_password", "password")
        password.put("length", draw.number(16, 64), "length of the generated password")
        secret = sheet.resource("azurerm_key_vault_secret", "secret")
        secret.put("name", f"{draw.choice(words.SERVICES)}-password", "secret that holds the generated password")
        secret.refer("value", password, "result")
        secret.refer("key_vault_id", vault)
    if level >= 5:
        policy = sheet.resource("azurerm_key_vault_access_policy", "policy")
        policy.refer("key_vault_id", vault)
        policy.put("tenant_id", tenant, test={"equals": tenant})
        policy.put("object_id", "-".join(draw.hex(n) for n in (8, 4, 4, 4, 12)), "object ID of the access policy")
        allowed = draw.sample(("Get", "List", "Set", "Delete"), 2)
        sheet.say("secret permissions of the policy", " and ".join(allowed))
        policy.put("secret_permissions", allowed, test={"items": allowed})
    return sheet.item("an Azure key vault", "a key vault on Azure", "an Azure Key Vault")
