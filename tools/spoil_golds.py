"""Delete every line and block of gold answers, spoil every value, and list the changes that cost nothing.

    python tools/spoil_golds.py                        # all shipped test tasks
    python tools/spoil_golds.py --items 10 --domain cloudformation   # generated items of each family

`tools/left_out.json` lists what may be missing, each with a reason. Such changes are counted separately. A spoilt
answer that still passes (`Score.passed`) earns at least 0.9; the table shows the share of such answers.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from iacrl.scoring.judge import judge
from iacrl.tasks import load_tasks
from iacrl.tasks.family import all_families
from iacrl.tasks.task import Task

SEED = 2025
ALLOWED = Path(__file__).parent / "left_out.json"
_DOMAINS = ("terraform", "kubernetes", "cloudformation")
_CLOSER = re.compile(r"[\]})\s,]*|EOT|---")
_HEAD = re.compile(r'[a-z_]+( "[^"]+")* \{')
#: A setting: its indent and dashes, its key, what separates it from the value.
_SETTING = re.compile(r'(?P<indent>[ ]*(?:- )*)(?:(?P<key>"[^"]+"|[\w./-]+)(?P<mark> *= |:(?: |$)))?(?P<value>\S.*)?')
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


class Spoilt(NamedTuple):
    """One wrong version of a gold answer.

    Attributes:
        what: `line`, `block` or `value`.
        place: The keys on the way to what was deleted or changed, after the type of the part it is in.
        text: The whole answer.
        change: What was done, in words.
    """

    what: str
    place: str
    text: str
    change: str


def spoils(text: str, key_values: dict[str, list[str]] | None = None) -> Iterator[Spoilt]:
    """Yield every version of `text` without one line or one block, or with one value changed.

    Args:
        text: A gold answer.
        key_values: The values that other answers give each key. A value of a closed set is replaced by one of these.
    """
    lines = text.splitlines(keepends=True)
    places = list(_places(lines))
    for number, line in enumerate(lines):
        place = places[number]
        if _CLOSER.fullmatch(line.strip()):
            continue
        yield Spoilt("line", place, "".join(lines[:number] + lines[number + 1 :]), f"without {_tidy(line)}")
        end = _block_end(lines, number)
        if end > number + 1:
            yield Spoilt("block", place, "".join(lines[:number] + lines[end:]), f"without the block {_tidy(line)}")
        if not _HEAD.fullmatch(line.strip()):
            for changed in _changed(line.rstrip("\n"), key_values or {}):
                whole = "".join([*lines[:number], changed, "\n", *lines[number + 1 :]])
                yield Spoilt("value", place, whole, f"{_tidy(line)} -> {_tidy(changed)}")


def _block_end(lines: Sequence[str], start: int) -> int:
    """Return the number of the first line after the lines indented below `start` and their closing line."""
    indent = _indent(lines[start])
    listed = not lines[start].lstrip().startswith("- ") and lines[start].rstrip().endswith(":")
    end = start + 1
    while end < len(lines):
        line = lines[end]
        same = _indent(line) == indent and ((listed and line.lstrip().startswith("- ")) or line.strip()[:1] in "]})")
        inner = line if line.strip() else next((one for one in lines[end + 1 :] if one.strip()), "")
        if line.strip() == "---" or not (_indent(inner) > indent or (line.strip() and same)):
            break
        end += 1
    return end


def _tidy(line: str) -> str:
    return " ".join(line.split())


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _places(lines: Sequence[str]) -> Iterator[str]:
    """Yield the keys that lead to each line, after the kind of the part that contains it."""
    above: list[tuple[int, str]] = []
    kind = ""
    for number, line in enumerate(lines):
        opened = _kind_opened(lines, number)
        if opened:
            kind, above = opened, []
        found = _SETTING.fullmatch(line.rstrip("\n"))
        block = re.fullmatch(r"\s+([\w-]+)( \"[^\"]+\")* \{", line.rstrip("\n"))
        key = block[1] if block else (found["key"] or "").strip('"') if found and not opened else ""
        depth = _indent(line) + (2 if line.lstrip().startswith("- ") else 0)
        above = [one for one in above if one[0] < depth]
        yield ".".join([kind, *(name for _, name in above), *([key] if key else [])])
        if key:
            above.append((depth, key))


def _kind_opened(lines: Sequence[str], number: int) -> str:
    """Return the kind of the block, object or resource that begins at a line; nothing if none does."""
    line = lines[number].rstrip("\n")
    head = re.fullmatch(r'(\w+)(?: "([^"]+)")?.* \{', line)
    if head:
        return head[2] if head[1] in ("resource", "data") else head[1]
    if line.startswith("apiVersion: "):
        return next((one[6:].strip() for one in lines[number:] if one.startswith("kind: ")), "")
    named = re.fullmatch(r" +Type: ([\w:]+::\w+)", lines[number + 1].rstrip("\n")) if number + 1 < len(lines) else None
    return named[1] if named and line.endswith(":") else ""


def _changed(line: str, key_values: dict[str, list[str]]) -> Iterator[str]:
    found = _SETTING.fullmatch(line)
    if found is None or found["value"] is None:
        return
    start, value, key = found.start("value"), found["value"].rstrip(","), (found["key"] or "").strip('"')
    before, after = line[:start], line[start + len(value) :]
    if value in ("[", "{", "|", ">", "[]", "{}", "|-") or value.endswith(("(", "{", "[")) or value.startswith("<<"):
        return
    for other in [one for one in key_values.get(key, []) if one != value][:2]:
        yield before + other + after
    if value in ("true", "false"):
        yield before + ("false" if value == "true" else "true") + after
    elif _NUMBER.fullmatch(value):
        for other in {int(float(value)) + 1, 0} - {int(float(value))}:
            yield before + str(other) + after
    elif '"' in value:
        for string in _STRING.finditer(value):
            inner = string[0][1:-1]
            other = str(int(inner) + 1) if inner.isdecimal() else inner[:-1] + ("y" if inner.endswith("x") else "x")
            for spoilt in (other, "") if inner else ("x",):
                yield before + value[: string.start()] + f'"{spoilt}"' + value[string.end() :] + after
        if len(list(_STRING.finditer(value))) > 1 and value.startswith("["):
            for string in _STRING.finditer(value):
                rest = (value[: string.start()] + value[string.end() :]).replace(", ,", ",")
                yield before + re.sub(r"\[, |, \]", lambda m: m[0].strip(", "), rest) + after
    elif found["mark"] and "=" in found["mark"]:
        yield before + '"spoilt"' + after
    elif value.startswith("!"):
        yield before + "spoilt" + after
    else:
        yield before + value[:-1] + ("y" if value.endswith("x") else "x") + after
        yield before + '""' + after


def values_by_key(tasks: Iterable[Task]) -> dict[str, list[str]]:
    """Return the values that gold answers give each key, if these are words of a small set."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for task in tasks:
        for line in task.output.splitlines():
            setting = _SETTING.fullmatch(line)
            if setting and setting["key"] and setting["value"] and re.fullmatch(r'"?[A-Za-z_]+"?', setting["value"]):
                found[setting["key"].strip('"')][setting["value"]] = None
    return {key: sorted(values) for key, values in found.items() if 1 < len(values) <= 12}


