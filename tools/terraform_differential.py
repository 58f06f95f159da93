"""Compare the in-process verdict with the real program's, on valid configurations and on seeded mutants of them.

    python tools/terraform_differential.py [--seed 1] [--count 500] [--only realistic] [--files FOLDER] [--log FILE]
                                           [--tofu PROGRAM]

There are four kinds of configurations: realistic ones (`tests/fixtures/terraform/realistic`), the probes that the real
program accepts, the tasks' gold answers, and generated ones. The last come from the provider schemas: the required
arguments and blocks of a few resource types, some optional ones, and references between them. `--files` takes the
modules below a folder instead, each with its files joined. A mutant differs from one of them by one mistake: a
typo in a name, a line that is dropped, doubled or moved, a wrong value, a changed character, a broken reference.

Every disagreement is printed with the reasons of both sides. A false accept (we accept what the program refuses) is
worse than a false reject. What the in-process verdict did not check is counted separately. If both refuse a text, it
also counts whether the headline of our first error ("Unsupported argument") is one of the program's.

If OpenTofu is available too (`tofu` on the path, or `--tofu`), both programs get each text, and it is judged in both
dialects. If the programs differ, it counts whether the two verdicts differ in the same way. It also counts whether a
text that only OpenTofu refuses has the warning that no plan accepts it.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from iacrl.domains.terraform import validate_text
from iacrl.domains.terraform.checking.planned import REFUSED_BY_PLAN
from iacrl.domains.terraform.engine import TerraformEngine
from iacrl.domains.terraform.engine.diagnostics import LIMIT_CODE
from iacrl.domains.terraform.schema.packs import available
from iacrl.domains.terraform.schema.provider_schema import AttributeSchema, BlockSchema, ProviderSchema
from iacrl.domains.verdict import Diagnostic, Verdict

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "tests" / "fixtures" / "terraform"

# ---- configurations ----------------------------------------------------------------------------------------------


def realistic(seed: random.Random) -> Iterator[tuple[str, str]]:
    """Yield the realistic configurations."""
    for path in sorted((FIXTURES / "realistic").glob("*.tf")):
        yield path.stem, path.read_text(encoding="utf-8")


def probes(seed: random.Random) -> Iterator[tuple[str, str]]:
    """Yield the single-file probes that the real program accepts."""
    for line in (FIXTURES / "verdicts.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["valid"] and list(row["files"]) == ["main.tf"]:
            yield row["name"], row["files"]["main.tf"]


def gold(seed: random.Random) -> Iterator[tuple[str, str]]:
    """Yield gold answers of the tasks."""
    rows = []
    for path in sorted((ROOT / "datasets").glob("terraform-*.jsonl")):
        rows += [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for row in seed.sample(rows, min(len(rows), 150)):
        yield row["id"], row["output"]


def generated(seed: random.Random) -> Iterator[tuple[str, str]]:
    """Yield configurations made from the provider schemas."""
    schemas = [pack.schema for pack in available() if pack.schema.resource_types]
    weights = [3 if schema.name in ("aws", "google", "azurerm", "kubernetes") else 1 for schema in schemas]
    for number in range(150):
        schema = seed.choices(schemas, weights)[0]
        yield f"generated {number} {schema.name}", _Writer(schema, seed).module()


FAMILIES: dict[str, Callable[[random.Random], Iterator[tuple[str, str]]]] = {
    "realistic": realistic,
    "probes": probes,
    "gold": gold,
    "generated": generated,
}


def below(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the modules below a folder, each as one text."""
    for module in sorted({path.parent for path in folder.rglob("*.tf")}):
        files = [path.read_text(encoding="utf-8") for path in sorted(module.glob("*.tf"))]
        yield str(module.relative_to(folder)), "\n".join(files)


