"""Kubernetes: from a text to a verdict, in process and offline.

The layers, lowest first: `reader` reads the text. `structure` makes one object of each document, or several of a List.
`schema` checks each object against the schema of its kind. `rules` checks what no schema can express, within each
object and between objects.
"""

from __future__ import annotations

from iacrl.domains.kubernetes.schema.api_schemas import DEFAULT_VERSION
from iacrl.domains.kubernetes.validation import validate_text

__all__ = ["DEFAULT_VERSION", "validate_text"]
