"""Terraform documents from python-hcl2, until the validator's own documents are used here. To be deleted then."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from iacrl.validators.document import Document, Expression
from iacrl.validators.verdict import Domain, Position, Range

_START = Range(Position(1, 1), Position(1, 1))
_REFERENCE = re.compile(r"\b(?:data\.)?[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*|\[[^\]]*\])+")
_INTERPOLATED = re.compile(r"(?<!\$)\$\{")


@dataclass(frozen=True, slots=True)
class InterimEntity:
    """One declared thing, without places."""

    category: str
    kind: str
    name: str
    values: Mapping[str, Any]
    source: Mapping[str, Any]
    range: Range = _START

    def range_of(self, steps: tuple[str | int, ...]) -> Range:
        """Return the start of the text."""
        return self.range

    def references_at(self, steps: tuple[str | int, ...]) -> tuple[str, ...]:
        """Return the references of what stands there."""
        value: Any = self.source
        for step in steps:
            if isinstance(value, Expression):
                break
            value = value[step]
        return tuple(_references(value))


@dataclass(frozen=True, slots=True)
class InterimDocument:
    """Entities in the order of the text."""

    entities: tuple[InterimEntity, ...]


def read_document(text: str, domain: Domain) -> Document | None:
    """Return the document, or None where the text cannot be read."""
    return _terraform(text) if domain == "terraform" else None


def _terraform(text: str) -> InterimDocument | None:
    import hcl2

    try:
        tree = hcl2.loads(text)
    except Exception:  # noqa: BLE001 - python-hcl2 raises whatever its parser generator raises
        return None
    entities: list[InterimEntity] = []
    for category, blocks in tree.items():
        for block in blocks:
            if category in ("resource", "data"):
                for kind, named in block.items():
                    if kind != "__is_block__":
                        entities += [
                            _entity(category, kind, name, body)
                            for name, body in named.items()
                            if name != "__is_block__"
                        ]
            elif category in ("variable", "output", "module", "provider"):
                entities += [
                    _entity(category, "", name, body) for name, body in block.items() if name != "__is_block__"
                ]
            elif category == "locals":
                entities += [
                    _entity("local", "", name, {"value": value})
                    for name, value in block.items()
                    if name != "__is_block__"
                ]
    known = {f"local.{item.name}": item.values["value"] for item in entities if item.category == "local"}
    known |= {
        f"var.{item.name}": item.values["default"]
        for item in entities
        if item.category == "variable" and "default" in item.values
    }
    resolved = [InterimEntity(e.category, e.kind, e.name, _resolve(e.source, known, 0), e.source) for e in entities]
    return InterimDocument(tuple(resolved))


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, Expression):
        yield from value.references
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _entity(category: str, kind: str, name: str, body: Mapping[str, Any]) -> InterimEntity:
    values = _plain(body)
    return InterimEntity(category, _bare(kind), _bare(name), values, values)


def _bare(label: str) -> str:
    return label.strip('"')


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_bare(key): _plain(inner) for key, inner in value.items() if key != "__is_block__"}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, str):
        if value.startswith('"') and value.endswith('"') and not _INTERPOLATED.search(value):
            inner = value[1:-1].replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")
            return inner.replace("$${", "${")
        source = value[2:-1] if value.startswith("${") and value.endswith("}") else value
        if source.startswith(("jsonencode(", "yamlencode(", "toset(")):
            return _plain(_encoded(source))
        return Expression(source, tuple(_REFERENCE.findall(source)))
    return value


def _encoded(source: str) -> Any:
    import hcl2

    return hcl2.loads(f"value = {source.partition('(')[2].removesuffix(')')}\n")["value"]


def _resolve(value: Any, known: Mapping[str, Any], depth: int) -> Any:
    if isinstance(value, Mapping):
        return {key: _resolve(inner, known, depth) for key, inner in value.items()}
    if isinstance(value, list):
        return [_resolve(inner, known, depth) for inner in value]
    if isinstance(value, Expression) and value.text in known and depth < 8:
        return _resolve(known[value.text], known, depth + 1)
    if isinstance(value, Expression) and value.text.startswith('"'):
        parts = [_resolve(known.get(name, Expression(name, (name,))), known, depth + 1) for name in value.references]
        if not any(isinstance(part, Expression | list | dict) for part in parts):
            texts = dict(zip(value.references, map(str, parts), strict=True))
            return re.sub(r"\$\{([^}]*)\}", lambda found: texts.get(found[1], found[0]), value.text[1:-1])
    return value
