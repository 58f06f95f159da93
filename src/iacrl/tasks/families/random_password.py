"""Random values: a password's length and alphabet, then kept in an SSM parameter."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.family import Item, family
from iacrl.tasks.hcl import Ref, module, resource
from iacrl.tasks.intent import exists, wants
from iacrl.tasks.pools import Draw
from iacrl.tasks.wording import Facts, ask

_CLASSES = (("min_lower", "lower-case letters"), ("min_upper", "upper-case letters"), ("min_numeric", "digits"))


@family(
    "terraform",
    levels={1: "a length and specials", 2: "minimum counts", 3: "allowed specials", 4: "stored in a parameter"},
)
def random_password(draw: Draw, level: int) -> Item:
    """Draw one random_password."""
    label = f"{draw.choice(words.SERVICES)}_{draw.choice(('password', 'secret', 'token', 'admin', 'key'))}"
    body: dict[str, object] = {"length": draw.number(12, 128)}
    facts: Facts = [("resource name", label), ("length", body["length"])]
    body["special"] = special = level >= 3 or draw.chance()
    facts.append(f"special characters {'allowed' if special else 'not allowed'}")
    if level >= 2:
        for key, spoken in draw.sample(_CLASSES, 2):
            body[key] = draw.number(1, 5)
            facts.append((f"at least this many {spoken}", body[key]))
    if level >= 3:
        body["override_special"] = "".join(draw.sample("!#$%&*()-_=+[]<>:?", draw.number(3, 6)))
        facts.append(("only these special characters", body["override_special"]))
    blocks = [resource("random_password", label, body)]
    entries = [exists("password", "resource random_password", body, named=label)]
    if level >= 4:
        path = f"/{draw.choice(words.SERVICES)}/{draw.stage()}/{draw.choice(('password', 'secret', 'token'))}"
        facts.append(("stored in a SecureString SSM parameter called", path))
        parameter = {"name": path, "type": "SecureString"}
        value = {"value": Ref(f"random_password.{label}.result")}
        blocks.append(resource("aws_ssm_parameter", label, parameter | value))
        tests = parameter | {"value": {"refers_to": "password", "by": "result"}}
        entries.append(exists("parameter", "resource aws_ssm_parameter", tests))
    subject = draw.choice(("a random password", "a random_password resource", "a generated password"))
    return Item(ask(subject, *facts), module(*blocks), wants(*entries))
