"""A stage of iacrl that trains by a method of `benchmarks/tried`: python benchmarks/try_method.py METHOD grpo ..."""

from __future__ import annotations

import sys

from tried.methods import install

from iacrl.cli import main

if __name__ == "__main__":
    method = sys.argv.pop(1)
    seeds = [argument.removeprefix("run.seed=") for argument in sys.argv if argument.startswith("run.seed=")]
    install(method, int(seeds[-1]))
    main()
