"""An ElastiCache cluster: engine and nodes, then a subnet group and maintenance."""

from __future__ import annotations

from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_NODES = ("cache.t3.micro", "cache.t3.small", "cache.t4g.medium", "cache.m5.large", "cache.r6g.large")


@family("terraform", levels={2: "engine and nodes", 3: "a port and a window", 4: "a subnet group and tags"})
def aws_elasticache_cluster(draw: Draw, level: int) -> Item:
    """Draw one cluster."""
    sheet = TerraformSheet(draw)
    cluster = sheet.resource("aws_elasticache_cluster", "cache")
    name = cluster.put("cluster_id", draw.name(), "cluster ID")
    engine = cluster.put("engine", draw.choice(("redis", "memcached")), "engine")
    cluster.put("node_type", draw.choice(_NODES), "node type")
    cluster.put("num_cache_nodes", 1 if engine == "redis" else draw.number(2, 9), "number of nodes")
    if level >= 3:
        cluster.put("port", draw.number(6380, 12000), "port")
        hour = draw.number(0, 20)
        window = f"{draw.choice(('sun', 'mon', 'wed', 'sat'))}:{hour:02}:00-"
        window += f"{window[:3]}:{hour + 1:02}:00"
        cluster.put("maintenance_window", window, "maintenance window")
    if level >= 4:
        group = sheet.resource("aws_elasticache_subnet_group", "subnets")
        group.put("name", f"{name}-subnets", "subnet group name")
        subnets = [f"subnet-{draw.hex(8)}" for _ in range(2)]
        sheet.say("subnets of the group", " and ".join(subnets))
        group.put("subnet_ids", subnets, test={"items": subnets})
        cluster.refer("subnet_group_name", group, ["name", "id"])
        cluster.put_all("tags", draw.tags(2), "tag")
    return sheet.item("an ElastiCache cluster", "an AWS ElastiCache cluster", "a cache cluster (ElastiCache)")
