"""Kubernetes: from a text to a verdict, in process and offline.

The layers, lowest first: `reader` reads the text. `structure` makes one object of each document, or several of a List.
`schema` checks each object against the schema of its kind. `rules` checks what no schema can express, within each
object and between objects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iacrl.domains.kubernetes.schema.api_schemas import DEFAULT_VERSION

if TYPE_CHECKING:
    from iacrl.domains.verdict import Verdict

__all__ = ["DEFAULT_VERSION", "validate_text"]


def validate_text(text: str, version: str = DEFAULT_VERSION) -> Verdict:
    """Judge a stream of Kubernetes manifests, YAML or JSON.

    Args:
        text: Any number of documents. Bad text never raises: each fault in it is a diagnostic.
        version: The Kubernetes minor version to judge by, such as `1.37`.

    Raises:
        UserError: There are no schemas for `version`.
    """
    from iacrl.domains.kubernetes.validation import validate_texts

    return validate_texts((text,), version)[0]
