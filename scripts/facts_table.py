"""Write the table of the shipped provider facts, by kind of rule, into docs/terraform-verdict.md.

python scripts/facts_table.py
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent.parent / "tools"))

from provider_facts.write_facts import decode

from iacrl.domains.terraform.schema.packs import SHIPPED

PAGE = Path(__file__).parent.parent / "docs" / "terraform-verdict.md"
_MARKED = re.compile(r"(<!-- facts_table -->\n).*?(<!-- end -->)", re.DOTALL)
_PROVIDERS = ("aws", "google", "google-beta", "azurerm", "cloudflare", "datadog", "github", "kubernetes", "time")


def _kinds(types: dict[str, list[Any]]) -> Iterator[str]:
    for values, combinations, _ in types.values():
        for conditions in values.values():
            yield from (one[0] for one in conditions)
        yield from (one[0] for one in combinations)


def table() -> str:
    """Return the table in Markdown: a row for each kind, a column for each provider."""
    paths = [Path(SHIPPED) / f"{name}.facts" for name in _PROVIDERS]
    read = [decode(path.read_bytes()) for path in paths]
    counts = [Counter(_kinds(types)) for _, types in read]
    heads = [f"{name} {asked}" for name, (asked, _) in zip(_PROVIDERS, read, strict=True)]
    rows = [["types with facts", *(str(len(types)) for _, types in read)]]
    kinds = sorted(set().union(*counts), key=lambda one: (-sum(count[one] for count in counts), one))
    rows += [[f"`{kind}`", *(str(count[kind]) for count in counts)] for kind in kinds]
    rows.append(["size of the file in bytes", *(str(path.stat().st_size) for path in paths)])
    lines = [["kind of rule", *heads], ["---", *("---:" for _ in heads)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Update the page."""
    made = table()
    PAGE.write_text(_MARKED.sub(lambda found: found[1] + made + found[2], PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
