"""An app service plan and a Linux web app on it."""

from __future__ import annotations

from iacrl.tasks.families.terraform import regions
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_STACKS = (
    ("python_version", ("3.10", "3.11", "3.12")),
    ("node_version", ("18-lts", "20-lts")),
    ("php_version", ("8.2", "8.3")),
)


@family("terraform", levels={2: "the plan", 3: "an app", 4: "its stack", 5: "settings and HTTPS"})
def azurerm_linux_web_app(draw: Draw, level: int) -> Item:
    """Draw one plan, and from level 3 an app."""
    sheet = TerraformSheet(draw)
    plan = sheet.resource("azurerm_service_plan", "plan")
    name = plan.put("name", f"plan-{draw.name()}", "plan name")
    group = plan.put("resource_group_name", f"rg-{draw.name()}", "resource group")
    location = plan.put("location", draw.choice(regions.AZURE), "location")
    plan.put("os_type", "Linux", "operating system")
    plan.put("sku_name", draw.choice(("B1", "B2", "S1", "P1v2", "P1v3", "P2v3")), "SKU")
    if level >= 3:
        app = sheet.resource("azurerm_linux_web_app", "app")
        app.put("name", f"app-{name[5:]}", "web app name")
        app.put("resource_group_name", group, test=group)
        app.put("location", location, test=location)
        app.refer("service_plan_id", plan)
        if level >= 5:
            app.put("https_only", True, test=True)
            sheet.say("HTTPS only")
            app.put_all("app_settings", draw.settings(2), "app setting")
        always = app.put("site_config[0].always_on", draw.chance(0.7))
        app.expect("site_config[0].always_on", always)
        sheet.say(f"always on: {'yes' if always else 'no'}")
    if level >= 4:
        stack, versions = draw.choice(_STACKS)
        path = f"site_config[0].application_stack[0].{stack}"
        app.put(path, draw.choice(versions), stack.replace("_", " "))
    if level == 2:
        return sheet.item("an Azure service plan", "an App Service plan on Azure")
    return sheet.item("a Linux web app on Azure", "an Azure Linux web app with its service plan")