class _Writer:
    """Writes resources of one provider."""

    def __init__(self, schema: ProviderSchema, seed: random.Random) -> None:
        self.schema = schema
        self.seed = seed
        self.strings: list[str] = []

    def module(self) -> str:
        """Return a module of a few resources that refer to each other."""
        source = self.schema.source
        text = f'terraform {{\n  required_providers {{\n    {self.schema.name} = {{\n      source = "{source}"\n'
        text += "    }\n  }\n}\n\n"
        categories = ["resource"] * 3 + ["data"] * bool(self.schema.data_types)
        for number in range(self.seed.randint(1, 3)):
            category = self.seed.choice(categories)
            names = self.schema.resource_types if category == "resource" else self.schema.data_types
            type_name = self.seed.choice(names)
            body = self.schema.read(category, type_name)
            if body is None or body.open:
                continue
            text += f'{category} "{type_name}" "r{number}" {{\n{self.body(body, 1)}}}\n\n'
            prefix = "" if category == "resource" else "data."
            self.strings += [
                f"{prefix}{type_name}.r{number}.{name}"
                for name, attribute in body.attributes.items()
                if attribute.type == "string"
            ][:5]
        for number, reference in enumerate(self.seed.sample(self.strings, min(2, len(self.strings)))):
            text += f'output "o{number}" {{\n  value = {reference}\n}}\n\n'
        return text

    def body(self, block: BlockSchema, depth: int) -> str:
        """Return the required arguments and blocks of a body, and some optional ones."""
        pad, text = "  " * depth, ""
        for name, attribute in block.attributes.items():
            if attribute.required or (attribute.optional and name != "id" and self.seed.random() < 0.08):
                text += f"{pad}{name} = {self.attribute(attribute, depth)}\n"
        for name, nested in block.blocks.items():
            wanted = nested.min_items or int(depth < 3 and self.seed.random() < 0.05)
            label = ' "key"' if nested.nesting == "map" else ""
            for _ in range(wanted if depth < 6 else 0):
                text += f"{pad}{name}{label} {{\n{self.body(nested.block, depth + 1)}{pad}}}\n"
        return text

    def attribute(self, attribute: AttributeSchema, depth: int) -> str:
        """Return a value for an attribute."""
        nested = attribute.nested
        if nested is None:
            return self.value(attribute.type, depth)
        inner = {name: one for name, one in nested.attributes.items() if one.required}
        fields = ", ".join(f"{name} = {self.attribute(one, depth + 1)}" for name, one in inner.items())
        element = f"{{ {fields} }}"
        return {"single": element, "map": f"{{ k = {element} }}"}.get(nested.nesting, f"[{element}]")

    def value(self, type: object, depth: int) -> str:
        """Return an expression of a type."""
        if type == "number":
            return str(self.seed.choice((1, 5, 443)))
        if type == "bool":
            return self.seed.choice(("true", "false"))
        if type in ("string", "dynamic"):
            if self.strings and self.seed.random() < 0.4:
                return self.seed.choice(self.strings)
            return f'"{self.seed.choice(("alpha", "beta", "example-value"))}"'
        kind, inner = type  # type: ignore[misc]  # any other type is written as a list of two
        if kind == "map":
            return f"{{ k = {self.value(inner, depth + 1)} }}"
        if kind == "object":
            return "{ " + ", ".join(f"{name} = {self.value(one, depth + 1)}" for name, one in inner.items()) + " }"
        if kind == "tuple":
            return "[" + ", ".join(self.value(one, depth + 1) for one in inner) + "]"
        return f"[{self.value(inner, depth + 1)}]"


# ---- mutations ---------------------------------------------------------------------------------------------------

_WORD = re.compile(r"[A-Za-z_][\w-]{2,}")
_REFERENCE = re.compile(
    r"\b(?:var|local|module|data|aws_\w+|google_\w+|azurerm_\w+|kubernetes_\w+|random_\w+)\.[\w.\[\]\"*]+"
)
_ARGUMENT = re.compile(r"^(\s*)([\w-]+)(\s*=\s*)(.+)$", re.MULTILINE)
_HEADER = re.compile(r"^(\s*)([\w-]+)((?: +\"[^\"\n]*\")*) *\{", re.MULTILINE)