@cache
def allowed() -> dict[str, str]:
    """Return what may be left out or set otherwise, and why."""
    read: dict[str, str] = json.loads(ALLOWED.read_text(encoding="utf-8"))
    return read


def is_allowed(spoilt: Spoilt) -> bool:
    """Return whether the list allows this: `PLACE: CHANGE`, with `*` for any text."""
    entry = f"{spoilt.place}: {spoilt.change}"
    return any(re.fullmatch(re.escape(one).replace(r"\*", ".*"), entry) for one in allowed())


def costs_nothing(task: Task, text: str) -> bool:
    """Return whether an answer passes."""
    return text != task.output and "intent" in judge(text, task).layers


def tasks_of(domain: str, items: int, families: Sequence[str]) -> Iterator[Task]:
    """Yield the shipped test tasks of a domain. With `items`, yield that many generated items of each family."""
    if items or domain == "cloudformation":
        for family in all_families().values():
            if family.domain == domain and (not families or family.name in families):
                yield from (family.task(SEED, index) for index in range(items or len(family.levels)))
    else:
        yield from (task for task in load_tasks(domain, split="test") if not families or task.family in families)


def main() -> None:
    """Print the changes that cost nothing, by family and place, and the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--domain", action="append", choices=_DOMAINS)
    parser.add_argument("--family", action="append", default=[])
    parser.add_argument("--items", type=int, default=0)
    arguments = parser.parse_args()
    for domain in arguments.domain or _DOMAINS:
        tried: Counter[str] = Counter()
        free: Counter[str] = Counter()
        unlisted: Counter[str] = Counter()
        places: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        tasks = list(tasks_of(domain, arguments.items, arguments.family))
        pool = values_by_key(tasks)
        for task in tasks:
            for spoilt in spoils(task.output, key_values=pool):
                tried[spoilt.what] += 1
                if costs_nothing(task, spoilt.text):
                    free[spoilt.what] += 1
                    listed = is_allowed(spoilt)
                    unlisted[spoilt.what] += not listed
                    mark = "listed" if listed else "FREE"
                    places[task.family, f"{mark} {spoilt.what} {spoilt.place}", ""].append(
                        f"{task.id}: {spoilt.change}"
                    )
        print(f"## {domain}: {len(tasks)} tasks")
        for (family, where, _), found in sorted(places.items()):
            print(f"{family}: {where} ({len(found)}): {found[0]}")
        print("| what | tried | cost nothing | share | not on the list |\n|---|---:|---:|---:|---:|")
        for what, number in sorted(tried.items()):
            share = free[what] / number
            print(f"| {domain} {what} | {number} | {free[what]} | {share:.2%} | {unlisted[what] / number:.2%} |")


if __name__ == "__main__":
    main()
