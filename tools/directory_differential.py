"""Compare the in-process verdict of real directories with the real program's, and count the causes of differences.

    python tools/directory_differential.py FOLDER... [--tofu PROGRAM] [--log FILE] [--only TEXT]

Each directory below a folder that contains `*.tf` files is a module. It is copied to its own directory, with the local
modules that it calls, even those above it. Both sides judge the copy: `validate_directory`, and the program through the
engine. Links are left out. So are directories without Terraform files that are larger than 20 MB.

Every difference is printed with the reasons of both sides, and counted by the first headline of the side that refuses.
A directory with `.tofu` files is judged in OpenTofu's dialect, so only OpenTofu judges it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from terraform_differential import headline, outcome_of

from iacrl.domains.terraform import validate_directory
from iacrl.domains.terraform.engine import TerraformEngine
from iacrl.domains.terraform.syntax import nodes
from iacrl.domains.terraform.syntax.parser import parse
from iacrl.domains.verdict import Verdict
from iacrl.errors import UserError
from iacrl.text import from_bytes, to_bytes

_CONFIGURATION = (".tf", ".tofu", ".tf.json")
_LARGEST = 20 << 20
_MODULES = 200


def modules_below(folder: Path) -> Iterator[Path]:
    """Yield the directories that contain Terraform files, except those that Terraform itself made."""
    found = {path.parent for path in folder.rglob("*.tf") if ".terraform" not in path.parts}
    yield from sorted(found)


def copy_module(directory: Path, target: Path) -> None:
    """Copy a module and the local modules that it calls. No call leads out of the copy."""
    names = {directory.resolve(): "."}
    waiting = [directory.resolve()]
    while waiting and len(names) < _MODULES:
        here = waiting.pop()
        place = target / names[here]
        _copy_files(here, place)
        for file in sorted(place.glob("*.tf")):
            text = from_bytes(file.read_bytes())
            for literal in reversed(list(_local_sources(text))):
                called = (here / str(literal.value)).resolve()
                if not called.is_dir():
                    continue
                if called not in names:
                    names[called] = f"called/{len(names)}"
                    waiting.append(called)
                up = "./" if names[here] == "." else "../../"
                source = up if names[called] == "." else f"{up}{names[called]}"
                text = f'{text[: literal.start]}"{source}"{text[literal.end :]}'
            file.write_bytes(to_bytes(text))


def _local_sources(text: str) -> Iterator[nodes.Literal]:
    for block in parse(text).body.blocks:
        source = block.body.attributes.get("source")
        if block.type == "module" and source is not None and isinstance(source.value, nodes.Literal):
            value = source.value.value
            if isinstance(value, str) and value.startswith(("./", "../")):
                yield source.value


def _copy_files(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.iterdir()):
        if path.is_symlink() or path.name in (".git", ".terraform"):
            continue
        if path.is_file():
            shutil.copyfile(path, target / path.name)
        elif path.is_dir() and not _is_of_modules(path):
            shutil.copytree(path, target / path.name, dirs_exist_ok=True, ignore=_links)


def _is_of_modules(directory: Path) -> bool:
    """Return whether there are modules below a directory, or more than belongs to one."""
    size = 0
    for folder, _, files in os.walk(directory):
        for name in files:
            path = Path(folder) / name
            size += path.lstat().st_size
            if name.endswith(_CONFIGURATION) or size > _LARGEST:
                return True
    return False


def _links(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if (Path(folder) / name).is_symlink()]


def main() -> int:
    """Compare, print the differences and the totals; 0 when there are none."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", help="such as checkouts of repositories")
    parser.add_argument("--tofu", help="OpenTofu, to compare with as well")
    parser.add_argument("--log", type=Path, help="write each difference as a row of JSON")
    parser.add_argument("--only", default="", help="only directories whose path holds this text")
    options = parser.parse_args()
    totals: Counter[str] = Counter()
    repositories: Counter[str] = Counter()
    seconds = 0.0
    with ExitStack() as stack:
        engines = {"terraform": stack.enter_context(TerraformEngine("terraform"))}
        if options.tofu is not None:
            engines["tofu"] = stack.enter_context(TerraformEngine(options.tofu))
        log = stack.enter_context(options.log.open("a", encoding="utf-8")) if options.log else None
        for folder in options.folders:
            for directory in modules_below(folder):
                if options.only not in str(directory):
                    continue
                repositories[folder.name] += 1
                with TemporaryDirectory() as copied:
                    place = Path(copied)
                    copy_module(directory, place)
                    for dialect, engine in engines.items():
                        if dialect == "terraform" and any(place.rglob("*.tofu")):
                            totals["terraform: not put to it, for it has .tofu files"] += 1
                            continue
                        started = time.process_time()
                        ours = validate_directory(place, dialect)
                        seconds += time.process_time() - started
                        try:
                            real = engine.validate(place)
                        except (UserError, RuntimeError) as error:
                            totals[f"{dialect}: the program could not judge ({str(error)[:60]})"] += 1
                            continue
                        outcome = outcome_of(ours, real)
                        totals[f"{dialect}: {outcome}"] += 1
                        if not outcome.startswith("agree"):
                            row = _row(dialect, outcome, str(directory), ours, real)
                            totals[f"{dialect}: {outcome}: {row['cause']}"] += 1
                            print(json.dumps(row, indent=1), flush=True)
                            if log is not None:
                                log.write(json.dumps(row) + "\n")
                                log.flush()
    for name, count in sorted(repositories.items()):
        print(f"{count:6} directories of {name}")
    for what, count in sorted(totals.items()):
        print(f"{count:6} {what}")
    print(f"{sum(repositories.values())} directories, {seconds:.1f} s of processor time for the verdicts in process")
    return 1 if any("false" in what for what in totals) else 0


def _row(dialect: str, outcome: str, name: str, ours: Verdict, real: Verdict) -> dict[str, Any]:
    refusing = (ours if real.valid else real).errors
    return {
        "outcome": outcome,
        "dialect": dialect,
        "name": name,
        "cause": headline(refusing[0]) if refusing else "a file outside the directory",
        "ours": [found.message for found in ours.errors][:5],
        "real": [found.message for found in real.errors][:5],
        "unchecked": [*ours.unchecked][:5],
        "real unchecked": [*real.unchecked][:5],
    }


if __name__ == "__main__":
    sys.exit(main())