def _typo(word: str, seed: random.Random) -> str:
    at = seed.randrange(len(word))
    kind = seed.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    if kind == 2 and at + 1 < len(word):
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + seed.choice("abcdefghijklmnopqrstuvwxyz_") + word[at + 1 :]


def _replace(text: str, pattern: re.Pattern[str], group: int, change: Callable[[str], str], seed: random.Random) -> str:
    found = list(pattern.finditer(text))
    if not found:
        return text
    one = seed.choice(found)
    return text[: one.start(group)] + change(one[group]) + text[one.end(group) :]


def word_typo(text: str, seed: random.Random) -> str:
    """Misspell a word anywhere."""
    return _replace(text, _WORD, 0, lambda word: _typo(word, seed), seed)


def argument_typo(text: str, seed: random.Random) -> str:
    """Misspell the name of an argument."""
    return _replace(text, _ARGUMENT, 2, lambda word: _typo(word, seed), seed)


def header_typo(text: str, seed: random.Random) -> str:
    """Misspell a block type or a label."""
    return _replace(text, _HEADER, seed.choice((2, 3)), lambda word: _typo(word, seed) if word else word, seed)


def reference_typo(text: str, seed: random.Random) -> str:
    """Misspell a part of a reference."""
    return _replace(
        text, _REFERENCE, 0, lambda whole: _replace(whole, _WORD, 0, lambda word: _typo(word, seed), seed), seed
    )


def reference_change(text: str, seed: random.Random) -> str:
    """Make a reference longer, shorter or indexed."""

    def change(whole: str) -> str:
        choices = [f"{whole}.id", f"{whole}[0]", f"{whole}[*].id", f"{whole}.nothing", whole.rpartition(".")[0]]
        return seed.choice(choices)

    return _replace(text, _REFERENCE, 0, change, seed)


def wrong_value(text: str, seed: random.Random) -> str:
    """Replace the value of an argument with one of another kind."""
    values = ('"text"', "42", "true", "null", '["a"]', '{ a = "b" }', "var.undeclared", "[]", "{}", '"5"', "1 / 0")
    values += ('"${1}"', "upper(5)", "length(7)", "each.key", "count.index", "self.id", 'lookup({}, "a")')
    return _replace(text, _ARGUMENT, 4, lambda old: seed.choice(values), seed)


def swap_values(text: str, seed: random.Random) -> str:
    """Give an argument the value of another one."""
    found = [one[4] for one in _ARGUMENT.finditer(text)]
    return _replace(text, _ARGUMENT, 4, lambda old: seed.choice(found), seed) if found else text


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def drop_line(text: str, seed: random.Random) -> str:
    """Leave out a line."""
    lines = _lines(text)
    if lines:
        del lines[seed.randrange(len(lines))]
    return "".join(lines)


def double_line(text: str, seed: random.Random) -> str:
    """Write a line twice."""
    lines = _lines(text)
    at = seed.randrange(len(lines)) if lines else 0
    return "".join(lines[: at + 1] + lines[at:])


def move_line(text: str, seed: random.Random) -> str:
    """Put a line somewhere else."""
    lines = _lines(text)
    if len(lines) > 2:
        line = lines.pop(seed.randrange(len(lines)))
        lines.insert(seed.randrange(len(lines)), line)
    return "".join(lines)


def drop_argument(text: str, seed: random.Random) -> str:
    """Leave out an argument of one line."""
    found = [one for one in _ARGUMENT.finditer(text) if not one[4].rstrip().endswith(("{", "[", "(", "EOF", "EOT"))]
    if not found:
        return text
    one = seed.choice(found)
    return text[: one.start()] + text[one.end() + 1 :]


