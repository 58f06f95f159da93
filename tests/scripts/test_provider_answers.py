"""From a provider's answers to rules: here a small provider answers, whose rules are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

pytest.importorskip("grpc")
pytest.importorskip("msgpack")

from provider_facts.battery import PLACED, SHORT
from provider_facts.candidates import Texts, hinted_by
from provider_facts.fit_text import fit_text
from provider_facts.pool import telling
from provider_facts.second_look import texts_to_doubt, values_for
from provider_facts.shape import Leaf
from provider_facts.survey import STRINGS

PATTERNS = [r"^[0-9A-Za-z-]+$", r"^[0-9A-Za-z.-]+$", r"^[a-z]", "--", r"^[\w.;_/-]+$"]


@pytest.fixture(scope="module")
def texts() -> Texts:
    return Texts(PATTERNS)


def answers(texts: Texts, refuses: Callable[[str], str | None]) -> dict[str, list[str]]:
    """Put what the miner puts to one argument to a function that complains or not."""
    said = {text: [words] if (words := refuses(text)) else [] for text in STRINGS}
    leaf = Leaf(("name",), "string", "one", None)
    return said | {text: [words] if (words := refuses(text)) else [] for text in values_for(leaf, said, texts)}


def test_few_columns_tell_all_rows_apart() -> None:
    found = np.array([[0, 0, 1, 1], [0, 0, 1, 0], [0, 1, 1, 0], [0, 1, 1, 0]], dtype=bool)
    chosen = telling(found)
    assert len({tuple(row[chosen]) for row in found}) == 3
    assert len(chosen) == 2
    assert telling(found, most=1) == chosen[:1]


def test_the_pattern_behind_a_complaint_is_found(texts: Texts) -> None:
    def refuses(text: str) -> str | None:
        ok = text and all(one.isascii() and (one.isalnum() or one in ".-") for one in text)
        return None if ok else 'only dots, hyphens and so on allowed in "name"'

    assert fit_text(answers(texts, refuses), texts) == ([["match", r"^[0-9A-Za-z.-]+$"]], set())


def test_a_pattern_that_the_provider_does_not_have_is_doubted(texts: Texts) -> None:
    def refuses(text: str) -> str | None:
        ok = text and all(one.isascii() and (one.isalnum() or one in "()._;/-") for one in text)
        return None if ok else 'only some symbols allowed in "name"'

    said = answers(texts, refuses)
    said = {text: words for text, words in said.items() if "(" not in text}
    taken, _ = fit_text(said, texts)
    assert taken == [["match", r"^[\w.;_/-]+$"]]
    doubted = texts_to_doubt(taken, said)
    assert "a(c1" in doubted
    said |= {text: [words] if (words := refuses(text)) else [] for text in doubted}
    assert fit_text(said, texts)[0] == []
    assert texts_to_doubt([["enum", "a"]], said) == []
    assert texts_to_doubt(taken, PLACED) == []


@pytest.mark.parametrize(
    ("words", "refused", "expected"),
    [
        ("invalid value for name (cannot begin with sg-)", lambda text: text.startswith("sg-"), ["no_match", "^sg\\-"]),
        ("invalid value for name (cannot be 'default')", lambda text: text == "default", ["no_match", "^default$"]),
        ("must start with '/mnt/'", lambda text: not text.startswith("/mnt/"), ["match", "^/mnt/"]),
    ],
)
def test_a_beginning_that_a_complaint_names_is_tried(
    texts: Texts, words: str, refused: Callable[[str], bool], expected: list[str]
) -> None:
    said = answers(texts, lambda text: words if refused(text) else None)
    assert fit_text(said, texts) == ([expected], set())


def test_what_a_complaint_proposes_is_no_rule() -> None:
    assert [*hinted_by('"10.0.0.1/16" is a block with host bits; did you mean "10.0.0.0/16"?')] == []


def test_a_block_of_addresses_is_known_by_its_name(texts: Texts) -> None:
    said = {
        "10.0.0.0/16": [],
        "::/0": ['"::/0" is not a valid IPv4 CIDR block'],
        "10.0.0.1/16": ['"10.0.0.1/16" is not a valid IPv4 CIDR block; did you mean "10.0.0.0/16"?'],
    }
    assert fit_text(said, texts) == ([["form", "ipv4_network"]], set())


def test_a_form_of_one_service_explains_only_its_own_complaints(texts: Texts) -> None:
    def refuses(text: str) -> str | None:
        if not text.strip(" \t\n") or text == "null" or text.startswith("["):
            return None
        if text[0].isdigit():
            return "invalid: json: cannot unmarshal number into Go value of type []types.ContainerDefinition"
        return "invalid: not JSON"

    said = {text: [words] if (words := refuses(text)) else [] for text in (*SHORT, " ")}
    assert fit_text(said, texts) == ([["form", "json_list_of_objects"]], set())
    other = {text: [one.replace("[]types.ContainerDefinition", "x") for one in words] for text, words in said.items()}
    assert ["form", "json_list_of_objects"] not in fit_text(other, texts)[0]
