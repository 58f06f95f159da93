"""A Namespace with labels, then annotations."""

from __future__ import annotations

from iacrl.tasks.family import Item, family
from iacrl.tasks.intent import exists, wants
from iacrl.tasks.manifests import manifest
from iacrl.tasks.pools import Draw
from iacrl.tasks.wording import ask


@family("kubernetes", levels={1: "one label", 2: "two labels", 3: "an annotation too"})
def k8s_namespace(draw: Draw, level: int) -> Item:
    """Draw one Namespace."""
    name, labels = draw.name(), draw.labels(min(level, 2))
    metadata: dict[str, object] = {"name": name, "labels": labels}
    tests: dict[str, object] = {"metadata.name": name}
    tests |= {f"metadata.labels.{key}": value for key, value in labels.items()}
    facts: list[tuple[str, object] | str] = [
        ("name", name),
        *((f"label {key}", value) for key, value in labels.items()),
    ]
    if level >= 3:
        contact = f"{draw.team()}-{draw.number(1, 20)}@example.com"
        metadata["annotations"] = {"contact": contact}
        tests["metadata.annotations.contact"] = contact
        facts.append(("annotation contact", contact))
    return Item(
        ask(draw.choice(("a namespace", "a Namespace", "a Kubernetes namespace")), *facts),
        manifest({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}),
        wants(exists("namespace", "object Namespace", tests)),
    )
