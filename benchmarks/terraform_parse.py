"""How fast Terraform text is parsed to its full tree, compared with python-hcl2 in the same run.

    python benchmarks/terraform_parse.py [FILE.tf ...]

By default it parses the realistic modules of the tests and `module.tf`. Times are processor time, the best of several
runs, because other programs can only add to it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import hcl2
from record import ROOT, fresh_process_ms, keep

from iacrl.domains.terraform.syntax.parser import parse

FILES = [
    Path(__file__).with_name("module.tf"),
    *sorted((ROOT / "tests" / "fixtures" / "terraform" / "realistic").glob("*.tf")),
]
TARGETS = {"megabytes_a_second": ("at least", 3.0), "times_faster_than_python_hcl2": ("at least", 8.0)}
_FIRST = """
import sys, time
text = sys.stdin.read()
import iacrl.domains.verdict
started = time.process_time()
from iacrl.domains.terraform.syntax.parser import parse
parse(text)
print(time.process_time() - started)
"""


def best(function: Callable[[], object], times: int) -> float:
    """Return the shortest of some calls, in seconds."""
    found = float("inf")
    for _ in range(times):
        started = time.process_time()
        function()
        found = min(found, time.process_time() - started)
    return found


def main() -> int:
    """Print the figures; exit 1 if a target is missed, 2 if a file is not valid."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, default=FILES)
    texts = [path.read_text(encoding="utf-8") for path in parser.parse_args().files]
    for text in texts:
        found = parse(text).diagnostics
        if found:
            print(f"not valid: {found[0]}", file=sys.stderr)
            return 2
    size = sum(len(text.encode()) for text in texts) / 1e6
    ours = sum(best(lambda text=text: parse(text), 30) for text in texts)
    theirs = sum(best(lambda text=text: hcl2.loads(text), 5) for text in texts)
    lines = "".join(texts[0].splitlines(keepends=True)[:40])
    numbers = {
        "files": len(texts),
        "megabytes": size,
        "megabytes_a_second": size / ours,
        "megabytes_a_second_of_python_hcl2": size / theirs,
        "times_faster_than_python_hcl2": theirs / ours,
        "forty_lines_ms": best(lambda: parse(lines), 200) * 1e3,
        "first_parse_of_a_process_ms": fresh_process_ms(_FIRST, lines, 5),
    }
    return 0 if keep("terraform_parse", numbers, TARGETS) else 1


if __name__ == "__main__":
    sys.exit(main())
