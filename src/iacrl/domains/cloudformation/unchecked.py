"""What cfn-lint cannot judge, because only a provider, a module's author or a macro knows it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

#: Transforms that cfn-lint expands itself, or judges by their own schemas.
_LOOPS = "AWS::LanguageExtensions"
_JUDGED = frozenset({"AWS::Serverless-2016-10-31", _LOOPS})
_THIRD_PARTY = re.compile(r"(?!AWS::)[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}")


def macros(template: Mapping[str, Any]) -> list[str]:
    """Return the macros that rewrite the whole template or a section before CloudFormation reads it."""
    names = [name for name in _transforms(template) if name not in _JUDGED]
    holders = [one for one in (template, *template.values()) if isinstance(one, Mapping) and "Fn::Transform" in one]
    return names + [_macro_name(one["Fn::Transform"]) for one in holders]


def holds_loops(template: Mapping[str, Any]) -> bool:
    """Return whether a template may contain loops, which cfn-lint expands."""
    return _LOOPS in _transforms(template)


def _transforms(template: Mapping[str, Any]) -> list[str]:
    declared = template.get("Transform", [])
    names = (
        one.get("Name") if isinstance(one, Mapping) else one
        for one in (declared if isinstance(declared, list) else [declared])
    )
    return [str(name) for name in names if isinstance(name, str)]


def blind_spots(template: Mapping[str, Any]) -> dict[tuple[str, str], list[str]]:
    """Return the macros within each entry of a section. Nobody knows what they add, so the entry cannot be judged."""
    found = {
        (str(section), str(name)): sorted(set(_macros_within(body)))
        for section, entries in template.items()
        if isinstance(entries, Mapping)
        for name, body in entries.items()
    }
    return {entry: names for entry, names in found.items() if names}


def is_third_party(kind: str) -> bool:
    """Return whether a type's name has the form of a third-party type, not of AWS's own."""
    return _THIRD_PARTY.fullmatch(kind) is not None


def unjudged(template: Mapping[str, Any], known: frozenset[str]) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield the section and name of each entry that cannot be judged, with the reason in words.

    Args:
        template: The decoded template.
        known: The types for which cfn-lint has schemas.
    """
    resources = template.get("Resources")
    for name, body in resources.items() if isinstance(resources, Mapping) else ():
        if isinstance(body, Mapping):
            for words in _type_notes(f"Resources.{name}", body.get("Type"), known):
                yield ("Resources", str(name)), words
    for entry, names in blind_spots(template).items():
        for macro in names:
            yield entry, f"{'.'.join(entry)}: macro {macro}: what it adds is not known"


def _type_notes(where: str, kind: Any, known: frozenset[str]) -> Iterator[str]:
    if not isinstance(kind, str):
        return
    if kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource":
        yield f"{where}: {kind}: a custom resource; only its provider knows its properties"
    elif kind.endswith("::MODULE"):
        yield f"{where}: {kind}: a module; only its author knows its properties"
    elif kind not in known and is_third_party(kind):
        yield f"{where}: {kind}: no schema"


def _macros_within(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "Fn::Transform":
                yield _macro_name(inner)
            else:
                yield from _macros_within(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _macros_within(inner)


def _macro_name(value: Any) -> str:
    name = value.get("Name") if isinstance(value, Mapping) else None
    return str(name) if isinstance(name, str) else "without a name"
