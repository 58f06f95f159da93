"""Environment variables of containers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.grammar import Check
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import Step, Volumes, entries, placed
from iacrl.domains.kubernetes.rules.rule_sources import core, page
from iacrl.domains.paths import path_text
from iacrl.domains.quantities import parse_quantity
from iacrl.domains.rules import coded_rule

ENV_NAME = coded_rule(
    "KB419",
    "Malformed variable name",
    "An environment variable's name holds printable ASCII characters but '='; before Kubernetes 1.32 only "
    "letters, digits, '-', '_' and '.', not starting with a digit.",
    core("ValidateEnv"),
)
ENV_VALUE = coded_rule(
    "KB420",
    "Value and valueFrom",
    "A variable has a value, or takes it from somewhere else, not both.",
    core("validateEnvVarValueFrom"),
)
ENV_SOURCE = coded_rule(
    "KB421",
    "Not one source",
    "valueFrom names exactly one of fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef and fileKeyRef, "
    "and each entry of envFrom exactly one of configMapRef and secretRef.",
    core("validateEnvVarValueFrom, ValidateEnvFrom"),
)
FIELD_PATH = coded_rule(
    "KB422",
    "Unknown field of the pod",
    "fieldRef reaches metadata.name, namespace, uid, labels['key'] and annotations['key'], spec.nodeName and "
    "serviceAccountName, status.hostIP, hostIPs, podIP and podIPs; resourceFieldRef reaches limits and requests of "
    "cpu (by the divisor 1 or 1m), memory, ephemeral-storage and hugepages (1, or one of a unit such as 1Mi).",
    page("concepts/workloads/pods/downward-api"),
)

_SOURCES: Final = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_FILES_SINCE: Final = 35  # the feature gate EnvFiles
_ENV_FIELDS: Final = frozenset(
    {
        "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
        "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
    }
)  # fmt: skip
_VOLUME_FIELDS: Final = frozenset(
    {"metadata.name", "metadata.namespace", "metadata.uid", "metadata.labels", "metadata.annotations"}
)
_DECIMAL: Final = frozenset({0, *(1000**power for power in range(7))})
_BINARY: Final = frozenset({0, 1, *(1024**power for power in range(1, 7))})
_RESOURCES: Final = frozenset({"cpu", "memory", "ephemeral-storage"})


def check_environment(manifest: Manifest, container: dict[str, Any], at: tuple[Step, ...], volumes: Volumes) -> None:
    """Check `env` and `envFrom` of one container, in a pod with these volumes."""
    relaxed = manifest.minor >= 32
    for index, variable in entries(container.get("env")):
        name = variable.get("name")
        if not name:
            manifest.report(ENV_NAME, "The variable has no name.", *at, "env", index)
        elif why := grammar.env_name(name, relaxed):
            manifest.report(ENV_NAME, f"The variable {name!r}: {why}.", *at, "env", index, "name")
        if variable.get("valueFrom") is not None:
            _check_source(manifest, variable, (*at, "env", index), volumes)
    for here, source in placed(container.get("envFrom"), *at, "envFrom"):
        given = [field for field in ("configMapRef", "secretRef") if source.get(field) is not None]
        if len(given) != 1:
            manifest.report(ENV_SOURCE, f"{path_text(here)} needs exactly one of configMapRef and secretRef.", *here)
        for field in given:
            _check_reference(manifest, source[field], grammar.subdomain_prefix, *here, field)
        prefix = source.get("prefix")
        if prefix and (why := grammar.env_name(prefix, relaxed)):
            manifest.report(ENV_NAME, f"The prefix {prefix!r}: {why}.", *here, "prefix")


def _check_source(manifest: Manifest, variable: dict[str, Any], here: tuple[Step, ...], volumes: Volumes) -> None:
    if variable.get("value"):
        message = f"The variable {variable.get('name')!r} has both value and valueFrom."
        manifest.report(ENV_VALUE, message, *here, "valueFrom")
    origin = variable["valueFrom"]
    given = [field for field in _SOURCES if origin.get(field) is not None]
    if manifest.minor < _FILES_SINCE and "fileKeyRef" in given:
        given.remove("fileKeyRef")  # the server drops it
    if len(given) != 1:
        manifest.report(ENV_SOURCE, f"valueFrom needs exactly one of {', '.join(_SOURCES)}.", *here, "valueFrom")
    for field in given:
        at = (*here, "valueFrom", field)
        if field == "fieldRef":
            check_field_path(manifest, origin[field], at, in_volume=False)
        elif field == "resourceFieldRef":
            check_resource_field(manifest, origin[field], at, in_volume=False)
        elif field == "fileKeyRef":
            _check_file(manifest, origin[field], volumes, at)
        else:
            _check_reference(manifest, origin[field], grammar.dns_subdomain, *at)
            manifest.must_follow(origin[field], "key", grammar.data_key, *at)


def _check_file(manifest: Manifest, reference: dict[str, Any], volumes: Volumes, at: tuple[Step, ...]) -> None:
    for field in ("path", "key"):
        manifest.needs(reference, field, *at)
    if reference.get("key"):
        manifest.follows(reference["key"], lambda text: grammar.env_name(text, True), *at, "key")
    manifest.follows(reference.get("path") or None, grammar.relative_path, *at, "path")
    if manifest.needs(reference, "volumeName", *at) and volumes.get(reference["volumeName"]) != "emptyDir":
        message = f"No emptyDir volume is named {reference['volumeName']!r}."
        manifest.report(ENV_SOURCE, message, *at, "volumeName")


def _check_reference(manifest: Manifest, reference: dict[str, Any], grammar_of: Check, *steps: Step) -> None:
    manifest.must_follow(reference, "name", grammar_of, *steps)


def check_field_path(manifest: Manifest, selector: dict[str, Any], at: tuple[Step, ...], *, in_volume: bool) -> None:
    """Check a fieldRef of a variable or of a downward API volume."""
    if (selector.get("apiVersion") or "v1") != "v1":
        message = f"There is no version {selector['apiVersion']!r} of a pod; it is v1."
        manifest.report(FIELD_PATH, message, *at, "apiVersion")
    path = selector.get("fieldPath")
    if not path:
        manifest.report(FIELD_PATH, "fieldRef needs a fieldPath.", *at)
        return
    root, bracket, key = path.partition("[")
    if bracket and root in {"metadata.labels", "metadata.annotations"}:
        quoted = key.startswith("'") and key.endswith("']") and len(key) > 2
        if (
            quoted
            and grammar.qualified_name(key[1:-2].lower() if root == "metadata.annotations" else key[1:-2]) is None
        ):
            return
    elif path in (_VOLUME_FIELDS if in_volume else _ENV_FIELDS):
        return
    manifest.report(FIELD_PATH, f"No field {path!r} can be taken from the pod here.", *at, "fieldPath")


def check_resource_field(
    manifest: Manifest, selector: dict[str, Any], at: tuple[Step, ...], *, in_volume: bool
) -> None:
    """Check a resourceFieldRef of a variable or of a downward API volume."""
    resource = selector.get("resource") or ""
    kind, _, name = resource.partition(".")
    if kind not in {"limits", "requests"} or (name not in _RESOURCES and not name.startswith("hugepages-")):
        manifest.report(FIELD_PATH, f"No resource {resource!r}: write limits.cpu or requests.memory.", *at, "resource")
    divisor = selector.get("divisor")
    if divisor is not None:
        amount = parse_quantity(divisor)
        if name == "cpu":
            known = amount in {0, 1, Fraction(1, 1000)}
        else:
            known = amount in (_BINARY if str(divisor).strip().endswith("i") else _DECIMAL)
        if not known:
            manifest.report(FIELD_PATH, f"The divisor of {resource} cannot be {divisor!r}.", *at, "divisor")
    if in_volume and not selector.get("containerName"):
        manifest.report(FIELD_PATH, "resourceFieldRef in a volume needs containerName.", *at)
