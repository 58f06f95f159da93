"""docs/features.md: every row names a command that exists, a page, and a test."""

import re
from pathlib import Path

from iacrl.cli import COMMANDS

PAGE = Path(__file__).parents[1] / "docs" / "features.md"
TABLE = PAGE.read_text(encoding="utf-8").partition("\n## ")[0]  # what follows shows what the commands print
ROWS = [line for line in TABLE.splitlines() if line.startswith("| ")][1:]


def _links(cell):
    return [target.partition("#") for target in re.findall(r"\]\(([^)]+)\)", cell)]


def _anchors(page):
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_row_has_a_page_and_a_test_that_exist():
    assert len(ROWS) > 10
    for row in ROWS:
        name, _, command, pages, tests = (cell.strip() for cell in row.strip("|").split(" | "))
        assert name and command and _links(pages) and _links(tests), row
        for target, _, anchor in [*_links(pages), *_links(tests)]:
            path = PAGE.parent / target
            assert path.exists(), f"{name}: {target}"
            assert not anchor or anchor in _anchors(path), f"{name}: {target}#{anchor}"


def test_every_command_exists():
    named = {name for row in ROWS for name in re.findall(r"`(?:python -m )?iacrl ([a-z]+)", row)}
    assert named and named <= set(COMMANDS)
