"""Look for files that make a reader hang, or fail with anything but a UserError.

    python tools/fuzz_readers.py [--inputs 20000] [--minutes 60] [--seed 0] [--only NAME] [--keep FOLDER]

It mutates valid examples of every kind of file that may come from others: recipes, tasks, completions, intents,
definitions and dumps of schemas, parts of run directories, settings of a repository, baselines. It changes bytes and
slices of the text, and values of its data. Each input is a new file in its own folder. If one raises anything but a
UserError, or takes more than ten seconds of processor time, it is kept and reported.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iacrl.config.recipes import config_names, find_config, load_config
from iacrl.domains import all_domains
from iacrl.errors import UserError
from iacrl.evaluation.backends.completions import CompletionsFile
from iacrl.evaluation.figures import read_evaluation
from iacrl.evaluation.log import CompletionLog
from iacrl.evaluation.report.reading import read_run
from iacrl.runs.directory import RunDirectory
from iacrl.scoring.samples import read_samples
from iacrl.sources.baseline import read_baseline
from iacrl.sources.settings_file import read_settings
from iacrl.sources.settings_keys import Mistakes
from iacrl.tasks import Task, load_tasks, read_tasks
from iacrl.testing.intents import read_intent

SLOW_S = 10.0

#: What is put into texts and, if it is JSON, into data.
PIECES = (
    "[" * 3000, "{a: " * 300, "{" * 500, "- " * 400, "&a [*a]", "&a [x, x]\nb: &b [*a, *a, *a, *a]\nc: [*b, *b]",
    "1" * 5000, "0x" + "f" * 5000, "1e999", "-1e999", ".inf", ".nan", "NaN", "Infinity", "1" * 400, "null", "~", "true",
    "!!bool x", "!!timestamp x", "!!int ''", "!!binary é", "!!python/name:os.system", "2020-99-99", "1:59:59",
    "<<: *a", "? [a]\n: b", "---\n", "...\n", "\x00", "\x1b[2J", "\ufeff", "\u2028", "\r", "\t", "\u202e", '"', "'",
    "\\u0000", "\\ud800", "#", "%", "@", "`", "|", ">", "{{", "${", "/" * 3, "../" * 5, "~/x", "x" * 5000, "",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 10**300, 10**18, -(10**400), 1.5, 1e308, float("inf"), float("nan"), "", "x", "\x00",
    "\ud800", "a" * 3000, "../..", "/", [], {}, [[]], [None], {"": None}, {"a": {"a": {"a": 1}}}, ["x", 1, None],
    {"equals": None}, {"some": {"a": 1}}, {"matches": "(a+)+$"}, {"matches": "(?=a)"}, {"refers_to": "a"}, "2020-01-01",
)  # fmt: skip


@dataclass(frozen=True)
class Reader:
    """One kind of file.

    Attributes:
        name: Its name in this tool.
        file: Its name in the folder that `read` takes.
        examples: Valid contents.
        beside: Other files of the folder, by name.
        read: Reads the file in a folder; raises only UserError.
    """

    name: str
    file: str
    examples: Sequence[bytes]
    read: Callable[[Path], object]
    beside: Mapping[str, bytes]


def all_readers(run: Path, tasks: Sequence[Task]) -> list[Reader]:
    """Return every reader.

    Args:
        run: The directory of a finished evaluation.
        tasks: Some tasks of each domain.
    """
    rows = [json.dumps(task.to_json()) for task in tasks]
    completions = [json.dumps({"task": task.id, "completion": task.output, "sample": 0}) for task in tasks]
    asked = frozenset(task.id for task in tasks)
    parts = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
    intents = [json.dumps(task.intent.to_json(), indent=1).encode() for task in tasks if task.intent is not None]
    kinds = {
        "recipe": ("recipe.yaml", [find_config(name).read_bytes() for name in config_names()], _recipe),
        "tasks": ("tasks.jsonl", _each_and_all(rows), lambda at: read_tasks(at / "tasks.jsonl")),
        "array of tasks": ("t.json", [f"[{','.join(rows)}]".encode()], lambda at: read_tasks(at / "t.json")),
        "table of tasks": ("t.csv", [_table(tasks)], lambda at: read_tasks(at / "t.csv", domain="terraform")),
        "completions": (
            "c.jsonl",
            _each_and_all(completions),
            lambda at: CompletionsFile(at / "c.jsonl", "m", tasks, asked),
        ),
        "intent": ("i.yaml", intents, lambda at: read_intent(at / "i.yaml")),
        "definitions": ("crd.yaml", [DEFINITION], lambda at: _add(at / "crd.yaml")),
        "schema dump": ("s.json", [json.dumps(DUMP).encode()], lambda at: _add(at / "s.json")),
        "settings": (".iacrl.toml", [SETTINGS], lambda at: read_settings(at / ".iacrl.toml", Mistakes("x"))),
        "settings in a project": (
            "pyproject.toml",
            [b"[tool.iacrl]\n" + SETTINGS.replace(b"[", b"[tool.iacrl.")],
            lambda at: read_settings(at / "pyproject.toml", Mistakes("x")),
        ),
        "baseline": ("b.json", [BASELINE], lambda at: read_baseline(at / "b.json")),
    }
    found = [Reader(name, file, examples, read, {}) for name, (file, examples, read) in kinds.items()]
    for name, content in parts.items():
        found.append(Reader(f"run: {name}", name, [content], _run, parts))
    return found


def _each_and_all(rows: Sequence[str]) -> list[bytes]:
    return [*(row.encode() + b"\n" for row in rows), "\n".join(rows).encode()]


def _table(tasks: Sequence[Task]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["instruction", "input", "output"])
    writer.writerows([task.instruction, task.input, task.output] for task in tasks)
    return out.getvalue().encode()


def _recipe(at: Path) -> None:
    load_config(str(at / "recipe.yaml")).to_yaml()


def _add(file: Path) -> None:
    content = file.read_bytes()
    for domain in all_domains():
        if domain.schemas is not None:
            domain.schemas().add(content, str(file))


def _run(at: Path) -> None:
    """Read a run's directory as the report does, and `compare`, `rescore` and `--resume`, each separately."""
    readers: tuple[Callable[[], object], ...] = (
        lambda: read_run(at, "run"),
        lambda: read_evaluation(at),
        lambda: RunDirectory(at).read_manifest(),
        lambda: list(CompletionLog(at / "completions.jsonl").rows()),
        lambda: list(read_samples(at / "samples.jsonl")),
        lambda: load_config(str(at / "config.yaml")),
    )
    for read in readers:
        try:
            read()
        except UserError:
            continue


