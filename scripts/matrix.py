"""Run the tests in other environments: `make matrix`, or python scripts/matrix.py --rows lowest --tests tests/cli

Each row changes several things at once. A row that needs its own environment gets a clone of the last commit and
installs it there. The others run here. With `--write`, the lines of these rows in the table in CONTRIBUTING.md are
updated.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from contextlib import ExitStack
from pathlib import Path

from matrix_rows import ROOT, ROWS, Impossible, Row

TABLE = ROOT / "CONTRIBUTING.md"
PYTEST = ("-m", "pytest", "-q", "--numprocesses", "4", "--dist", "worksteal")


def main() -> int:
    """Run the rows, print the table, and return 1 if a test failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--rows", nargs="+", choices=list(ROWS), default=list(ROWS), metavar="ROW", help=", ".join(ROWS)
    )
    parser.add_argument("--tests", nargs="+", default=["tests"], metavar="PATH", help="instead of all tests")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where to keep clones for the next time")
    parser.add_argument("--write", action="store_true", help="write the lines into CONTRIBUTING.md")
    options = parser.parse_args()
    lines = {}
    with ExitStack() as stack:
        folder = options.keep or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="iacrl-matrix-", ignore_cleanup_errors=True))
        )
        folder = folder.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # another user's clone is in it
        for name in options.rows:
            print(f"== {name}: {ROWS[name].what}", flush=True)
            result = run(ROWS[name], options.tests, folder)
            lines[name] = f"| {name} | {ROWS[name].what} | {', '.join(options.tests)} | {result} |"
            print(lines[name], flush=True)
    if options.write:
        TABLE.write_text(merged(TABLE.read_text(encoding="utf-8"), lines), encoding="utf-8")
    print("\n".join(["", *lines.values()]))
    return int(any("failed" in line for line in lines.values()))


def run(row: Row, tests: list[str], folder: Path) -> str:
    """Run the tests in a row's environment, and return the result in words."""
    with ExitStack() as stack:
        try:
            place = row.prepare(folder, stack)
        except Impossible as error:
            return f"not run: {error}"
        except subprocess.CalledProcessError:
            return "failed to install"
        written = place.root / "runs" / "matrix.xml"  # git ignores it
        written.unlink(missing_ok=True)
        started = time.monotonic()
        subprocess.run(
            [place.python, *PYTEST, f"--junitxml={written}", *tests],
            cwd=place.root,
            env={**os.environ, **place.environment},
            check=False,
            **({"user": place.user.pw_uid, "group": place.user.pw_gid, "extra_groups": []} if place.user else {}),
        )
        return counted(written, time.monotonic() - started)


def counted(file: Path, seconds: float) -> str:
    """Return how many tests passed, failed and were skipped, from pytest's report."""
    if not file.exists():
        return "failed: pytest ended without a report"
    suite = next(ElementTree.parse(file).iter("testsuite"))
    total, *others = (int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped"))
    failed, skipped = others[0] + others[1], others[2]
    words = f"{failed} failed, " if failed else ""
    return f"{words}{total - failed - skipped:,} passed, {skipped} skipped; {seconds / 60:.0f} min"


def merged(page: str, lines: dict[str, str]) -> str:
    """Return the page with these lines in its table; each replaces the line with the same name."""
    for name, line in lines.items():
        page, found = re.subn(rf"^\| {re.escape(name)} \|.*$", lambda _, line=line: line, page, flags=re.MULTILINE)
        if not found:
            raise SystemExit(f"{TABLE} has no line for {name}")
    return page


if __name__ == "__main__":
    if shutil.which("git") is None:
        sys.exit("git is needed, for clones.")
    sys.exit(main())
