"""Compare the in-process evaluation of expressions with the real `terraform`, over seeded random expressions.

    python tools/compare_expressions.py --count 5000 --seed 1
    python tools/compare_expressions.py --record tests/fixtures/terraform/expressions.jsonl

The second form records what terraform says about the expressions in that file, for the tests. Both need `terraform` on
the path. It compares whether an expression is refused, the headline and the sentence, and the value if both sides know
it. It prints every disagreement with both sides. Exit 1 if a verdict differs.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from expression_generator import VARIABLE_VALUES, VARIABLES, Generator

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.expressions.constraints import read_constraint
from iacrl.domains.terraform.expressions.evaluator import evaluate, evaluate_constant
from iacrl.domains.terraform.expressions.functions.builtin import CallError
from iacrl.domains.terraform.expressions.functions.encodings import to_json
from iacrl.domains.terraform.findings import Finding
from iacrl.domains.terraform.syntax import nodes
from iacrl.domains.terraform.syntax.parser import parse

_LINES_EACH = 4
#: Marks a value that a plan cannot show.
_UNWRITABLE = "?unwritable?"

Complaint = tuple[str, str]


class Variables:
    """The scope that the declarations of `VARIABLES` make: typed unknown values."""

    def __init__(self) -> None:
        self.directory: Path | None = None
        self.dialect = "terraform"
        self.values: dict[str, Value] = {}
        for block in parse(VARIABLES).body.blocks:
            written = block.body.attributes.get("type")
            type = types.DYNAMIC if written is None else read_constraint(written.value, [], evaluate_constant).type
            self.values[block.labels[0].value] = values.unknown(types.without_optional(type))

    def resolve(self, reference: nodes.Traversal) -> tuple[Value, int]:
        """Look up a variable, or a path."""
        first = reference.steps[0] if reference.steps else None
        if reference.root == "var" and isinstance(first, nodes.GetAttr):
            return self.values[first.name], 1
        if reference.root == "path":
            return values.string("."), 1
        return values.ANY, len(reference.steps)

    def has_function(self, name: str) -> bool:
        """No provider is declared."""
        return False


def terraform(expressions: list[str]) -> tuple[dict[int, set[Complaint]], dict[int, Any]]:
    """Return what Terraform refuses, and the values of constant expressions as JSON text, both by position."""
    with tempfile.TemporaryDirectory() as folder:
        text = VARIABLES + "\n" + "".join(map(_output, range(len(expressions)), expressions))
        Path(folder, "main.tf").write_text(text, encoding="utf-8")
        before = VARIABLES.count("\n") + 1
        refused: dict[int, set[Complaint]] = {}
        for found in json.loads(_run(folder, "validate", "-json"))["diagnostics"]:
            if found["severity"] == "error":
                position = (found["range"]["start"]["line"] - before - 1) // _LINES_EACH
                refused.setdefault(position, set()).add((found["summary"], found["detail"]))
        constant = [i for i, text in enumerate(expressions) if i not in refused and "var." not in text]
        shown = [_output(i, f'try(jsonencode({expressions[i]}), "{_UNWRITABLE}")') for i in constant]
        Path(folder, "main.tf").write_text(VARIABLES + "\n" + "".join(shown), encoding="utf-8")
        Path(folder, "all.auto.tfvars.json").write_text(json.dumps(VARIABLE_VALUES), encoding="utf-8")
        _run(folder, "plan", "-input=false", "-out=plan")
        outputs = json.loads(_run(folder, "show", "-json", "plan"))["planned_values"].get("outputs", {})
    return refused, {int(name[1:]): output.get("value") for name, output in outputs.items()}


def _output(position: int, expression: str) -> str:
    return f'output "o{position}" {{\n  sensitive = true\n  value = {expression}\n}}\n'


def _run(folder: str, *arguments: str) -> str:
    return subprocess.run(["terraform", *arguments], cwd=folder, capture_output=True, text=True, check=False).stdout


def in_process(expression: str) -> tuple[Value, set[Complaint]]:
    """Return the value and what is refused."""
    parsed = parse(f"value = {expression}\n")
    if parsed.diagnostics:
        return values.ANY, {("Syntax", parsed.diagnostics[0].message)}
    report: list[Finding] = []
    value = evaluate(parsed.body.attributes["value"].value, Variables(), report)
    return value, {(finding.summary, finding.detail) for finding in report}


def shown(value: Value) -> str | None:
    """Return the value as JSON text, or None if it is unknown or cannot be written."""
    try:
        return to_json(value) if value.wholly_known else None
    except CallError:
        return _UNWRITABLE


def main() -> int:
    """Run the comparison and print the numbers."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, default=3000, help="expressions")
    parser.add_argument("--seed", type=int, default=1, help="of the generator")
    parser.add_argument("--batch", type=int, default=200, help="expressions in one run of terraform")
    parser.add_argument("--wrong", type=float, default=0.06, help="how often a part of a wrong type is put in")
    parser.add_argument("--record", type=Path, help="renew the recorded verdicts in this file, and stop")
    parser.add_argument("--words", action="store_true", help="print differing messages too")
    chosen = parser.parse_args()
    if shutil.which("terraform") is None:
        sys.exit("terraform is not on the path.")
    if chosen.record is not None:
        record(chosen.record)
        return 0
    generator = Generator(chosen.seed, wrong=chosen.wrong)
    counts = dict.fromkeys(
        ("expressions", "refused", "false accept", "false reject", "words", "values", "wrong value", "left unknown"), 0
    )
    for start in range(0, chosen.count, chosen.batch):
        expressions = [generator.expression() for _ in range(min(chosen.batch, chosen.count - start))]
        refused, written = terraform(expressions)
        for position, expression in enumerate(expressions):
            compare(expression, refused.get(position, set()), written.get(position), counts, chosen.words)
    sys.stdout.write(", ".join(f"{name} {count}" for name, count in counts.items()) + "\n")
    return 1 if counts["false accept"] or counts["false reject"] else 0


def record(path: Path) -> None:
    """Update the rows `{"expression", "refused", "value"}` of a file: the headlines, or the value as JSON text."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    expressions = list(dict.fromkeys(row["expression"] for row in rows))
    refused, written = terraform(expressions)
    with path.open("w", encoding="utf-8") as file:
        for position, expression in enumerate(expressions):
            headlines = sorted({summary for summary, _ in refused.get(position, set())})
            value = written.get(position)
            row = {"expression": expression, "refused": headlines, "value": None if value == _UNWRITABLE else value}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def compare(expression: str, refused: set[Complaint], written: Any, counts: dict[str, int], words: bool) -> None:
    """Compare one expression and count the result."""
    value, complaints = in_process(expression)
    counts["expressions"] += 1
    counts["refused"] += bool(refused)
    if bool(refused) != bool(complaints):
        kind = "false accept" if refused else "false reject"
        counts[kind] += 1
        _tell(kind, expression, refused, complaints)
    elif refused != complaints:
        counts["words"] += 1
        if words:
            _tell("words", expression, refused, complaints)
    elif not refused and isinstance(written, str):
        counts["values"] += 1
        ours = shown(value)
        if ours is None:
            counts["left unknown"] += 1
            if words:
                _tell("left unknown", expression, written, value)
        elif ours != written:
            counts["wrong value"] += 1
            _tell("wrong value", expression, written, ours)


def _tell(kind: str, expression: str, theirs: object, ours: object) -> None:
    sys.stdout.write(f"{kind}: {expression}\n    terraform  {str(theirs)[:600]}\n    in process {str(ours)[:600]}\n")


if __name__ == "__main__":
    sys.exit(main())
