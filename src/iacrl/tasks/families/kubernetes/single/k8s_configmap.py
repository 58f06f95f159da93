"""A ConfigMap: plain settings, then a namespace and labels, then a file, then immutability."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family


@family(
    "kubernetes",
    levels={1: "one or two keys", 2: "a namespace", 3: "labels and more keys", 4: "a file", 5: "immutable"},
)
def k8s_configmap(draw: Draw, level: int) -> Item:
    """Draw one ConfigMap."""
    sheet = KubernetesSheet(draw)
    config = sheet.object("ConfigMap", "v1", "config")
    config.put("metadata.name", draw.name(), "name")
    if level >= 2:
        config.put("metadata.namespace", draw.namespace(), "namespace")
    if level >= 3:
        config.put_all("metadata.labels", draw.labels(2), "label")
    config.put_all("data", draw.settings(draw.number(1, 2) if level < 3 else 3), "key")
    if level >= 4:
        file = f"{draw.choice(words.SERVICES)}.properties"
        lines = [f"{draw.choice(words.SERVICES)}.{draw.choice(words.COMPONENTS)}={draw.number(1, 999)}" for _ in "12"]
        sheet.say(f"file {file} with the lines", " and ".join(lines))
        path = f'data["{file}"]'

        def separated(by: str) -> dict[str, str]:
            return {"matches": "^" + by.join(line.replace(".", r"\.") for line in lines) + r"\s*$"}

        # The first test only names the items: for it, the lines could be one.
        config.put(path, "".join(f"{line}\n" for line in lines), test=separated(r"\s+"))
        config.imply(path, separated(r"[ \t\r]*\n\s*"))
    if level >= 5:
        config.put("immutable", True, test=True)
        sheet.say("it cannot be changed once created (immutable)")
    return sheet.item("a ConfigMap", "a Kubernetes ConfigMap")
