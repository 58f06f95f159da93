"""Record what Terraform and OpenTofu say about every case in `tests/fixtures/terraform/dialects.txt`.

    python tools/record_dialects.py --tofu PROGRAM

A line `### name` starts a case, and the lines below it are its text. Both programs run through the engine, so providers
are not needed. The result goes to `dialects.jsonl`, one row for each case: its name, its text, and whether
`terraform validate` and `tofu validate` accept it. The tests compare the verdicts in both dialects with these rows, so
they need neither program. Unchanged cases are not asked again.
"""

from __future__ import annotations

import argparse
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from iacrl.domains.terraform.engine import TerraformEngine

FIXTURES = Path(__file__).parent.parent / "tests" / "fixtures" / "terraform"
_WORKERS = 2


def read_cases(path: Path) -> dict[str, str]:
    """Return the texts of the cases by name."""
    parts = re.split(r"^### (.*)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    names, texts = parts[1::2], parts[2::2]
    if len(set(names)) < len(names):
        raise SystemExit(f"{path}: the same name twice: {sorted({name for name in names if names.count(name) > 1})}")
    return dict(zip(names, texts, strict=True))


def main() -> None:
    """Ask both programs about new or changed cases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--terraform", default="terraform", help="the program, by name or path")
    parser.add_argument("--tofu", default="tofu", help="the other program")
    options = parser.parse_args()
    target = FIXTURES / "dialects.jsonl"
    rows: dict[str, dict[str, Any]] = {}
    if target.exists():
        rows = {row["name"]: row for row in map(json.loads, target.read_text(encoding="utf-8").splitlines())}
    cases = read_cases(FIXTURES / "dialects.txt")
    with (
        TerraformEngine(options.terraform) as terraform,
        TerraformEngine(options.tofu) as tofu,
        ThreadPoolExecutor(_WORKERS) as pool,
    ):

        def ask(case: tuple[str, str]) -> dict[str, Any]:
            name, text = case
            old = rows.get(name)
            if old is not None and old["text"] == text:
                return old
            said = {"terraform": terraform.validate(text).valid, "tofu": tofu.validate(text).valid}
            return {"name": name, "text": text, **said}

        recorded = list(pool.map(ask, cases.items()))
    lines = [json.dumps(row, ensure_ascii=False) for row in recorded]
    target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    different = sum(row["terraform"] != row["tofu"] for row in recorded)
    print(f"{len(recorded)} cases, {different} on which the programs differ")


if __name__ == "__main__":
    main()