def drop_block(text: str, seed: random.Random) -> str:
    """Leave out a whole block."""
    found = list(_HEADER.finditer(text))
    if not found:
        return text
    one = seed.choice(found)
    closing = re.compile(rf"^{one[1]}\}}\n?", re.MULTILINE).search(text, one.end())
    return text if closing is None else text[: one.start()] + text[closing.end() :]


def double_block(text: str, seed: random.Random) -> str:
    """Write a whole block twice."""
    found = list(_HEADER.finditer(text))
    if not found:
        return text
    one = seed.choice(found)
    closing = re.compile(rf"^{one[1]}\}}\n?", re.MULTILINE).search(text, one.end())
    return (
        text if closing is None else text[: closing.end()] + text[one.start() : closing.end()] + text[closing.end() :]
    )


def block_as_argument(text: str, seed: random.Random) -> str:
    """Write `name = {` for a nested block, or the reverse."""
    if seed.random() < 0.5:
        return _replace(text, re.compile(r"^( +[\w-]+) \{$", re.MULTILINE), 0, lambda old: f"{old[:-2]} = {{", seed)
    return _replace(
        text, re.compile(r"^( +[\w-]+) += \{$", re.MULTILINE), 0, lambda old: f"{old.split('=')[0]}{{", seed
    )


def character(text: str, seed: random.Random) -> str:
    """Change, drop or add one character."""
    at = seed.randrange(len(text)) if text else 0
    new = seed.choice('"{}[]()=.,:$#\n x0_-%~!?*/\\')
    kind = seed.randrange(3)
    return text[:at] + ("" if kind == 0 else new) + text[at + (kind < 2) :]


def part_to_whole(text: str, seed: random.Random) -> str:
    """Refer to something of another type: a whole resource, its tags, all its elements."""

    def change(whole: str) -> str:
        resource = ".".join(whole.split(".")[: 3 if whole.startswith("data.") else 2])
        return seed.choice((resource, f"{resource}.tags", f"{resource}[*].id", f"[{whole}]", f"{whole}.id"))

    return _replace(text, _REFERENCE, 0, change, seed)


MUTATIONS: tuple[Callable[[str, random.Random], str], ...] = (
    word_typo,
    argument_typo,
    header_typo,
    reference_typo,
    reference_change,
    part_to_whole,
    wrong_value,
    swap_values,
    drop_line,
    double_line,
    move_line,
    drop_argument,
    drop_block,
    double_block,
    block_as_argument,
    character,
)

# ---- comparison --------------------------------------------------------------------------------------------------


