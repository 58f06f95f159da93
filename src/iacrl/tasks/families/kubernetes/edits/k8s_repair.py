"""Repair manifests that the API server refuses, given its message."""

from __future__ import annotations

import re
from collections.abc import Callable

from iacrl.tasks.families.kubernetes.scenes import SCENES
from iacrl.tasks.families.kubernetes.sheet import KubernetesPart, KubernetesSheet
from iacrl.tasks.family import Draw, Item, family
from iacrl.tasks.given import build_given

Fault = Callable[[str, KubernetesPart], tuple[str, str]]


@family("kubernetes", levels={2: "one object", 4: "two objects"})
def k8s_repair(draw: Draw, level: int) -> Item:
    """Draw one scene and break it."""
    sheet = KubernetesSheet(draw)
    part = build_given(sheet, SCENES, both=level >= 4)
    sheet.keep()
    gold = sheet.text()
    kind = part.kind
    faults = (
        [_unknown_field, _text_for_number, _wrong_version] if kind != "CronJob" else [_unknown_field, _wrong_version]
    )
    if kind != "CronJob":
        faults.append(_other_selector)
    broken, message = draw.choice(faults)(gold, part)
    sheet.say("kubectl apply reports", message)
    sheet.say("nothing but the mistake changes")
    return sheet.item("the given manifests", "this Kubernetes configuration", verb="repair", given=broken)


def _unknown_field(gold: str, part: KubernetesPart) -> tuple[str, str]:
    field, wrong = ("schedule", "cron") if part.kind == "CronJob" else ("replicas", "replicaCount")
    broken = re.sub(rf"^  {field}:", f"  {wrong}:", gold, count=1, flags=re.MULTILINE)
    return broken, f'strict decoding error: unknown field "spec.{wrong}"'


def _text_for_number(gold: str, part: KubernetesPart) -> tuple[str, str]:
    broken = re.sub(r"^  replicas: (\d+)", r'  replicas: "\1"', gold, count=1, flags=re.MULTILINE)
    return (
        broken,
        f"{part.kind} cannot be handled: cannot unmarshal string into field spec.replicas of type int32",
    )


def _wrong_version(gold: str, part: KubernetesPart) -> tuple[str, str]:
    version = part.body["apiVersion"]
    wrong = "extensions/v1beta1" if version == "apps/v1" else "batch/v1beta1"
    broken = gold.replace(f"apiVersion: {version}\nkind: {part.kind}", f"apiVersion: {wrong}\nkind: {part.kind}")
    return broken, f'no matches for kind "{part.kind}" in version "{wrong}"'


def _other_selector(gold: str, part: KubernetesPart) -> tuple[str, str]:
    name = part.body["metadata"]["name"]
    broken = gold.replace(f"    matchLabels:\n      app: {name}", f"    matchLabels:\n      app: {name}-old", 1)
    return broken, "spec.template.metadata.labels: Invalid value: `selector` does not match template `labels`"
