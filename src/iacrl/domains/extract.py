"""Extracts the source code from a model's raw completion: the one extractor that every stage uses."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from iacrl.domains.registry import find_domain
from iacrl.domains.verdict import require_text

#: Bump it when the rules below change: runs record it, and a stage refuses a parent with another version.
EXTRACTOR_VERSION = "2"

# `re` compiles and caches them at the first completion: a process that only validates never needs them.
_REASONING = (
    r"(?ims)\A(?:\s*<think(?:ing)?>.*?</think(?:ing)?>"
    r"|(?:(?!<think(?:ing)?>).)*?^[ \t]*</think(?:ing)?>[ \t]*$)"
)
_FENCE = r"(?m)\n {0,3}(?=[`~])(?P<mark>`{3,}+|~{3,}+)[ \t]*+(?P<info>[^\n`]*+)$"


class Piece(NamedTuple):
    """A part of the extracted text, and where it is in the completion.

    Attributes:
        text: The part itself.
        start: The code point of the completion at which it begins; None for a joint, which is not in the completion.
    """

    text: str
    start: int | None


def extract(completion: str, domain: str) -> str:
    """Return the source code in a completion.

    A leading reasoning section (`<think>…</think>`) is dropped. Some chat templates write its opening tag into the
    prompt, so a closing tag that is alone on its line ends one too. Then the fenced blocks in the domain's language are
    joined in order: the files of one module, or the documents of one stream. If there are none, the last fenced block
    counts, in any language. Without fences the whole text counts. An unclosed fence runs to the end, as in CommonMark,
    so a truncated answer is still judged.

    Args:
        completion: The raw text a model returned.
        domain: Decides which fence languages count.

    Raises:
        UserError: The domain is unknown.
        TypeError: `completion` is not a `str`.
    """
    require_text(completion)
    return "".join(piece.text for piece in extract_pieces(completion, domain))


def extract_pieces(completion: str, domain: str) -> list[Piece]:
    """Return what `extract` returns, in pieces with their origin, to show findings in the completion.

    If a block runs to the end of the completion, its last line break is just past that end.
    """
    text = without_reasoning(completion)
    start = len(completion) - len(text)
    blocks = _fenced_blocks(text)
    wanted = [body for language, body in blocks if language in find_domain(domain).languages]
    if not wanted:
        wanted = [body for _, body in blocks[-1:]] or [Piece(text, 0)]
    joint = find_domain(domain).joint
    pieces: list[Piece] = []
    for body in wanted:
        pieces += [Piece(joint, None)] if pieces else []
        pieces.append(Piece(body.text, start + (body.start or 0)))
    return pieces


def without_reasoning(completion: str) -> str:
    """Return a completion without its leading reasoning section."""
    return re.sub(_REASONING, "", completion, count=1)


def is_one_block(text: str, domain: str) -> bool:
    """Return whether a text is exactly one closed fenced block, in the domain's language or in none."""
    text = text.strip()
    opening, *others = _fences(text) or (None,)
    if opening is None or opening.start() > 0 or _language(opening) not in {"", *find_domain(domain).languages}:
        return False
    closing = next((fence for fence in others if _closes(opening, fence)), None)
    return closing is not None and closing.end() > len(text)


def holds_fence(text: str) -> bool:
    """Return whether any line opens or closes a fenced block."""
    return bool(_fences(text))


@lru_cache(maxsize=4)  # the extractor and the format reward read the same completion
def _fences(text: str) -> tuple[re.Match[str], ...]:
    """Return each line that opens or closes a fenced block.

    A match runs from the start of its line to the start of the next; the last one may run past the end of the text.
    """
    return tuple(re.finditer(_FENCE, f"\n{text}"))  # searching for the line break before it is fast


def _fenced_blocks(text: str) -> list[tuple[str, Piece]]:
    """Return `(language, body)` of each fenced code block, by CommonMark's rules."""
    blocks: list[tuple[str, Piece]] = []
    opening: re.Match[str] | None = None
    for fence in _fences(text):
        if opening is None:
            opening = fence
        elif _closes(opening, fence):
            first = opening.end()
            blocks.append((_language(opening), Piece(text[first : fence.start()], first)))
            opening = None
    if opening is not None:
        first = opening.end()
        blocks.append((_language(opening), Piece(f"{text[first:]}\n" if first <= len(text) else "", first)))
    return blocks


def _closes(opening: re.Match[str], fence: re.Match[str]) -> bool:
    """A closing fence has the same character, is at least as long as the opening one, and has no language."""
    mark, other = opening["mark"], fence["mark"]
    return other[0] == mark[0] and len(other) >= len(mark) and not fence["info"].strip()


def _language(opening: re.Match[str]) -> str:
    words = opening["info"].split()
    return words[0].lower() if words else ""
