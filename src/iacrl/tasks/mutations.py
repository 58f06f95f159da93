"""Small wrong versions of a gold answer, which a sound intent must score lower."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iacrl.tasks.task import Task

_LITERAL = re.compile(r'"(?:[^"\\$]|\\.)+"|(?<![\w.\-"/])\d+(?![\w.\-"/])')
_SCALAR = re.compile(r"""(?<![^\s"'=])[A-Za-z0-9][^\s"'=]*""")


def mutations(task: Task) -> Iterator[tuple[str, str]]:
    """Yield `(name, text)`: each value that the instruction gives changed, each line dropped, each block dropped.

    A value counts as given where it stands in the instruction or the input as well as in the gold answer: an intent
    that lets such a change pass does not check what was asked.
    """
    asked = set(re.findall(r"[\w.\-/:@]+", task.instruction))
    asked |= {item.rstrip(".:,") for item in asked}
    pattern = _LITERAL if task.domain == "terraform" else _SCALAR
    for value in sorted({item.group().strip('"').removesuffix(":") for item in pattern.finditer(task.output)}):
        if value in asked or (len(value) > 3 and value in task.instruction):
            yield f"changed {value}", _changed(task.output, value)
    for number, dropped in _without_each_block(task):
        yield f"dropped block {number}", dropped
    yield "emptied", ""
    yield "commented out", "".join(f"# {line}\n" for line in task.output.splitlines())


def _changed(text: str, value: str) -> str:
    if re.fullmatch(r"\d+", value):
        other = str(int(value) + 1)
    else:
        other = value[:-1] + ("x" if value[-1] != "x" else "y")
    return re.sub(rf"(?<![\w.\-]){re.escape(value)}(?![\w\-]|\.\w)", other, text)


def _without_each_block(task: Task) -> Iterator[tuple[int, str]]:
    joint = "---\n" if task.domain == "kubernetes" else "\n\n"
    blocks = task.output.rstrip("\n").split(joint)
    if len(blocks) > 1:
        for number in range(len(blocks)):
            yield number + 1, joint.join(blocks[:number] + blocks[number + 1 :]) + "\n"
