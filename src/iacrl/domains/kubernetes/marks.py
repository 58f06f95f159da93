"""Marks in manifests: comments, and the annotation `iacrl.dev/ignore`, which applies to its object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from iacrl.domains.marks import Mark
from iacrl.domains.yaml_marks import yaml_marks

if TYPE_CHECKING:
    from iacrl.domains.document import Document

ANNOTATION: Final = "iacrl.dev/ignore"


def marks(text: str, document: Document | None) -> Iterator[Mark]:
    """Yield the marks of a stream of manifests; annotations only if its document is known."""
    yield from yaml_marks(text)
    if document is None or ANNOTATION not in text:
        return
    for entity in document.entities:
        metadata = entity.values.get("metadata")
        annotations = metadata.get("annotations") if isinstance(metadata, Mapping) else None
        codes = annotations.get(ANNOTATION) if isinstance(annotations, Mapping) else None
        if isinstance(codes, str):
            where = entity.range_of(("metadata", "annotations", ANNOTATION))
            yield Mark(f"ignore {codes}", where, entity.range.start.line, entity.range.end.line)
