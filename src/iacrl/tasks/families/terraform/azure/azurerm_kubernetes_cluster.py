"""An AKS cluster: node pool and identity, then networking and a second pool."""

from __future__ import annotations

from iacrl.tasks.families.terraform import regions
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_SIZES = ("Standard_B2s", "Standard_D2_v2", "Standard_D4s_v3", "Standard_DS2_v2", "Standard_E4s_v5")


@family("terraform", held_out=True, levels={3: "a node pool", 4: "a network profile", 5: "a second node pool"})
def azurerm_kubernetes_cluster(draw: Draw, level: int) -> Item:
    """Draw one cluster."""
    sheet = TerraformSheet(draw)
    cluster = sheet.resource("azurerm_kubernetes_cluster", "cluster")
    name = cluster.put("name", f"aks-{draw.name()}", "cluster name")
    cluster.put("location", draw.choice(regions.AZURE), "location")
    cluster.put("resource_group_name", f"rg-{draw.name()}", "resource group")
    cluster.put("dns_prefix", name[4:], "DNS prefix")
    cluster.put("default_node_pool[0].name", "default", test="default")
    sheet.say("default node pool called default")
    cluster.put("default_node_pool[0].node_count", draw.number(1, 9), "nodes")
    cluster.put("default_node_pool[0].vm_size", draw.choice(_SIZES), "VM size")
    cluster.put("identity[0].type", "SystemAssigned", "identity")
    if level >= 4:
        cluster.put("network_profile[0].network_plugin", draw.choice(("azure", "kubenet")), "network plugin")
        cluster.put("network_profile[0].load_balancer_sku", "standard", "load balancer SKU")
    if level >= 5:
        pool = sheet.resource("azurerm_kubernetes_cluster_node_pool", "pool")
        pool.put("name", draw.choice(("batch", "gpu", "spot", "jobs", "web")), "second node pool")
        pool.refer("kubernetes_cluster_id", cluster)
        pool.put("vm_size", draw.choice(_SIZES), "VM size of the second pool")
        pool.put("node_count", draw.number(10, 30), "nodes in the second pool")
    return sheet.item("an AKS cluster", "an Azure Kubernetes cluster (AKS)")
