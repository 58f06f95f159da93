"""From text to plain values, as kubectl reads it, and the place of each value on request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iacrl.domains.kubernetes.yaml.plain_blocks import read_plain_blocks
from iacrl.domains.kubernetes.yaml.text_limits import MAX_CHARACTERS, Unreadable, at_index

if TYPE_CHECKING:
    from iacrl.domains.kubernetes.yaml.value_places import ValuePlace


def read(text: str) -> list[Any]:
    """Return the value of each document of a stream: nested dicts, lists, strings, numbers, booleans and None.

    Like kubectl, it reads a text that begins with a brace as JSON, with one or more objects. From where it is not JSON,
    it reads YAML.

    Raises:
        Unreadable: The text is neither YAML nor JSON, or exceeds a limit.
    """
    if len(text) > MAX_CHARACTERS:
        message = f"The text is longer than {MAX_CHARACTERS:,} characters."
        raise Unreadable("KB102", message, at_index(text, 0))
    documents = read_plain_blocks(text)
    rest = len(text) if documents is not None else 0
    if documents is None and text.lstrip()[:1] == "{":
        from iacrl.domains.kubernetes.yaml.json_reader import read_json

        as_json = read_json(text)
        if as_json is not None:
            documents, rest = as_json
    if documents is None or rest < len(text):
        # Imported late: a first verdict on a plain manifest need not wait for PyYAML.
        from iacrl.domains.kubernetes.yaml.yaml_reader import read_yaml

        documents = [*(documents or ()), *read_yaml(text, rest)]
    return documents


def locate(text: str) -> list[ValuePlace]:
    """Return the place of each document of a text that `read` has accepted."""
    if read_plain_blocks(text) is not None:
        from iacrl.domains.kubernetes.yaml.plain_places import locate_plain_blocks

        return locate_plain_blocks(text)
    from iacrl.domains.kubernetes.yaml.yaml_places import locate_yaml

    try:
        return locate_yaml(text)
    except Unreadable:
        # JSON that is not YAML (an escaped surrogate pair, two objects in a row) is rare: no finer position.
        return []
