"""Write the table of keys in docs/settings.md, and the JSON Schema of settings that is installed with the package. Run
it after changing a key, an option of a domain or a rule: `python scripts/settings_table.py`.
"""

from __future__ import annotations

import json
from pathlib import Path

from iacrl.sources.code_names import SCHEMA_FILE
from iacrl.sources.settings_keys import Key, Section, all_keys
from iacrl.sources.settings_schema import json_schema

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"
BEGIN, END = "<!-- begin: python scripts/settings_table.py -->\n", "<!-- end -->\n"


def page() -> str:
    """Return the content of docs/settings.md with its table updated."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    return f"{before}{BEGIN}{table()}{END}{rest.partition(END)[2]}"


def table() -> str:
    """Return a row for each key."""
    rows = [row for key in all_keys().keys for row in _rows(key, "")]
    return "\n".join(["| key | default | what it says |", "|---|---|---|", *rows]) + "\n"


def schema() -> str:
    """Return the JSON Schema in the form of the file."""
    return json.dumps(json_schema(), indent=1) + "\n"


def _rows(key: Key, prefix: str) -> list[str]:
    name = f"{prefix}{key.name}"
    if isinstance(key.kind, Section):
        return [row for inner in key.kind.keys for row in _rows(inner, f"{name}.")]
    return [f"| `{name}` | `{key.default}` | {key.description} |".replace("``", "")]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    SCHEMA_FILE.write_text(schema(), encoding="utf-8")
    print(f"Wrote {PAGE} and {SCHEMA_FILE}")