DEFINITION = b"""apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: things, singular: thing, kind: Thing, listKind: ThingList}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: {type: integer, maximum: 3, default: 1}
              names: {type: array, items: {type: string, pattern: "^a+$"}, x-kubernetes-list-type: set}
            x-kubernetes-validations: [{rule: "self.size < 3", message: "no"}]
"""
DUMP = {
    "format_version": "1.0",
    "provider_schemas": {
        "registry.terraform.io/example/thing": {
            "provider": {"version": 0, "block": {"attributes": {"region": {"type": "string", "optional": True}}}},
            "resource_schemas": {
                "thing_one": {
                    "version": 1,
                    "block": {
                        "attributes": {
                            "id": {"type": "string", "computed": True},
                            "tags": {"type": ["map", "string"], "optional": True},
                            "rules": {"type": ["list", ["object", {"a": "string", "b": "number"}]], "optional": True},
                        },
                        "block_types": {
                            "part": {
                                "nesting_mode": "list",
                                "block": {"attributes": {"x": {"type": "bool", "required": True}}},
                                "min_items": 1,
                            }
                        },
                    },
                }
            },
            "data_source_schemas": {"thing_one": {"version": 0, "block": {}}},
        }
    },
}
SETTINGS = b"""select = ["TF", "KB"]
ignore = ["TF304"]
exclude = ["vendor/**"]

[per-file-ignores]
"examples/**" = ["TF101"]
"""
BASELINE = json.dumps({"version": 1, "findings": {"main.tf": {"TF304": {"No.": 1, "Not so.": 2}}}}).encode()


def mutated(reader: Reader, draw: random.Random) -> bytes:
    """Return an example of a reader with one to four changes."""
    content = draw.choice(reader.examples)
    for _ in range(draw.choice((1, 1, 2, 4))):
        change = draw.choice((_in_data, _in_data, _in_data, _piece, _slice, _bytes, _splice))
        content = change(content, reader, draw)
    return content


def _piece(content: bytes, reader: Reader, draw: random.Random) -> bytes:
    at = draw.randint(0, len(content))
    end = draw.choice((at, at, min(len(content), at + draw.randint(0, 20))))
    return content[:at] + draw.choice(PIECES).encode("utf-8", "surrogatepass") + content[end:]


def _slice(content: bytes, reader: Reader, draw: random.Random) -> bytes:
    at, end = sorted(draw.randint(0, len(content)) for _ in range(2))
    return content[:at] + draw.choice((b"", content[at:end] * 2, content[at:end][::-1])) + content[end:]


def _bytes(content: bytes, reader: Reader, draw: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(draw.randint(1, 8)):
        if changed:
            changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)


def _splice(content: bytes, reader: Reader, draw: random.Random) -> bytes:
    other = draw.choice(reader.examples)
    return content[: draw.randint(0, len(content))] + other[draw.randint(0, len(other)) :]


