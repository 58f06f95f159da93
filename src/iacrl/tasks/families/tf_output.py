"""Outputs of given inputs: a value built from a variable, with description and sensitivity."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.family import Item, family
from iacrl.tasks.hcl import Ref, block, module
from iacrl.tasks.intent import exists, wants
from iacrl.tasks.pools import Draw
from iacrl.tasks.wording import Facts, ask


@family("terraform", levels={1: "a static value", 2: "a description", 3: "the value of a new variable, sensitive"})
def tf_output(draw: Draw, level: int) -> Item:
    """Draw one output, and at level 3 the variable that it returns."""
    name = (
        f"{draw.choice(words.SERVICES)}_{draw.choice(('url', 'host', 'name', 'region', 'version', 'owner', 'stage'))}"
    )
    value = {
        "url": f"https://{draw.name()}.example.com",
        "host": f"{draw.name()}.internal",
        "name": draw.name(),
        "region": draw.aws_region(),
        "version": f"{draw.number(0, 9)}.{draw.number(0, 30)}.{draw.number(0, 30)}",
        "owner": f"{draw.choice(words.PEOPLE)}@example.com",
        "stage": draw.stage(),
    }[name.split("_")[1]]
    facts: Facts = [("output name", name)]
    tests: dict[str, object] = {"value": value}
    body: dict[str, object] = {}
    if level >= 2:
        body["description"] = tests["description"] = text = (
            f"{draw.choice(('The', 'Current', 'Public'))} {' '.join(name.split('_'))}"
        )
        facts.append(("description", text))
    if level < 3:
        facts.append(("value", value))
        gold = block("output", name, {**body, "value": value})
        return Item(ask("an output", *facts), module(gold), wants(exists("out", "output", tests, named=name)))
    facts += [("variable name", name), ("type of the variable", "string"), ("default of the variable", value)]
    facts += ["the output returns the variable", "the output is sensitive"]
    return Item(
        ask("a variable and an output", *facts),
        module(
            block("variable", name, {"type": Ref("string"), "default": value}),
            block("output", name, {**body, "value": Ref(f"var.{name}"), "sensitive": True}),
        ),
        wants(
            exists("var", "variable", {"type": {"code": "string"}, "default": value}, named=name),
            exists("out", "output", tests | {"sensitive": True}, named=name),
        ),
    )
