"""Valid names by kind: the grammar of `metadata.name` and of `metadata.generateName`."""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.rule_sources import page
from iacrl.domains.kubernetes.value_words import describe
from iacrl.domains.rules import coded_rule

_NAMES = page("concepts/overview/working-with-objects/names")

MISSING_NAME = coded_rule(
    "KB210",
    "Missing name",
    "Every object needs metadata.name, or metadata.generateName where the API server is to choose the rest.",
    _NAMES,
)
NAME = coded_rule(
    "KB211",
    "Malformed name",
    "The name, and generateName too, does not follow the grammar of its kind: an RFC 1123 subdomain for most kinds "
    "(lower-case letters, digits, '-' and '.'), a label without dots for namespaces, services and StatefulSets (before "
    "Kubernetes 1.36 a service's begins with a letter), a path segment for RBAC, events and disruption budgets; a "
    "CronJob's has at most 52 characters, for a suffix is added.",
    _NAMES + "#names",
)

#: Kinds whose names are not RFC 1123 subdomains: the name functions in `pkg/apis/*/validation`. Names without such a
#: function must still be a path segment (`BeforeCreate` in `staging/src/k8s.io/apiserver/pkg/registry/rest/create.go`).
_GRAMMARS: Final[dict[str, grammar.Check]] = {
    "Binding": grammar.path_segment,
    "CertificateSigningRequest": grammar.path_segment,
    "ClusterRole": grammar.path_segment,
    "ClusterRoleBinding": grammar.path_segment,
    "ClusterTrustBundle": grammar.path_segment,
    "Event": grammar.path_segment,
    "IPAddress": grammar.path_segment,
    "LeaseCandidate": grammar.data_key,
    "Namespace": grammar.dns_label,
    "PodDisruptionBudget": grammar.path_segment,
    "Role": grammar.path_segment,
    "RoleBinding": grammar.path_segment,
    "Service": grammar.dns_1035_label,
    "StatefulSet": grammar.dns_label,
}
_LONGEST: Final[dict[str, int]] = {"CronJob": 52, "Job": 63}
#: kind -> the first minor version in which the server checks only the name, and not generateName too.
_PREFIX_UNCHECKED: Final[dict[str, int]] = {"DeviceClass": 36, "ReplicationController": 36}
#: The API server uses this many characters of generateName, and adds five.
_KEPT: Final = 58
_SUFFIX: Final = "x" * 5
#: Kinds that the API server names itself if the text does not.
_NAMED_BY_SERVER: Final = frozenset({"LimitRange"})


def check_name(manifest: Manifest, metadata: dict[str, Any], *, builtin: bool, named: bool) -> None:
    """Check metadata.name and metadata.generateName."""
    name, prefix = metadata.get("name"), metadata.get("generateName")
    if isinstance(prefix, str) and prefix:
        _check_grammar(manifest, prefix, "generateName", builtin)
    if name is None or name == "":
        if not prefix and named and manifest.kind not in _NAMED_BY_SERVER:
            steps = ("metadata", "name") if "name" in metadata else ("metadata",)
            at = steps if "metadata" in manifest.values else ()
            manifest.report(MISSING_NAME, f"{manifest.kind} has no metadata.name.", *at)
        elif isinstance(prefix, str) and prefix and builtin:
            made = prefix[:_KEPT] + _SUFFIX
            _check_grammar(manifest, made, "name", builtin)
            _check_length(manifest, made, "generateName")
    elif not isinstance(name, str):
        manifest.report(NAME, f"metadata.name must be a string, not {describe(name)}.", "metadata", "name")
    else:
        _check_grammar(manifest, name, "name", builtin)
        if builtin:
            _check_length(manifest, name, "name")


def _check_grammar(manifest: Manifest, name: str, field: str, builtin: bool) -> None:
    check = _GRAMMARS.get(manifest.kind, grammar.dns_subdomain) if builtin else grammar.dns_subdomain
    if check is grammar.dns_1035_label:
        check = service_name_of(manifest)
    if field == "generateName":
        if builtin and manifest.kind in _COMPOSED:
            check = _equal_to(_COMPOSED[manifest.kind], manifest.values.get("spec") or {})
        if check is grammar.path_segment or manifest.minor >= _PREFIX_UNCHECKED.get(manifest.kind, 999):
            check = grammar.path_prefix
        else:
            name = grammar.without_trailing_dash(name)
    if (why := check(name)) is not None:
        manifest.report(NAME, f"metadata.{field} {name[:80]!r}: {why}.", "metadata", field)


def _check_length(manifest: Manifest, name: str, field: str) -> None:
    longest = _LONGEST.get(manifest.kind)
    if longest is not None and len(name) > longest:
        message = f"metadata.{field} {name[:80]!r}: a {manifest.kind}'s name may have at most {longest} characters."
        manifest.report(NAME, message, "metadata", field)


def service_name_of(manifest: Manifest) -> grammar.Check:
    """Return the grammar of service names: since Kubernetes 1.36 they may begin with a digit.

    Source: https://github.com/kubernetes/enhancements/issues/5311
    """
    return grammar.dns_label if manifest.minor >= 36 else grammar.dns_1035_label


#: Kinds whose name consists of two fields of the spec; generateName must equal it too.
_COMPOSED: Final = {"APIService": ("version", "group"), "CustomResourceDefinition": ("names", "group")}


def _equal_to(fields: tuple[str, str], spec: dict[str, Any]) -> grammar.Check:
    first = spec.get(fields[0])
    if isinstance(first, dict):
        first = first.get("plural")
    wanted = f"{first or ''}.{spec.get(fields[1]) or ''}"
    return lambda text: None if text == wanted else f"it must be {wanted!r}"
