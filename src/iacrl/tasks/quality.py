"""How good the tasks of files are: a score for each, from 0 to 1, that also serves as its weight in training."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from iacrl.tasks.dedupe import find_duplicates
from iacrl.tasks.proof import gold_faults
from iacrl.tasks.task import Task
from iacrl.tasks.unsaid import checkable_values, unsaid_values

#: So many tasks that want a value without a request for it: it is knowledge of the domain, such as a default route.
_KNOWLEDGE = 3
#: Tukey's far fence, in quartile ranges (Tukey 1977, Exploratory Data Analysis).
_FENCE = 3.0
#: Of lengths on a logarithmic scale: where nearly all are equal, half as long again is still usual.
_LEAST_RANGE = math.log(1.5)
#: Fewer tasks have no usual length.
_FEWEST = 20

#: The parts of a score, with what each is about.
PARTS: Mapping[str, str] = {
    "gold": "1 if the gold answer is valid and meets the intent, else 0; 1 without a gold answer",
    "leak": "0 if it repeats a task of another file, else 1",
    "unique": "1 / copies: the task and its duplicates in the same file count as one",
    "said": "the share of the intent's names and numbers that the request mentions",
    "length": "0.5 if request or answer is far longer or shorter than usual in the file, else 1",
}


@dataclass(frozen=True, slots=True)
class Quality:
    """The score of one task.

    Attributes:
        task: Its id.
        weight: The product of the parts.
        parts: Part to its value; see `PARTS`.
        why: What lowered it, in words.
    """

    task: str
    weight: float
    parts: Mapping[str, float]
    why: tuple[str, ...]


def score_quality(files: Mapping[Path, Sequence[Task]], *, threshold: float = 0.8) -> dict[Path, list[Quality]]:
    """Return the scores of all tasks, in their order.

    Of two similar tasks in different files, the one in the later file leaks; name the file to protect, the test file,
    first.

    Args:
        threshold: Similarity from which two tasks count as near duplicates.

    Raises:
        UserError: datasketch is not installed.
    """
    copies, leaks = _repeats(files, threshold)
    found: dict[Path, list[Quality]] = {}
    for file, tasks in files.items():
        unsaid = [unsaid_values(task) for task in tasks]
        times = Counter(one for values in unsaid for one in values)
        known = {value for value, count in times.items() if count >= _KNOWLEDGE}
        odd = _odd_lengths(tasks)
        found[file] = []
        for number, (task, values) in enumerate(zip(tasks, unsaid, strict=True)):
            faults = gold_faults(task) if task.output.strip() else ()
            missing = [value for value in values if value not in known]
            key = (str(file), task.id)
            parts = {
                "gold": float(not faults),
                "leak": float(key not in leaks),
                "unique": 1 / copies.get(key, 1),
                "said": 1 - len(missing) / max(1, checkable_values(task)),
                "length": 0.5 if number in odd else 1.0,
            }
            why = [*(f"gold answer: {fault}" for fault in faults), *([leaks[key]] if key in leaks else [])]
            why += [f"one of {copies[key]} copies"] if copies.get(key, 1) > 1 else []
            why += [f"the request does not mention {value}" for value in missing]
            why += [odd[number]] if number in odd else []
            found[file].append(Quality(task.id, math.prod(parts.values()), parts, tuple(why)))
    return found


def _repeats(
    files: Mapping[Path, Sequence[Task]], threshold: float
) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], str]]:
    """Return file and task to the size of its group of duplicates, and to the task of another file that it repeats."""
    rows = [(str(file), task) for file, tasks in files.items() for task in tasks]
    first: dict[tuple[str, str], tuple[str, str]] = {}
    leaks: dict[tuple[str, str], str] = {}
    for one in find_duplicates(rows, threshold=threshold):
        key, earlier = (one.file, one.task), (one.earlier_file, one.earlier)
        if one.leaks:
            leaks[key] = f"repeats {one.earlier} of {one.earlier_file} ({one.similarity:.2f})"
        else:
            first[key] = first.get(earlier, earlier)
    groups = Counter(first.values())
    sizes = {earlier: 1 + more for earlier, more in groups.items()}
    return sizes | {key: sizes[earlier] for key, earlier in first.items()}, leaks


def _odd_lengths(tasks: Sequence[Task]) -> dict[int, str]:
    """Return the numbers of tasks with an unusual length, and which; lengths are compared on a logarithmic scale."""
    found: dict[int, str] = {}
    for part in ("instruction", "output"):
        lengths = {number: math.log(len(text)) for number, task in enumerate(tasks) if (text := getattr(task, part))}
        if len(lengths) < _FEWEST:
            continue
        low, _, high = quantiles(lengths.values(), n=4)
        reach = _FENCE * max(high - low, _LEAST_RANGE)
        for number, length in lengths.items():
            if not low - reach <= length <= high + reach:
                found.setdefault(number, f"{part}: {round(math.exp(length)):,} characters is unusual here")
    return found


def render_quality(scores: Mapping[Path, Sequence[Quality]]) -> str:
    """Return a Markdown table: for each file, how many tasks each part lowers, and the mean weight."""
    lines = [f"| file | tasks | {' | '.join(PARTS)} | weight 0 | mean weight |", "|---|" + "---:|" * (len(PARTS) + 3)]
    for file, found in scores.items():
        counts = [sum(one.parts[part] < 1 for one in found) for part in PARTS]
        mean = sum(one.weight for one in found) / max(1, len(found))
        cells = [len(found), *counts, sum(one.weight == 0 for one in found)]
        lines.append(f"| {file.name} | {' | '.join(map(str, cells))} | {mean:.3f} |")
    return "\n".join(lines)


def weight_rows(scores: Mapping[Path, Sequence[Quality]]) -> Iterator[dict[str, object]]:
    """Yield the rows of a file of weights, as `data.weights` reads it."""
    for file, found in scores.items():
        for one in found:
            yield {
                "task": one.task,
                "weight": round(one.weight, 6),
                "parts": {name: round(value, 6) for name, value in one.parts.items()},
                "why": list(one.why),
                "file": file.name,
            }
