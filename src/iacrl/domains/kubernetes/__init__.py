"""Kubernetes: from a text to a verdict, in process and offline.

The layers, lowest first: the text is read (`reader`), each document becomes one object or, for a List, several
(`structure`), each object is held against the schema of its kind (`schema`), and then the rules that no schema can hold
are applied to each object and between them (`rules`).
"""

from __future__ import annotations

from iacrl.domains.kubernetes.schema.api_schemas import DEFAULT_VERSION
from iacrl.domains.kubernetes.validation import validate_text

__all__ = ["DEFAULT_VERSION", "validate_text"]
