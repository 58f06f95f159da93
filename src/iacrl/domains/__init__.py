"""Domains: what can be generated and judged. One function for all of them, and the types that it returns."""

from __future__ import annotations

from typing import Any

from iacrl.domains.base import Category, Domain, Option, Options
from iacrl.domains.extract import extract
from iacrl.domains.ranges import Position, Range
from iacrl.domains.registry import all_domains, domain_names, find_domain
from iacrl.domains.rules import Rule
from iacrl.domains.verdict import Diagnostic, Verdict, layers_passed, require_text

__all__ = [
    "Category",
    "Diagnostic",
    "Domain",
    "Option",
    "Options",
    "Position",
    "Range",
    "Rule",
    "Verdict",
    "all_domains",
    "domain_names",
    "extract",
    "find_domain",
    "layers_passed",
    "validate",
]


def validate(text: str, domain: str, **options: Any) -> Verdict:
    """Judge `text` in process, offline and without any binary.

    Args:
        text: Source code, as in a file. For a model's raw completion, call `extract` first.
        domain: The name of a domain, such as `"terraform"` or `"kubernetes"`.
        options: The domain's own options, such as `version="1.31"` (the API version) for Kubernetes.

    Returns:
        The verdict. Bad text never raises: each fault in it is a diagnostic.

    Raises:
        UserError: The domain, the option or its value is unknown.
        TypeError: `text` is not a `str`.
    """
    found = find_domain(domain)
    require_text(text)
    return found.validate(text, found.resolved(options))