def main() -> int:
    """Compare, print the disagreements and the totals; 0 when there are none."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=500, help="mutants; the configurations themselves come first")
    parser.add_argument("--only", choices=FAMILIES, action="append", help="families of configurations (default: all)")
    parser.add_argument("--files", type=Path, action="append", help="a folder of configurations, instead of families")
    parser.add_argument("--no-bases", action="store_true", help="only mutants")
    parser.add_argument("--tofu", default=shutil.which("tofu"), help="OpenTofu (default: the one on the path, if any)")
    parser.add_argument("--log", type=Path, help="write each disagreement as a row of JSON")
    options = parser.parse_args()
    seed = random.Random(options.seed)
    if options.files:
        families = {folder.name: list(below(folder)) for folder in options.files}
    else:
        families = {name: list(FAMILIES[name](seed)) for name in options.only or FAMILIES}
    log = options.log.open("a", encoding="utf-8") if options.log else None
    totals: Counter[str] = Counter()
    headlines: Counter[str] = Counter()
    apart: Counter[str] = Counter()
    started = time.monotonic()
    with ExitStack() as stack:
        engines = {"terraform": stack.enter_context(TerraformEngine("terraform"))}
        if options.tofu is not None:
            engines["tofu"] = stack.enter_context(TerraformEngine(options.tofu))
        for family, name, mutation, text in _cases(families, options, seed):
            said = {
                dialect: (validate_text(text, dialect), engine.validate(text)) for dialect, engine in engines.items()
            }
            kind = "mutants" if mutation else "bases"
            for dialect, (ours, real) in said.items():
                outcome = outcome_of(ours, real)
                totals[f"{dialect}, {kind} of {family}: {outcome}"] += 1
                totals[f"{dialect}, all {kind}: {outcome}"] += 1
                if outcome == "agree, invalid":
                    same = "is" if headline(ours.errors[0]) in map(headline, real.errors) else "is not"
                    headlines[f"{dialect}: our first headline {same} among the program's"] += 1
                if outcome.startswith("false"):
                    row = {
                        "outcome": outcome,
                        "dialect": dialect,
                        "name": name,
                        "mutation": mutation,
                        "ours": [found.message for found in ours.errors],
                        "real": [found.message for found in real.errors],
                        "unchecked": ours.unchecked,
                    }
                    print(json.dumps(row, indent=1), flush=True)
                    if log is not None:
                        log.write(json.dumps({**row, "text": text}) + "\n")
                        log.flush()
            if len(said) > 1:
                apart[_told_apart(*said.values())] += 1
    for what in sorted(totals):
        print(f"{totals[what]:6} {what}")
    for what in sorted(headlines):
        print(f"{headlines[what]:6} {what}")
    for what in sorted(apart):
        print(f"{apart[what]:6} {what}")
    print(f"{sum(totals.values()) // 2} comparisons in {time.monotonic() - started:.0f} s, seed {options.seed}")
    return 1 if any(": false" in what for what in totals) else 0


def _cases(
    families: dict[str, list[tuple[str, str]]], options: argparse.Namespace, seed: random.Random
) -> Iterator[tuple[str, str, str, str]]:
    if not options.no_bases:
        for family, found in families.items():
            for name, text in found:
                yield family, name, "", text
    for _ in range(options.count):
        family = seed.choice([name for name, found in families.items() if found])
        name, text = seed.choice(families[family])
        mutation = seed.choice(MUTATIONS)
        mutant = mutation(text, seed)
        if mutant != text:
            yield family, name, mutation.__name__, mutant


def headline(found: Diagnostic) -> str:
    """Return the part of a message that says what kind of mistake it is about."""
    return found.message.partition(": ")[0]


def outcome_of(ours: Verdict, real: Verdict) -> str:
    """Compare the in-process verdict with the program's, in words."""
    if any(found.code == LIMIT_CODE for found in real.errors):
        return "the program took too long"
    # The engine accepts references to files and modules that cannot exist next to a text; the program refuses them.
    missing = any(words.startswith("file ") or words.endswith("outside the directory") for words in real.unchecked)
    accepted = real.valid and not missing
    if ours.valid == accepted:
        return "agree, valid" if accepted else "agree, invalid"
    if ours.valid:
        return "accepted, but not all of it was checked" if ours.unchecked else "false accept"
    return "false reject"


def _told_apart(terraform: tuple[Verdict, Verdict], tofu: tuple[Verdict, Verdict]) -> str:
    """Compare the two programs, in words, and say whether the in-process verdicts agree with that."""
    (ours, real), (our_tofu, real_tofu) = terraform, tofu
    warned = any(found.code == REFUSED_BY_PLAN.code for found in ours.diagnostics)
    if real.valid == real_tofu.valid:
        return f"both programs say the same{', and every plan refuses it' if warned and real.valid else ''}"
    told = "told apart" if (ours.valid, our_tofu.valid) == (real.valid, real_tofu.valid) else "not told apart"
    if real.valid:
        return f"only OpenTofu refuses it: {told}, {'warned of' if warned else 'not warned of'}"
    return f"only Terraform refuses it: {told}"


if __name__ == "__main__":
    sys.exit(main())
