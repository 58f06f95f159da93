"""The limits of every reader, and the exception for a text that cannot be read."""

from __future__ import annotations

from iacrl.domains.ranges import Range, one_character

#: More than any real stream of manifests needs (etcd stores objects of at most 1.5 MiB).
MAX_CHARACTERS = 4 * 1024 * 1024
MAX_NODES = 100_000
MAX_DEPTH = 200
MAX_DOCUMENTS = 1_000


class Unreadable(Exception):  # noqa: N818 - not a failure of the program: it is turned into a diagnostic
    """The text cannot be read. `code` is the rule's code in `rules.text_rules`."""

    def __init__(self, code: str, message: str, where: Range) -> None:
        super().__init__(code, message, where)
        self.code = code
        self.message = message
        self.range = where


def at_index(text: str, index: int) -> Range:
    """Return the range of one character."""
    before = text[:index]
    line = before.count("\n") + 1
    return one_character(line, index - before.rfind("\n"))
