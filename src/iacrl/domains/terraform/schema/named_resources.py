"""The resources that a request names, with what each takes, for prompts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from iacrl.domains.named_types import named_in_words, words_key
from iacrl.domains.terraform.schema.brief_type import brief_type
from iacrl.domains.terraform.schema.packs import find_provider, provider_for_type
from iacrl.errors import UserError

#: The providers whose types may be named in words, the most used first, and the words that name each.
_PROVIDERS: Mapping[str, str] = {
    "aws": r"aws|amazon",
    "google": r"gcp|google",
    "azurerm": r"azure",
    "kubernetes": r"kubernetes",
}
_TYPE = re.compile(r"\b[a-z][a-z0-9]*_[a-z0-9_]+\b")


def named_resources(request: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield each resource type that a request names, and the lines that say what it takes."""
    written = [name for name in dict.fromkeys(_TYPE.findall(request)) if _provider_of(name) is not None]
    spoken: list[str] = []
    for provider in _providers_in(request):
        spoken = spoken or named_in_words(request, _types(provider), frozenset())
    for name in dict.fromkeys([*written, *spoken]):
        schema = find_provider(_provider_of(name) or "")
        if schema is not None:
            lines = brief_type(schema, "resource", name, [])[1:]
            yield name, [line for line in lines if not line.startswith(("gives back:", "timeouts:"))]


def _providers_in(request: str) -> list[str]:
    """Return the provider that a request names, in words or by types of its; else all, the most used first."""
    for name, words in _PROVIDERS.items():
        if re.search(rf"\b(?:{words})\b|\b{name}_", request, re.IGNORECASE):
            return [name]
    return list(_PROVIDERS)


@cache
def _types(provider: str) -> Mapping[str, Sequence[str]]:
    schema = find_provider(provider)
    found: dict[str, list[str]] = {}
    for name in schema.resource_types if schema is not None else ():
        found.setdefault(words_key(name.split("_")[1:]), []).append(name)
    return found


@cache
def _provider_of(name: str) -> str | None:
    """Return the provider that has a resource type of this name; None if nobody has it."""
    try:
        provider = provider_for_type(name)
    except UserError:
        return None
    schema = find_provider(provider)
    return provider if schema is not None and name in schema.resource_types else None
