"""A Cloud SQL instance: version and tier, then backups, a database and a user."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform import regions
from iacrl.tasks.families.terraform.sheet import TerraformPart, TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_TIERS = ("db-f1-micro", "db-g1-small", "db-custom-1-3840", "db-custom-2-7680", "db-custom-4-15360")


@family("terraform", levels={2: "version and tier", 3: "backups", 4: "a database", 5: "a user with a random password"})
def google_sql_database_instance(draw: Draw, level: int) -> Item:
    """Draw one instance."""
    sheet = TerraformSheet(draw)
    instance = sheet.resource("google_sql_database_instance", "instance")
    instance.put("name", draw.name(), "instance name")
    versions = ("POSTGRES_14", "POSTGRES_15", "POSTGRES_16", "MYSQL_8_0")
    instance.put("database_version", draw.choice(versions), "database version")
    instance.put("region", draw.choice(regions.GOOGLE), "region")
    protect = instance.put("deletion_protection", draw.chance())
    instance.expect("deletion_protection", protect)
    sheet.say(f"deletion protection {'on' if protect else 'off'}")
    instance.put("settings[0].tier", draw.choice(_TIERS), "tier")
    if level >= 3:
        instance.put("settings[0].disk_size", draw.number(10, 500), "disk", show="{} GB")
        instance.put("settings[0].backup_configuration[0].enabled", True, test=True)
        start = f"{draw.number(0, 23):02}:{draw.choice(('00', '15', '30', '45'))}"
        instance.put("settings[0].backup_configuration[0].start_time", start, "backups start at")
    if level >= 4:
        database = sheet.resource("google_sql_database", "database")
        database.put("name", draw.identifier(), "database name")
        _belongs_to(database, instance)
    if level >= 5:
        password = sheet.resource("random_password", "password")
        password.put("length", draw.number(16, 64), "length of the random password")
        user = sheet.resource("google_sql_user", "user")
        user.put("name", draw.choice(words.PEOPLE), "user")
        _belongs_to(user, instance)
        user.refer("password", password, "result", said="the user has a random_password as password")
    return sheet.item("a Cloud SQL instance", "a Google Cloud SQL instance")


def _belongs_to(part: TerraformPart, instance: TerraformPart) -> None:
    """Set the instance, by its name: the id has the project too. That any attribute would do only names the items."""
    part.refer("instance", instance, ["name", "id"])
    part.imply("instance", {"refers_to": instance.alias, "by": ["name"]})
