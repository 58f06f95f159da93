"""An input variable: type and default, then description, flags and a validation rule."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.family import Item, family
from iacrl.tasks.hcl import Block, Ref, block, module
from iacrl.tasks.intent import exists, wants
from iacrl.tasks.pools import Draw
from iacrl.tasks.wording import ask

_THINGS = (
    "instance_count",
    "retention_days",
    "max_size",
    "min_size",
    "timeout",
    "port",
    "replicas",
    "disk_size",
    "batch_size",
)
_TEXTS = ("region", "bucket_name", "instance_type", "owner", "environment", "domain_name", "vpc_id", "key_name")


@family(
    "terraform",
    levels={1: "a type and a default", 2: "a description too", 3: "sensitive or nullable", 4: "a validation rule"},
)
def tf_variable(draw: Draw, level: int) -> Item:
    """Draw a number or string variable."""
    prefix = f"{draw.choice(words.SERVICES)}_" if draw.chance(0.8) else ""
    numeric = draw.chance() or level == 4
    name = prefix + draw.choice(_THINGS if numeric else _TEXTS)
    default = draw.number(1, 500) if numeric else draw.choice((draw.aws_region(), draw.name(), draw.stage()))
    type_ = "number" if numeric else "string"
    facts: list[tuple[str, object] | str] = [("name", name), ("type", type_), ("default", default)]
    body: dict[str, object] = {"type": Ref(type_), "default": default}
    tests: dict[str, object] = {"type": {"code": type_}, "default": default}
    if level >= 2:
        words_ = f"{draw.choice(('Sets', 'Controls', 'Holds', 'Defines'))} the {name.replace('_', ' ')}"
        facts.append(("description", words_))
        body = {"description": words_, **body}
        tests["description"] = words_
    if level >= 3:
        flag, value = draw.choice((("sensitive", True), ("nullable", False)))
        facts.append(f"it is {'' if value else 'not '}{flag}")
        body[flag] = value
        tests[flag] = value
    if level >= 4:
        limit = draw.number(500, 5000)
        message = f"Must be at most {limit}."
        facts += [("highest allowed value", limit), ("error message when it is higher", message)]
        body["validation"] = Block({"condition": Ref(f"var.{name} <= {limit}"), "error_message": message})
        tests |= {
            "validation[0].condition": {"code": f"var.{name}<={limit}"},
            "validation[0].error_message": message,
        }
    return Item(
        ask(draw.choice(("an input variable", "a variable", "a module input")), *facts),
        module(block("variable", name, body)),
        wants(exists("variable", "variable", tests, named=name)),
    )
