"""Annotations of pods that mean something to the API server.

Source: `ValidatePodSpecificAnnotations` in `pkg/apis/core/validation/validation.go`.
"""

from __future__ import annotations

from typing import Any, Final

from iacrl import nested_json
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import MALFORMED, Step, entries

_APPARMOR: Final = "container.apparmor.security.beta.kubernetes.io/"
_SECCOMP: Final = ("seccomp.security.alpha.kubernetes.io/pod", "container.seccomp.security.alpha.kubernetes.io/")
_COST: Final = "controller.kubernetes.io/pod-deletion-cost"
_MIRROR: Final = "kubernetes.io/config.mirror"
_TOLERATIONS: Final = "scheduler.alpha.kubernetes.io/tolerations"
_SECCOMP_PROFILES: Final = frozenset({"runtime/default", "docker/default", "unconfined"})
_APPARMOR_PROFILES: Final = frozenset({"", "runtime/default", "unconfined"})


def check_pod_annotations(manifest: Manifest, annotations: dict[str, str], spec: dict[str, Any], *at: Step) -> None:
    """Check the annotations of a pod with this spec."""
    for key, value in annotations.items():
        why = ""
        if key.startswith(_APPARMOR):
            why = _apparmor_problem(key.removeprefix(_APPARMOR), value, spec)
        elif key == _SECCOMP[0] or key.startswith(_SECCOMP[1]):
            known = value in _SECCOMP_PROFILES or value.startswith("localhost/")
            why = "" if known else "it is not a seccomp profile: runtime/default, unconfined or localhost/PATH"
        elif key == _COST:
            why = _cost_problem(value)
        elif key == _MIRROR and not spec.get("nodeName"):
            why = "a mirror pod names its node"
        elif key == _TOLERATIONS and value:
            why = _list_problem(value)
        if why:
            manifest.report(MALFORMED, f"The annotation {key!r} is {value[:80]!r}: {why}.", *at, key)


def _apparmor_problem(name: str, profile: str, spec: dict[str, Any]) -> str:
    containers = [each for field in ("initContainers", "containers") for _, each in entries(spec.get(field))]
    if name not in [each.get("name") for each in containers]:
        return f"there is no container {name!r}"
    if profile not in _APPARMOR_PROFILES and not profile.startswith("localhost/"):
        return "it is not an AppArmor profile: runtime/default, unconfined or localhost/NAME"
    return ""


def _cost_problem(value: str) -> str:
    digits = value.removeprefix("-")
    plain = (
        len(digits) <= 10
        and digits.isascii()
        and digits.isdigit()
        and ((digits == "0" and value != "-0") or not digits.startswith("0"))
    )
    return "" if plain and abs(int(value)) < 2**31 else "it is a 32-bit integer, without a plus sign or leading zeros"


def _list_problem(value: str) -> str:
    try:
        listed = nested_json.loads(value)
    except (ValueError, RecursionError):
        return "it is not JSON"
    return "" if isinstance(listed, list) and all(isinstance(each, dict) for each in listed) else "it is a list"
