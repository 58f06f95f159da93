"""How fast Terraform text is parsed, against python-hcl2 in the same run.

    python benchmarks/terraform_parse.py [FILE.tf ...]

Prints megabytes a second for each, their ratio, the time for 40 lines, and what a fresh process pays for its first
parse. Times are processor time, and the best of several, because other programs only ever add to it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from iacrl.validators.terraform.syntax.parser import parse

MODULE = Path(__file__).with_name("module.tf")
_FIRST = """
import time
import iacrl.validators.verdict
started = time.process_time()
from iacrl.validators.terraform.syntax.parser import parse
parse('resource "a" "b" {\\n  c = "${d.e}"\\n}\\n')
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
    """Print the figures; exit 1 where parsing is not at least 8 times as fast as python-hcl2."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, default=[MODULE])
    texts = [path.read_text(encoding="utf-8") for path in parser.parse_args().files]
    for text in texts:
        found = parse(text).diagnostics
        if found:
            print(f"not valid: {found[0]}", file=sys.stderr)
            return 2
    size = sum(len(text.encode()) for text in texts) / 1e6

    import hcl2

    ours = best(lambda: [parse(text) for text in texts], 50)
    theirs = best(lambda: [hcl2.loads(text) for text in texts], 10)
    lines = "".join(texts[0].splitlines(keepends=True)[:40])
    forty = best(lambda: parse(lines), 200)
    fresh = min(
        float(subprocess.run([sys.executable, "-c", _FIRST], capture_output=True, text=True, check=True).stdout)
        for _ in range(5)
    )
    print(f"iacrl        {size / ours:8.2f} MB/s")
    print(f"python-hcl2  {size / theirs:8.2f} MB/s")
    print(f"ratio        {theirs / ours:8.1f}   (wanted: at least 8)")
    print(f"40 lines     {forty * 1e3:8.2f} ms")
    print(f"first parse  {fresh * 1e3:8.2f} ms  (import of the parser included, of the interpreter and verdicts not)")
    return 0 if theirs >= 8 * ours else 1


if __name__ == "__main__":
    sys.exit(main())
