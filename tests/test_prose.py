"""Turns that the project's prose does without: they made pages and messages hard to read, and come back easily."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: What tasks ask for is part of their digests, and the instructions of old tasks stay as they are.
TASKS = "src/iacrl/tasks/families/"
CODE = ("src", "scripts", "tools", "benchmarks", "examples")
#: Words of Terraform itself.
QUOTED = "Provider name must either stand alone or be followed by a period and then a configuration alias."
BANNED = {
    r"\b(?:is|are|was) told\b": "reports, says",
    r"\bat length\b": "in full",
    r"\bby heart\b": "completely",
    r"\bgo(?:es)? not\b": "cannot be combined",
    r"\bunsaid\b": "without a message",
    r"\bwhere one stands\b": "the working directory",
    r"\bof which it is not known\b": "unknown",
    r"\banew\b": "again",
    r"\bstands? (?:on|there|twice|beside|outside|alone)\b": "is",
    r"\bheld against\b": "compared with",
    r"\bgoes (?:only )?with\b": "needs, is only for",
    r"\b(?:may|must|where) stand\b": "is allowed",
    r"\bstands (?:before|in|where|once|only|alone)\b": "is",
}
PATTERN = re.compile("|".join(f"(?:{turn})" for turn in BANNED))


def found(text):
    words = " ".join(text.split()).replace(QUOTED, "")
    return sorted({match[0] for match in PATTERN.finditer(words)})


@pytest.mark.parametrize(
    "page", sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]), ids=lambda page: page.name
)
def test_pages_do_without_them(page):
    assert found(page.read_text(encoding="utf-8")) == []


def test_docstrings_and_messages_do_without_them():
    wrong = {}
    for file in sorted(file for folder in CODE for file in (ROOT / folder).rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        if str(file.relative_to(ROOT)).startswith(TASKS):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and (turns := found(node.value)):
                wrong[f"{file.relative_to(ROOT)}:{node.lineno}"] = turns
    assert wrong == {}


def test_they_are_recognized():
    assert found("What is told goes\nnot with that.") == ["goes not", "is told"]
