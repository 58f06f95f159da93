"""The kinds that a request names, with what each takes, for prompts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from iacrl.domains.kubernetes.schema.api_schemas import DEFAULT_VERSION, schemas_of
from iacrl.domains.kubernetes.schema.kind_browsing import brief_kind
from iacrl.domains.named_types import named_in_words, words_key

_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*")
#: Kinds of the API itself, which no manifest declares.
_OF_THE_API = re.compile(r"(?:List|Review|Options|Request|Status|Scale|Binding)$")
_DECLARED = frozenset({"RoleBinding", "ClusterRoleBinding"})


def named_kinds(request: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield each kind that a request names, and the lines that say what it takes."""
    types, alone = _kinds()
    for kind in named_in_words(request, types, alone):
        head, *lines = brief_kind(kind)
        yield head.partition(",")[0], [line for line in lines if not line.startswith(("metadata:", "status:"))]


@cache
def _kinds() -> tuple[Mapping[str, Sequence[str]], frozenset[str]]:
    """Return the key of each kind's words to the kind, and the keys of kinds of one word."""
    kinds = [kind for kind in schemas_of(DEFAULT_VERSION).served if kind in _DECLARED or not _OF_THE_API.search(kind)]
    keys = {kind: words_key(_HUMP.findall(kind)) for kind in kinds}
    alone = frozenset(key for kind, key in keys.items() if len(_HUMP.findall(kind)) == 1)
    return {key: [kind] for kind, key in keys.items()}, alone
