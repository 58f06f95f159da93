"""A Log Analytics workspace, then Application Insights and diagnostics on it."""

from __future__ import annotations

from iacrl.tasks.families.terraform import regions
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={1: "retention", 2: "a SKU and a quota", 3: "Application Insights", 4: "an action group"})
def azurerm_log_analytics_workspace(draw: Draw, level: int) -> Item:
    """Draw one workspace."""
    sheet = TerraformSheet(draw)
    workspace = sheet.resource("azurerm_log_analytics_workspace", "workspace")
    name = workspace.put("name", f"log-{draw.name()}", "workspace name")
    location = workspace.put("location", draw.choice(regions.AZURE), "location")
    group = workspace.put("resource_group_name", f"rg-{draw.name()}", "resource group")
    if level >= 2:
        workspace.put("sku", "PerGB2018", "SKU")
        workspace.put("daily_quota_gb", draw.number(1, 100), "daily quota", show="{} GB")
    workspace.put("retention_in_days", draw.number(30, 730), "retention", show="{} days")
    if level >= 3:
        insights = sheet.resource("azurerm_application_insights", "insights")
        insights.put("name", f"appi-{name[4:]}", "Application Insights name")
        insights.put("location", location, test=location)
        insights.put("resource_group_name", group, test=group)
        insights.refer("workspace_id", workspace)
        insights.put("application_type", draw.choice(("web", "other", "java", "Node.JS")), "application type")
    if level >= 4:
        actions = sheet.resource("azurerm_monitor_action_group", "actions")
        actions.put("name", f"ag-{name[4:]}", "action group name")
        actions.put("resource_group_name", group, test=group)
        actions.put("short_name", draw.choice(("oncall", "ops", "sre", "alerts", "night")), "short name of the group")
        actions.put("email_receiver[0].name", "primary", test={"present": True})
        actions.put("email_receiver[0].email_address", draw.email(), "mail receiver of the group")
    return sheet.item("a Log Analytics workspace", "an Azure Log Analytics workspace")