def _in_data(content: bytes, reader: Reader, draw: random.Random) -> bytes:
    """Change a value, a key or an element of one JSON document or line; in other texts, change a piece."""
    lines = content.split(b"\n") if reader.file.endswith(".jsonl") else [content]
    number = draw.randrange(len(lines))
    try:
        data = json.loads(lines[number])
    except (ValueError, RecursionError):
        return _piece(content, reader, draw)
    places = list(_places(data))
    if not places:
        return _piece(content, reader, draw)
    holder, key = draw.choice(places)
    match draw.randrange(4):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[draw.choice(("", "x", f"{key}s", "as", "with", "\ud800"))] = holder.pop(key)
        case 2:
            holder[key] = draw.choice(places)[0]
        case _:
            holder[key] = draw.choice(VALUES)
    try:
        lines[number] = json.dumps(data).encode()
    except (ValueError, RecursionError):  # it holds itself
        return _piece(content, reader, draw)
    return b"\n".join(lines)


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in list(inner):
        yield data, key
        yield from _places(value)


def attack(reader: Reader, content: bytes, folder: Path) -> str | None:
    """Let a reader read a content. Return what went wrong, or None if it read it or raised a UserError."""
    for name, other in reader.beside.items():
        if (folder / name).read_bytes() != other if (folder / name).exists() else True:
            (folder / name).write_bytes(other)
    (folder / reader.file).write_bytes(content)
    started = time.process_time()
    try:
        reader.read(folder)
    except UserError as error:
        if len(str(error)) > 100_000:
            return f"a message of {len(str(error))} characters"
    except Exception:  # noqa: BLE001 - this is what the fuzzer looks for
        return traceback.format_exc()
    spent = time.process_time() - started
    return f"{spent:.1f} s of the processor" if spent > SLOW_S else None


def make_run(folder: Path, tasks: Sequence[Task]) -> Path:
    """Return the directory of a small evaluation."""
    from iacrl.evaluation.model_source import ModelSource, resolve_config
    from iacrl.evaluation.protocol import run_eval
    from iacrl.tasks import write_tasks

    write_tasks(folder / "tasks.jsonl", tasks)
    rows = [json.dumps({"task": task.id, "completion": task.output}) + "\n" for task in tasks]
    (folder / "mine.jsonl").write_text("".join(rows), encoding="utf-8")
    source = ModelSource(completions=folder / "mine.jsonl")
    overrides = [f"run.dir={folder / 'runs'}", "rewards.workers=1"]
    overrides += [f"data.{split}={folder / 'tasks.jsonl'}" for split in ("train", "test")]
    overrides += [f"data.domains=[{', '.join(sorted({task.domain for task in tasks}))}]"]
    run, _ = run_eval(resolve_config(source, None, overrides), source)
    (run.path / "metrics.jsonl").write_text('{"step": 1, "loss": 0.5}\n{"step": 2, "loss": 0.4}\n', encoding="utf-8")
    return run.path


def some_tasks(each: int = 3) -> list[Task]:
    """Return some shipped tasks of two domains, each of another family."""
    found: list[Task] = []
    for domain in ("terraform", "kubernetes"):
        families = {task.family: task for task in load_tasks(domain, split="test")}
        found += list(families.values())[:each]
    return found


def main() -> int:
    """Attack until the inputs or the minutes are over; return how many kinds of failure there were."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="the name of one reader")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-readers"), help="where inputs that fail are kept")
    given = parser.parse_args()
    draw = random.Random(given.seed)
    until = time.monotonic() + given.minutes * 60
    counts: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        os.environ["XDG_DATA_HOME"] = f"{name}/data"  # definitions and dumps are added there
        tasks = some_tasks()
        folder = Path(name)
        readers = [one for one in all_readers(make_run(folder, tasks), tasks) if given.only in (None, one.name)]
        folders = {one.name: Path(tempfile.mkdtemp(dir=name)) for one in readers}
        while counts.total() < given.inputs and time.monotonic() < until:
            reader = draw.choice(readers)
            content = mutated(reader, draw)
            wrong = attack(reader, content, folders[reader.name])
            counts[reader.name] += 1
            if wrong is not None:
                kind = f"{reader.name}: {' / '.join(wrong.strip().splitlines()[-3:])[-300:]}"
                failures[kind] += 1
                if failures[kind] == 1:
                    given.keep.mkdir(exist_ok=True)
                    (given.keep / f"{len(failures)}-{reader.file}").write_bytes(content)
                    print(f"{len(failures)}-{reader.file}\n{wrong[-3000:]}", flush=True)
    for name_, count in sorted(counts.items()):
        print(f"{count:9,}  {name_}")
    print(f"{counts.total():,} inputs, {len(failures)} kinds of failure")
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
