"""A Helm release: chart and version, then a namespace, values and waiting."""

from __future__ import annotations

from iacrl.tasks.families.terraform.hcl import Call
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_CHARTS = (
    ("ingress-nginx", "https://kubernetes.github.io/ingress-nginx"),
    ("cert-manager", "https://charts.jetstack.io"),
    ("prometheus", "https://prometheus-community.github.io/helm-charts"),
    ("grafana", "https://grafana.github.io/helm-charts"),
    ("redis", "https://charts.bitnami.com/bitnami"),
    ("postgresql", "https://charts.bitnami.com/bitnami"),
    ("argo-cd", "https://argoproj.github.io/argo-helm"),
    ("external-dns", "https://kubernetes-sigs.github.io/external-dns"),
)


@family("terraform", levels={2: "chart and version", 3: "a namespace", 4: "values", 5: "in a new namespace"})
def helm_release(draw: Draw, level: int) -> Item:
    """Draw one release."""
    sheet = TerraformSheet(draw)
    release = sheet.resource("helm_release", "release")
    chart, repository = draw.choice(_CHARTS)
    release.put("name", f"{chart}-{draw.stage()}", "release name")
    release.put("repository", repository, "repository")
    release.put("chart", chart, "chart")
    release.put("version", f"{draw.number(1, 60)}.{draw.number(0, 20)}.{draw.number(0, 9)}", "version")
    if level in (3, 4):
        release.put("namespace", draw.namespace(), "namespace")
        release.put("create_namespace", True, test=True)
        sheet.say("the namespace is created with it")
    if level >= 5:
        namespace = sheet.resource("kubernetes_namespace_v1", "namespace")
        namespace.put("metadata[0].name", draw.namespace(), "namespace, a resource of its own")
        release.put("namespace", namespace.ref("metadata[0].name"))
        release.expect("namespace", {"refers_to": "namespace", "by": ["id", "metadata.name", "metadata.0.name"]})
    if level >= 3:
        release.put("timeout", draw.number(120, 1800, 30), "timeout", show="{} seconds")
    if level >= 4:
        replicas = draw.number(2, 9)
        sheet.say("value replicaCount", replicas)
        release.put("values", [Call("yamlencode", {"replicaCount": replicas})])
        release.expect("values[*].replicaCount", replicas)
    return sheet.item("a Helm release", "a helm_release resource", "a Helm chart release in Terraform")
