"""Small wrong versions of a gold answer, which a good intent must score lower."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iacrl.domains.probing import Mutations
from iacrl.domains.registry import find_domain
from iacrl.tasks.task import Task

#: The default for a domain that declares none.
_PLAIN = Mutations(values=re.compile(r"[\w./-]+"), separator="\n\n", unrelated="")


def mutations(task: Task) -> Iterator[tuple[str, str]]:
    """Yield `(name, text)` of wrong versions of the gold answer.

    The versions: change each value in the request, or drop its line; drop each top-level block; return the input
    unchanged; add something unrelated; empty the text; comment it out. A value counts as given if it is in the
    instruction or the input and in the gold answer. So a mutation that is not caught shows that the intent does not
    check everything that was asked.
    """
    domain = find_domain(task.domain)
    how = _PLAIN if domain.mutations is None else domain.mutations()
    for value in _given_values(task, how):
        yield f"{value} changed", _occurrences(value).sub(_other(value), task.output)
        lines = [line for line in task.output.splitlines(keepends=True) if not _sets(line, value)]
        if len(lines) < len(task.output.splitlines()):
            yield f"{value} dropped", "".join(lines)
    blocks = task.output.rstrip("\n").split(how.separator)
    if len(blocks) > 1:
        for number in range(len(blocks)):
            rest = blocks[:number] + blocks[number + 1 :]
            yield f"block {number + 1} dropped", how.separator.join(rest) + "\n"
    if task.input:
        yield "input as it was", task.input
    if how.unrelated:
        yield "unrelated addition", task.output + how.unrelated
    yield "emptied", ""
    yield "commented out", "".join(f"# {line}\n" for line in task.output.splitlines())


def _given_values(task: Task, how: Mutations) -> list[str]:
    """Return the values of the gold answer that the request gives, labels only if the intent fixes them."""
    request = f"{task.instruction}\n{task.input}"
    asked = {word.strip("`'\",.;:") for word in re.split(r"[\s=]", request)}
    named = {item.named for item in task.intent.must_exist} if task.intent else set()
    text = task.output if how.heads is None else how.heads.sub("", task.output)
    found = {value for value in how.values.findall(text) if any(map(str.isalnum, value))}
    given = {value for value in found if value in asked or (len(value) > 3 and _occurrences(value).search(request))}
    return sorted(given | {name for name in named if name and name in task.output})


def _occurrences(value: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.\-/]){re.escape(value)}(?![\w\-/]|\.\w)")


def _other(value: str) -> str:
    return str(int(value) + 1) if value.isdecimal() else value[:-1] + ("y" if value.endswith("x") else "x")


def _sets(line: str, value: str) -> bool:
    """Return whether the line is only one attribute with this value: without it the rest is still readable."""
    return re.fullmatch(rf'\s*(?:- )?[^\s=:]+(?: += +|: )"?{re.escape(value)}"?\s*', line) is not None
