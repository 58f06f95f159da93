"""From text to plain values, as kubectl reads it, and the place of each value where something asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iacrl.domains.kubernetes.yaml.plain_blocks import read_plain_blocks
from iacrl.domains.kubernetes.yaml.text_limits import MAX_CHARACTERS, Unreadable, at_index

if TYPE_CHECKING:
    from iacrl.domains.kubernetes.yaml.value_places import ValuePlace


def read(text: str) -> list[Any]:
    """Return the value of each document of a stream: nested dicts, lists, strings, numbers, booleans and None.

    Like kubectl it takes a text that begins with a brace for JSON, of which several objects may follow each other.

    Raises:
        Unreadable: The text is neither YAML nor JSON, or over a limit.
    """
    if len(text) > MAX_CHARACTERS:
        message = f"The text is longer than {MAX_CHARACTERS:,} characters."
        raise Unreadable("KB102", message, at_index(text, 0))
    documents = read_plain_blocks(text)
    if documents is None and text.lstrip()[:1] == "{":
        from iacrl.domains.kubernetes.yaml.json_reader import read_json

        documents = read_json(text)
    if documents is None:
        # Imported late: a first verdict on a plain manifest need not wait for PyYAML.
        from iacrl.domains.kubernetes.yaml.yaml_reader import read_yaml

        documents = read_yaml(text)
    return documents


def locate(text: str) -> list[ValuePlace]:
    """Return the place of each document of a text that `read` has accepted."""
    plain = read_plain_blocks(text)
    if plain is not None and all(document is not None for document in plain):
        from iacrl.domains.kubernetes.yaml.plain_places import locate_plain_blocks

        return locate_plain_blocks(text)
    from iacrl.domains.kubernetes.yaml.yaml_places import locate_yaml

    try:
        return locate_yaml(text)
    except Unreadable:
        # JSON that is not YAML (an escaped surrogate pair, two objects in a row) is rare: it gets no finer position.
        return []
