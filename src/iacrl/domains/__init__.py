"""Validation: one function for both domains, and the types that it returns."""

from __future__ import annotations

from iacrl.domains.extract import extract
from iacrl.domains.verdict import (
    DOMAINS,
    Diagnostic,
    Domain,
    Position,
    Range,
    Verdict,
    require_domain,
    require_text,
)

__all__ = ["DOMAINS", "Diagnostic", "Domain", "Position", "Range", "Verdict", "extract", "validate"]


def validate(text: str, domain: Domain, *, kubernetes_version: str | None = None) -> Verdict:
    """Judge `text` in process, offline and without any binary.

    Args:
        text: Source code, as a file would hold it (for a model's raw completion, call `extract` first).
        domain: `"terraform"` or `"kubernetes"`.
        kubernetes_version: The API to judge by, such as `"1.31"`; the newest with a schema when None.

    Returns:
        The verdict. Bad text never raises: whatever is wrong with it is a diagnostic.

    Raises:
        UserError: `domain` or `kubernetes_version` is not one that iacrl knows.
        TypeError: `text` is no `str`.
    """
    require_domain(domain)
    require_text(text)
    if domain == "terraform":
        from iacrl.domains.terraform import validate_text as validate_terraform

        return validate_terraform(text)
    from iacrl.domains.kubernetes import DEFAULT_VERSION
    from iacrl.domains.kubernetes import validate_text as validate_kubernetes

    return validate_kubernetes(text, kubernetes_version or DEFAULT_VERSION)
