"""An EKS cluster: version and network, then logging, then a node group."""

from __future__ import annotations

from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_TYPES = ("t3.medium", "t3.large", "m5.large", "m6i.xlarge", "c5.2xlarge", "r5.large")
_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")


@family(
    "terraform",
    held_out=True,
    levels={3: "version and network", 4: "logging and a private endpoint", 5: "a node group"},
)
def aws_eks_cluster(draw: Draw, level: int) -> Item:
    """Draw one cluster; its roles and subnets are given."""
    sheet = TerraformSheet(draw)
    cluster = sheet.resource("aws_eks_cluster", "cluster")
    account = draw.account()
    name = cluster.put("name", draw.name(), "cluster name")
    cluster.put("role_arn", f"arn:aws:iam::{account}:role/{draw.name()}", "cluster role")
    cluster.put("version", f"1.{draw.number(28, 33)}", "Kubernetes version")
    if level >= 4:
        logs = draw.sample(_LOGS, 2)
        sheet.say("control plane logs", " and ".join(logs))
        cluster.put("enabled_cluster_log_types", logs, test={"items": logs})
    subnets = [f"subnet-{draw.hex()}" for _ in range(2)]
    sheet.say("subnets", " and ".join(subnets))
    cluster.put("vpc_config[0].subnet_ids", subnets, test={"items": subnets})
    if level >= 4:
        cluster.put("vpc_config[0].endpoint_private_access", True, test=True)
        cluster.put("vpc_config[0].endpoint_public_access", False, test=False)
        sheet.say("the endpoint is private only")
    if level >= 5:
        nodes = sheet.resource("aws_eks_node_group", "nodes")
        nodes.refer("cluster_name", cluster, ["name", "id"])
        nodes.put("node_group_name", f"{name}-nodes", "node group name")
        nodes.put("node_role_arn", f"arn:aws:iam::{account}:role/{draw.name()}", "node role")
        nodes.put("subnet_ids", subnets, test={"items": subnets})
        kind = draw.choice(_TYPES)
        sheet.say("instance type of the nodes", kind)
        nodes.put("instance_types", [kind], test=[kind])
        low = draw.number(1, 4)
        nodes.put("scaling_config[0].min_size", low, "fewest nodes")
        nodes.put("scaling_config[0].max_size", low + draw.number(4, 12), "most nodes")
        nodes.put("scaling_config[0].desired_size", low + draw.number(1, 3), "desired nodes")
    return sheet.item("an EKS cluster", "an AWS EKS cluster", "a Kubernetes cluster on EKS")
