"""What `mkdocs build` does to the pages of docs/, which are written to be read on GitHub, too."""

from __future__ import annotations

import logging
import re
import sys
from pathlib import Path
from typing import Any

from iacrl.cli import cli

sys.path.insert(0, str(Path(__file__).parent))
from command_pages import command_reference

ROOT = Path(__file__).parents[2]
REPOSITORY = "https://github.com/iacrl/iacrl"
_OUTSIDE = re.compile(r"\]\(\.\./(?P<path>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")
_TITLE = re.compile(r"^(```\w+) title=([^\s\"]+)$", re.MULTILINE)

log = logging.getLogger("mkdocs.hooks")


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Point links to files outside docs/ at the repository, quote the titles of code blocks, and list the commands.

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
    return _TITLE.sub(r'\1 title="\2"', _OUTSIDE.sub(link, markdown))
