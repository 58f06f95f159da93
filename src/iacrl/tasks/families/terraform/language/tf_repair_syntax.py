"""Repair a configuration that does not parse, given the diagnostic."""

from __future__ import annotations

import re

from iacrl.tasks.families.terraform.scenes import SCENES
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family
from iacrl.tasks.given import build_given


@family("terraform", levels={1: "one resource", 3: "two resources"})
def tf_repair_syntax(draw: Draw, level: int) -> Item:
    """Draw one scene and break it."""
    sheet = TerraformSheet(draw)
    build_given(sheet, SCENES, both=level >= 3)
    sheet.keep()
    lines = sheet.text().splitlines()
    quoted = [n for n, line in enumerate(lines) if re.search(r'= "[^"]+"$', line)]
    fault = draw.choice(("quote", "equals", "brace"))
    if fault == "brace":
        number = max(n for n, line in enumerate(lines) if line == "}")
        del lines[number]
        opening = max(n for n, line in enumerate(lines) if line.startswith("resource"))
        said = "Unclosed configuration block: There is no closing brace for this block before the end of the file."
        place = opening + 1
    else:
        number = draw.choice(quoted)
        place = number + 1
        if fault == "quote":
            lines[number] = lines[number][:-1]
            said = "Invalid multi-line string: Quoted strings may not be split over multiple lines."
        else:
            lines[number] = re.sub(r" *= ", " ", lines[number], count=1)
            said = "Invalid block definition: An equals sign or an opening brace is expected after the name."
    sheet.say("terraform validate reports", f"Error on main.tf line {place}: {said}")
    sheet.say("nothing but the mistake changes")
    broken = "".join(f"{line}\n" for line in lines)
    return sheet.item("the given configuration", "this Terraform file", verb="repair", given=broken)
