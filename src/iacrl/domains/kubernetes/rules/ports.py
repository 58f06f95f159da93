"""Port numbers and port names in any field."""

from __future__ import annotations

from typing import Any

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import Step
from iacrl.domains.kubernetes.rules.rule_sources import page
from iacrl.domains.paths import path_text
from iacrl.domains.rules import coded_rule

PORT = coded_rule(
    "KB417",
    "Port out of range",
    "Ports are numbers from 1 to 65535.",
    page("concepts/services-networking/service") + "#defining-a-service",
)
PORT_NAME = coded_rule(
    "KB418",
    "Malformed port name",
    "A port's name has at most 15 lower-case letters, digits and single '-', with at least one letter.",
    "https://www.rfc-editor.org/rfc/rfc6335#section-5.1",
)


def check_port_number(manifest: Manifest, value: Any, *steps: Step) -> bool:
    """Report a port outside 1 to 65535; an absent one is fine."""
    if value is None or 1 <= value <= 65535:
        return True
    manifest.report(PORT, f"{path_text(steps)} is {value}; ports are from 1 to 65535.", *steps)
    return False


def check_port_name(manifest: Manifest, value: Any, *steps: Step) -> bool:
    """Report a malformed port name; an absent one is fine."""
    if value is None or (why := grammar.port_name(value)) is None:
        return True
    manifest.report(PORT_NAME, f"{path_text(steps)} {value!r}: {why}.", *steps)
    return False


def check_port_or_name(manifest: Manifest, value: Any, *steps: Step) -> bool:
    """Check a port that is given as a number or by name."""
    check = check_port_name if isinstance(value, str) else check_port_number
    return check(manifest, value, *steps)
