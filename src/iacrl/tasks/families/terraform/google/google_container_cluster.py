"""A GKE cluster without its default pool, then a node pool of its own."""

from __future__ import annotations

from iacrl.tasks.families.terraform import regions
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_TYPES = ("e2-medium", "e2-standard-4", "n2-standard-2", "n2-standard-8", "c3-standard-4")


@family("terraform", held_out=True, levels={2: "a cluster", 3: "a release channel", 4: "a node pool", 5: "autoscaling"})
def google_container_cluster(draw: Draw, level: int) -> Item:
    """Draw one cluster."""
    sheet = TerraformSheet(draw)
    cluster = sheet.resource("google_container_cluster", "cluster")
    name = cluster.put("name", draw.name(), "cluster name")
    location = cluster.put("location", draw.choice(regions.GOOGLE), "location")
    cluster.put("initial_node_count", draw.number(1, 5), "initial node count")
    if level >= 4:
        cluster.put("remove_default_node_pool", True, test=True)
        sheet.say("the default node pool is removed")
    if level >= 3:
        cluster.put("release_channel[0].channel", draw.choice(("RAPID", "REGULAR", "STABLE")), "release channel")
    if level >= 4:
        pool = sheet.resource("google_container_node_pool", "pool")
        pool.put("name", f"{name}-pool", "node pool name")
        pool.refer("cluster", cluster, ["name", "id"])
        pool.put("location", location, test=location)
        if level >= 5:
            low = draw.number(1, 4)
            pool.put("autoscaling[0].min_node_count", low, "fewest nodes")
            pool.put("autoscaling[0].max_node_count", low + draw.number(1, 12), "most nodes")
        else:
            pool.put("node_count", draw.number(2, 12), "nodes in the pool")
        pool.put("node_config[0].machine_type", draw.choice(_TYPES), "machine type")
        pool.put("node_config[0].disk_size_gb", draw.number(30, 300), "disk of a node", show="{} GB")
    return sheet.item("a GKE cluster", "a Google Kubernetes Engine cluster")
