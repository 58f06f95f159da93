"""A Secrets Manager secret: its name, then a value, a generated one, and rotation tags."""

from __future__ import annotations

from iacrl.tasks.families.terraform.hcl import Call
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family(
    "terraform",
    levels={1: "name and recovery window", 2: "a description", 3: "a JSON value", 4: "a generated password"},
)
def aws_secretsmanager_secret(draw: Draw, level: int) -> Item:
    """Draw one secret."""
    sheet = TerraformSheet(draw)
    secret = sheet.resource("aws_secretsmanager_secret", "secret")
    name = secret.put("name", f"{draw.stage()}/{draw.name()}", "secret name")
    if level >= 2:
        opening = draw.choice(("Credentials of", "Secret of", "Password for"))
        secret.put("description", f"{opening} {name.split('/')[1]}", "description")
    secret.put("recovery_window_in_days", draw.number(7, 30), "recovery window", show="{} days")
    if level >= 3:
        version = sheet.resource("aws_secretsmanager_secret_version", "value")
        version.refer("secret_id", secret, ["id", "arn"])
        user = draw.choice(("app", "admin", "reporter", "migrator", "service"))
        sheet.say("the value is JSON with username", user)
        if level == 3:
            host = draw.domain()
            sheet.say("key host of the value", host)
            version.put("secret_string", Call("jsonencode", {"username": user, "host": host}))
            version.expect("secret_string.host", host)
        else:
            password = sheet.resource("random_password", "password")
            password.put("length", draw.number(16, 64), "length of the generated password", show="{}")
            value = {"username": user, "password": password.ref("result")}
            version.put("secret_string", Call("jsonencode", value))
            version.expect("secret_string.password", {"refers_to": "password", "by": "result"})
            sheet.say("the key password of the value is a random_password")
        version.expect("secret_string.username", user)
    return sheet.item("a Secrets Manager secret", "a secret in AWS Secrets Manager")
