"""A random password: its length and alphabet, then kept in an SSM parameter."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_CLASSES = (("min_lower", "lower-case letters"), ("min_upper", "upper-case letters"), ("min_numeric", "digits"))


@family(
    "terraform",
    levels={1: "a length and specials", 2: "minimum counts", 3: "allowed specials", 4: "stored in a parameter"},
)
def random_password(draw: Draw, level: int) -> Item:
    """Draw one random_password."""
    sheet = TerraformSheet(draw)
    label = f"{draw.choice(words.SERVICES)}_{draw.choice(('password', 'secret', 'token', 'admin', 'key'))}"
    sheet.say("resource name", label)
    password = sheet.resource("random_password", "password", label, named=True)
    password.put("length", draw.number(12, 128), "length")
    special = password.put("special", level >= 3 or draw.chance())
    password.expect("special", special)
    sheet.say(f"special characters {'allowed' if special else 'not allowed'}")
    if level >= 2:
        for key, said in draw.sample(_CLASSES, 2):
            password.put(key, draw.number(1, 5), f"at least this many {said}")
    if level >= 3:
        allowed = "".join(draw.sample("!#$%&*()-_=+[]<>:?", draw.number(3, 6)))
        password.put("override_special", allowed, "only these special characters")
    if level >= 4:
        parameter = sheet.resource("aws_ssm_parameter", "parameter", label)
        path = f"/{draw.choice(words.SERVICES)}/{draw.stage()}/{draw.choice(('password', 'secret', 'token'))}"
        parameter.put("name", path, "SSM parameter that stores it")
        parameter.put("type", "SecureString", "type of the parameter")
        parameter.refer("value", password, "result")
    return sheet.item("a random password", "a random_password resource", "a generated password")
