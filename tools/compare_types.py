"""Compare type constraints and conversion with the real `terraform`, over seeded random variables with defaults.

    python tools/compare_types.py --count 2000 --seed 1

Needs `terraform` on the path. A variable is refused if its type is not a type, or if its default does not fit. Every
disagreement is printed. Exit 1 if there is one.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from iacrl.domains.terraform import validate_text

_LINES_EACH = 4
_ANY_VALUE = ["null", "[]", "{}", '"x"', "1", "true", "[1]", "{ a = 1 }", '["x", 1]']
_SCALARS = {
    "string": ['"x"', '"1"', "1", "true", '""', "1.5"],
    "number": ["1", '"2"', "1.5", "3"],
    "bool": ["true", '"false"', "false", '"1"'],
}


class Variables:
    """Makes pairs of a type expression and a value that fits it, most of the time."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def pair(self) -> tuple[str, str]:
        """Return a type and a value."""
        return self.of(3)

    def of(self, depth: int) -> tuple[str, str]:
        """Return a type of at most this depth, and a value."""
        type, value = self.right(depth)
        return type, self.random.choice(_ANY_VALUE) if self.random.random() < 0.05 else value

    def right(self, depth: int) -> tuple[str, str]:
        """Return a type, and a value that fits it except for its parts."""
        if depth <= 0 or self.random.random() < 0.3:
            name = self.random.choice(["string", "number", "bool", "any"])
            return name, self.random.choice(_SCALARS.get(name, _ANY_VALUE))
        kind = self.random.choice(["list", "set", "map", "object", "object", "tuple"])
        if kind == "object":
            return self.object(depth)
        if kind == "tuple":
            parts = [self.of(depth - 1) for _ in range(self.random.randint(0, 3))]
            return f"tuple([{', '.join(t for t, _ in parts)}])", f"[{', '.join(v for _, v in parts)}]"
        type, value = self.of(depth - 1)
        count = self.random.randint(0, 3)
        # Elements of one type with values of several: the same generator from another state.
        values = [value, *(self.again(type, value) for _ in range(2))][:count]
        if kind == "map":
            items = [f"{key} = {item}" for key, item in zip("abk", values, strict=False)]
            return f"map({type})", f"{{ {', '.join(items)} }}"
        return f"{kind}({type})", f"[{', '.join(values)}]"

    def again(self, type: str, value: str) -> str:
        """Return another value for a type."""
        return self.random.choice(_SCALARS[type]) if type in _SCALARS else self.random.choice([value, value, "null"])

    def object(self, depth: int) -> tuple[str, str]:
        """Return an object type with optional attributes, and a value that may lack them or have others."""
        types, values = [], []
        for name in self.random.sample(["a", "b", "c", "d"], self.random.randint(0, 3)):
            type, value = self.of(depth - 1)
            way = self.random.random()
            if way < 0.4:
                default = self.again(type, value)
                types.append(f"{name} = optional({type}{f', {default}' if way < 0.2 else ''})")
                if self.random.random() < 0.4:
                    continue
            else:
                types.append(f"{name} = {type}")
                if self.random.random() < 0.05:
                    continue
            values.append(f"{name} = {value}")
        if self.random.random() < 0.1:
            values.append("z = 1")
        return f"object({{ {', '.join(types)} }})", f"{{ {', '.join(values)} }}"


def terraform(texts: list[str]) -> dict[int, set[str]]:
    """Return what Terraform refuses, by position."""
    refused: dict[int, set[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "main.tf").write_text("".join(texts), encoding="utf-8")
        ran = subprocess.run(
            ["terraform", "validate", "-json"], cwd=folder, capture_output=True, text=True, check=False
        )
    for found in json.loads(ran.stdout)["diagnostics"]:
        position = (found["range"]["start"]["line"] - 1) // _LINES_EACH
        refused.setdefault(position, set()).add(f"{found['summary']}: {found['detail']}")
    return refused


def main() -> int:
    """Run the comparison and print the numbers."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, default=2000, help="variables")
    parser.add_argument("--seed", type=int, default=1, help="of the generator")
    chosen = parser.parse_args()
    if shutil.which("terraform") is None:
        sys.exit("terraform is not on the path.")
    generator = Variables(chosen.seed)
    counts = dict.fromkeys(("variables", "refused", "false accept", "false reject", "words"), 0)
    for start in range(0, chosen.count, 250):
        pairs = [generator.pair() for _ in range(min(250, chosen.count - start))]
        texts = [f'variable "v{i}" {{\n  type    = {t}\n  default = {v}\n}}\n' for i, (t, v) in enumerate(pairs)]
        refused = terraform(texts)
        for position, text in enumerate(texts):
            theirs = refused.get(position, set())
            ours = {found.message for found in validate_text(text).diagnostics}
            counts["variables"] += 1
            counts["refused"] += bool(theirs)
            if bool(theirs) != bool(ours):
                kind = "false accept" if theirs else "false reject"
                counts[kind] += 1
                sys.stdout.write(f"{kind}: {text}    terraform  {theirs}\n    in process {ours}\n")
            elif theirs != ours:
                counts["words"] += 1
    sys.stdout.write(", ".join(f"{name} {count}" for name, count in counts.items()) + "\n")
    return 1 if counts["false accept"] or counts["false reject"] else 0


if __name__ == "__main__":
    sys.exit(main())
