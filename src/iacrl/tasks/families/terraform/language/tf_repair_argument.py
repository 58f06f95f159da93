"""Repair a configuration in which the name of an argument is misspelt, given the diagnostic."""

from __future__ import annotations

import re

from iacrl.tasks.families.terraform.scenes import SCENES
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family
from iacrl.tasks.given import build_given

#: A line of a resource that sets one argument: its indent, name and value.
_ARGUMENT = re.compile(r"^  (\w+)( *= .*)$", re.MULTILINE)


@family("terraform", levels={2: "one resource", 3: "two resources", 4: "two misspelt names"})
def tf_repair_argument(draw: Draw, level: int) -> Item:
    """Draw one scene and misspell it."""
    sheet = TerraformSheet(draw)
    build_given(sheet, SCENES, both=level >= 3)
    gold = broken = sheet.text()
    names = sorted({found[1] for found in _ARGUMENT.finditer(gold)} - {"tags"})
    for name in draw.sample(names, min(2 if level >= 4 else 1, len(names))):
        wrong = _misspelt(name, draw)
        broken = re.sub(rf"^  {name}\b", f"  {wrong}", broken, count=1, flags=re.MULTILINE)
        sheet.say("terraform validate reports", _diagnostic(broken, wrong))
    sheet.say("nothing but the mistake changes")
    sheet.keep()
    return sheet.item("the given configuration", "this Terraform file", verb="repair", given=broken)


def _misspelt(name: str, draw: Draw) -> str:
    """Drop, double or swap letters, or write it in camel case."""
    place = draw.number(1, len(name) - 2)
    words = name.split("_")
    ways = [name[:place] + name[place + 1 :], name[:place] + name[place - 1 :]]
    if len(words) > 1:
        ways.append(words[0] + "".join(word.title() for word in words[1:]))
    return draw.choice([way for way in ways if way != name] or [name + "s"])


def _diagnostic(text: str, wrong: str) -> str:
    lines = text.splitlines()
    number = next(n for n, line in enumerate(lines, start=1) if re.match(rf"  {wrong}\b", line))
    block = next(line for line in reversed(lines[:number]) if line.startswith("resource"))
    where = f"on main.tf line {number}, in {block.removesuffix(' {')}"
    return f'Unsupported argument, {where}: An argument named "{wrong}" is not expected here.'
