"""What is refused unread where the system offers no walls: texts that might reach for files outside their directory.

Where a run is walled in, this is not needed and not asked.
"""

from __future__ import annotations

import json
import re

from iacrl.domains.terraform.engine.workspace import Workspace

_CALL = re.compile(r"\b(?:core::)?(file\w*|templatefile|templatestring)\s*\(\s*([^,)]*)")
#: A path that cannot leave the directory: plain words and slashes, after nothing or `${path.module}/`.
_SAFE_PATH = re.compile(r'"(?:\$\{path\.(?:module|root|cwd)\}/)?(?![/~])(?:(?!\.\.)[\w./-])+"\s*$')


def reasons_to_refuse(here: Workspace) -> list[str]:
    """Return why this configuration may not be run without walls, in words; nothing where it may.

    Every file of the directory counts, for templates call functions as well.
    """
    reasons: dict[str, None] = {}
    for path in sorted(here.text.rglob("*")):
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if path.name.endswith(".json"):
            text = _decoded(text)
        for name, argument in _CALL.findall(text):
            if name == "templatestring" or not _SAFE_PATH.match(argument):
                reasons[f"{name}({argument.strip()}): may read files, and this system offers no sandbox"] = None
    return list(reasons)


def _decoded(text: str) -> str:
    """Return JSON without escapes, which could hide a name."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False).replace('\\"', '"')
    except (ValueError, RecursionError):
        return text.replace("\\u", "(")
