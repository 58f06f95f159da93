"""How much time and memory a verdict on a template takes: `python benchmarks/cloudformation_verdict.py`.

The first verdict loads cfn-lint. The others are on the gold answers of every family, each level once, three rounds.
Times are processor time, so a busy machine changes them little.
"""

from __future__ import annotations

import resource
import time
from importlib.metadata import version
from statistics import median, quantiles


def main() -> None:
    """Print the figures."""
    started = time.process_time()
    from iacrl.domains import find_domain, validate

    validate(find_domain("cloudformation").warm_text, "cloudformation")
    first = time.process_time() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    from iacrl.tasks.family import all_families

    families = [family for family in all_families().values() if family.domain == "cloudformation"]
    texts = [family.task(7, index).output for family in families for index in range(len(family.levels))]
    spent: list[float] = []
    for _ in range(3):
        for text in texts:
            started = time.process_time()
            validate(text, "cloudformation")
            spent.append(time.process_time() - started)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"cfn-lint {version('cfn-lint')}, {len(texts)} templates of {sum(map(len, texts)) // len(texts)} characters")
    print(f"first verdict {first:.1f} s, {memory:.0f} MiB; at the end {grown:.0f} MiB")
    print(f"warm: median {1000 * median(spent):.0f} ms, p90 {1000 * quantiles(spent, n=10)[-1]:.0f} ms")


if __name__ == "__main__":
    main()
