"""Turns that the project's prose does without: they made pages hard to read, and come back easily.

Rule titles and messages, from which docs/rules.md and docs/gallery.md are made, are not looked at yet.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GENERATED_FROM_MESSAGES = {"rules.md", "gallery.md"}
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
}
PATTERN = re.compile("|".join(f"(?:{turn})" for turn in BANNED))


def found(text):
    return sorted({match[0] for match in PATTERN.finditer(" ".join(text.split()))})


@pytest.mark.parametrize(
    "page", sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]), ids=lambda page: page.name
)
def test_pages_do_without_them(page):
    if page.name not in GENERATED_FROM_MESSAGES:
        assert found(page.read_text(encoding="utf-8")) == []


def test_docstrings_do_without_them():
    wrong = {}
    for file in sorted((ROOT / "src").rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                turns = found(ast.get_docstring(node) or "")
                if turns:
                    wrong[f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"] = turns
    assert wrong == {}


def test_they_are_recognized():
    assert found("What is told goes\nnot with that.") == ["goes not", "is told"]
