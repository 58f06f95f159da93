"""A Kubernetes namespace made by Terraform, then a quota and a secret in it."""

from __future__ import annotations

from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={1: "a label", 2: "an annotation", 3: "a config map in it", 4: "a quota"})
def kubernetes_namespace(draw: Draw, level: int) -> Item:
    """Draw one namespace."""
    sheet = TerraformSheet(draw)
    namespace = sheet.resource("kubernetes_namespace_v1", "namespace")
    namespace.put("metadata[0].name", draw.namespace(), "name")
    namespace.put_all("metadata[0].labels", draw.labels(1), "label")
    if level >= 2:
        namespace.put("metadata[0].annotations.contact", draw.email(), "annotation contact")
    within = ("id", "metadata.name", "metadata.0.name")
    if level >= 3:
        config = sheet.resource("kubernetes_config_map_v1", "config")
        config.put("metadata[0].name", draw.name(), "config map in the namespace")
        config.put("metadata[0].namespace", namespace.ref("metadata[0].name"))
        config.expect("metadata[0].namespace", {"refers_to": "namespace", "by": list(within)})
        config.put_all("data", draw.settings(2), "key")
    if level >= 4:
        quota = sheet.resource("kubernetes_resource_quota_v1", "quota")
        quota.put("metadata[0].name", draw.name(), "resource quota in the namespace")
        quota.put("metadata[0].namespace", namespace.ref("metadata[0].name"))
        quota.expect("metadata[0].namespace", {"refers_to": "namespace", "by": list(within)})
        quota.put("spec[0].hard.pods", str(draw.number(5, 500)), "most pods")
    subject = "a kubernetes_namespace_v1 resource"
    return sheet.item(subject, "a Kubernetes namespace in Terraform (kubernetes_namespace_v1)")
