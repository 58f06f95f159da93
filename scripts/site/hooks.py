"""What `mkdocs build` does to the pages of docs/, which are written to be read on GitHub, too."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from iacrl.cli import cli

sys.path.insert(0, str(Path(__file__).parent))
from command_pages import command_reference

ROOT = Path(__file__).parents[2]
REPOSITORY = "https://github.com/iacrl/iacrl"
_OUTSIDE = re.compile(r"\]\(\.\./(?P<path>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")
_ROW, _CODE = re.compile(r"^\|.*$", re.MULTILINE), re.compile(r"`[^`]*`")
_SOURCE = re.compile(r"\| (https://([^/|\s]+)[^|\s]*) \|$", re.MULTILINE)
_HIDDEN = {"index.md": ["navigation", "toc"], "rules.md": ["toc"]}
_TITLE = re.compile(r"^(```\w+) title=([^\s\"]+)$", re.MULTILINE)

log = logging.getLogger("mkdocs.hooks")


def on_config(config: Any) -> Any:
    """Add the pages that `nav` does not name to the how-to pages, so that a new page needs no line there."""
    (pages,) = [part["How-to"] for part in config.nav if "How-to" in part]
    named = set(_named(config.nav))
    left = sorted(page.name for page in Path(config.docs_dir).glob("*.md") if page.name not in named)
    if left:
        log.info("not in nav, added to the how-to pages: %s", ", ".join(left))
        pages.append({"More": left})
    return config


def _named(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    else:
        for part in nav.values() if isinstance(nav, dict) else nav:
            yield from _named(part)


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Point links to files outside docs/ at the repository, list the commands, and write what Python-Markdown reads.

    GitHub needs `\\|` in code in a table and takes titles without quotes; Python-Markdown does neither.

    A link to a file that does not exist is a warning, which `--strict` makes an error.
    """

    def link(match: re.Match[str]) -> str:
        if not (ROOT / match["path"]).exists():
            log.warning("%s links to ../%s, which does not exist", page.file.src_path, match["path"])
        kind = "tree" if (ROOT / match["path"]).is_dir() else "blob"
        return f"]({REPOSITORY}/{kind}/main/{match['path']}{match['anchor'] or ''})"

    if page.file.src_path == "commands.md":
        markdown = markdown.replace("<!-- commands -->", command_reference(cli, "iacrl"))
    if page.file.src_path == "rules.md":
        markdown = markdown.replace("][", "]\\[")  # an index of an index in a message, not a link
        markdown = _SOURCE.sub(r"| [\2](\1) |", markdown)
    page.meta.setdefault("hide", _HIDDEN.get(page.file.src_path, []))
    markdown = _ROW.sub(lambda row: _CODE.sub(lambda code: code[0].replace("\\|", "|"), row[0]), markdown)
    return _TITLE.sub(r'\1 title="\2"', _OUTSIDE.sub(link, markdown))
