"""A Kubernetes Deployment made by Terraform, then a Service for it."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.kubernetes.pools import container_resources
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_BOX = "spec[0].template[0].spec[0].container[0]"


@family("terraform", levels={3: "image and replicas", 4: "a port and resources", 5: "a service"})
def kubernetes_deployment(draw: Draw, level: int) -> Item:
    """Draw one deployment."""
    sheet = TerraformSheet(draw)
    web = sheet.resource("kubernetes_deployment_v1", "web")
    name = web.put("metadata[0].name", draw.name(), "name")
    space = web.put("metadata[0].namespace", draw.namespace(), "namespace")
    web.put("spec[0].replicas", draw.number(1, 12), "replicas")
    web.put("spec[0].selector[0].match_labels.app", name, test=name)
    web.put("spec[0].template[0].metadata[0].labels.app", name, test=name)
    sheet.say("pods carry the label app with that name")
    web.put(f"{_BOX}.name", draw.choice(words.COMPONENTS), "container name")
    web.put(f"{_BOX}.image", draw.image(), "image")
    if level >= 4:
        port = web.put(f"{_BOX}.port[0].container_port", draw.number(3000, 9999), "container port")
        for kind, amounts in container_resources(draw).items():
            for what, amount in amounts.items():
                said = f"{what} {kind[:-1]}"
                web.put(f"{_BOX}.resources[0].{kind}.{what}", amount, said, test={"quantity": amount})
    if level >= 5:
        service = sheet.resource("kubernetes_service_v1", "service")
        service.put("metadata[0].name", f"{name}-svc", "service name")
        service.put("metadata[0].namespace", space, test=space)
        service.put("spec[0].selector.app", name, test=name)
        service.put("spec[0].port[0].port", draw.choice((80, 8080, 443)), "service port")
        service.put("spec[0].port[0].target_port", port, test=port)
        service.put("spec[0].type", draw.choice(("ClusterIP", "NodePort", "LoadBalancer")), "service type")
    return sheet.item(
        "a kubernetes_deployment_v1 resource", "a Kubernetes deployment in Terraform (kubernetes_deployment_v1)"
    )
