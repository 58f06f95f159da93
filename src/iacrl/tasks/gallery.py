"""The gallery: one example of each task family, as a page."""

from __future__ import annotations

from collections.abc import Iterator

from iacrl.domains.registry import find_domain
from iacrl.tasks.family import Family, all_families

_SEED = 1


def render_gallery() -> str:
    """Return the page in Markdown. `iacrl data show --gallery FILE` writes it."""
    families = all_families().values()
    held_out = sum(item.held_out for item in families)
    lines = [
        "# Gallery of task families",
        "",
        f"{len(families)} families, {held_out} of them held out of training. Written by `iacrl data show --gallery`.",
        "",
    ]
    for item in families:
        lines += _example(item)
    return "\n".join(lines)


def _example(item: Family) -> Iterator[str]:
    levels = sorted(item.levels)
    task = item.task(_SEED, len(levels) // 2)
    fence = find_domain(item.domain).fence
    yield f"## {item.name}"
    yield ""
    yield f"{item.summary}{' Held out of training.' if item.held_out else ''}"
    yield ""
    yield from (f"- Level {level}: {item.levels[level]}" for level in levels)
    yield ""
    yield f"An example of level {task.difficulty}:"
    yield ""
    yield from (f"> {line}".rstrip() for line in task.instruction.splitlines())
    yield ""
    if task.input:
        yield from ("Given:", "", f"```{fence}", task.input.rstrip("\n"), "```", "")
    yield from ("Gold answer:", "", f"```{fence}", task.output.rstrip("\n"), "```", "")
