"""Compare the verdict of `parse` with that of `terraform fmt` on random files and mutants, and print disagreements.

    python tools/compare_with_fmt.py --files 4000 --mutants 2 --seed 1 [FILE.tf ...]

Each seed gives `--files` random valid files. Each of those, and each FILE, gives `--mutants` mutants.
Exit 1 if the two disagree, or if a file that should be valid is not.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent))

from fmt_oracle import fmt_errors, is_installed
from random_hcl import Generator, mutate

from iacrl.domains.terraform.syntax.parser import parse


def sources(files: int, mutants: int, seed: int, given: list[str]) -> tuple[list[str], list[str]]:
    """Return texts that are valid by construction (and the given ones), and mutants of them."""
    valid = [Generator(Random(f"{seed}:{index}")).file() for index in range(files)] + given
    changed = [mutate(Random(f"{seed}:{i}:{j}"), text) for i, text in enumerate(valid) for j in range(mutants)]
    return valid, changed


def main() -> int:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--mutants", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=20, help="disagreements to print")
    parser.add_argument("given", nargs="*", type=Path, metavar="FILE.tf")
    options = parser.parse_args()
    if not is_installed():
        print("terraform is not installed: there is nothing to compare with.", file=sys.stderr)
        return 2
    given = [path.read_bytes().decode("utf-8", "surrogateescape") for path in options.given]
    valid, changed = sources(options.files, options.mutants, options.seed, given)
    disagreements = 0
    for name, texts in (("valid", valid), ("mutants", changed)):
        started = time.perf_counter()
        wanted = fmt_errors(texts)
        asked = time.perf_counter() - started
        started = time.perf_counter()
        found = [parse(text).diagnostics for text in texts]
        took = time.perf_counter() - started
        accepts = sum(1 for want, got in zip(wanted, found, strict=True) if want is not None and not got)
        rejects = sum(1 for want, got in zip(wanted, found, strict=True) if want is None and got)
        invalid = sum(want is not None for want in wanted)
        print(
            f"{name}: {len(texts)} texts, {sum(map(len, texts)) / 1e6:.2f} MB; {invalid} invalid for terraform; "
            f"false accepts {accepts}, false rejects {rejects}; terraform {asked:.1f} s, parse {took:.1f} s"
        )
        for text, want, got in zip(texts, wanted, found, strict=True):
            if (want is None) == (not got):
                continue
            disagreements += 1
            if disagreements <= options.show:
                ours = f"{got[0].range.start.line}: {got[0].code} {got[0].message}" if got else "valid"
                print(f"---- terraform: {want or 'valid'} | ours: {ours}\n{text!r}")
        if name == "valid" and invalid:
            print(f"{invalid} files of the generator are not valid: its fault.")
    return 1 if disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
