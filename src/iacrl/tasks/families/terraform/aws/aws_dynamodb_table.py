"""A DynamoDB table: its key, then a sort key, time to live and a secondary index."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_TYPES = {"S": "string", "N": "number", "B": "binary"}


@family(
    "terraform",
    levels={2: "a hash key", 3: "a sort key", 4: "provisioned capacity and time to live", 5: "a secondary index"},
)
def aws_dynamodb_table(draw: Draw, level: int) -> Item:
    """Draw one table."""
    sheet = TerraformSheet(draw)
    table = sheet.resource("aws_dynamodb_table", "table")
    table.put("name", draw.name(draw.choice("-_")), "table name")
    table.put("billing_mode", "PAY_PER_REQUEST" if level < 4 else "PROVISIONED", "billing mode")
    if level >= 4:
        table.put("read_capacity", draw.number(1, 50), "read capacity")
        table.put("write_capacity", draw.number(1, 50), "write capacity")
    stems = zip(draw.sample(words.SERVICES, 3), ("id", "at", "key"), strict=True)
    keys = [{"name": f"{stem}_{end}", "type": draw.choice("SSN")} for stem, end in stems]
    keys = keys[: 1 if level < 3 else 2 if level < 5 else 3]
    for argument, said, key in zip(("hash_key", "range_key"), ("hash key", "sort key"), keys, strict=False):
        table.put(argument, key["name"], f"{said} ({_TYPES[key['type']]})")
    table.each("attribute", keys)
    if level >= 4:
        attribute = draw.choice(("expires_at", "ttl", "valid_until", "purge_after"))
        table.put("ttl[0].attribute_name", attribute, "time-to-live attribute")
        table.put("ttl[0].enabled", True, test=True)
    if level >= 5:
        index, key = "global_secondary_index[0]", keys[2]
        table.put(f"{index}.name", f"by-{key['name'].replace('_', '-')}", "global secondary index")
        table.put(f"{index}.hash_key", key["name"], f"hash key of the index ({_TYPES[key['type']]})")
        table.put(f"{index}.projection_type", draw.choice(("ALL", "KEYS_ONLY")), "projection of the index")
        table.put(f"{index}.read_capacity", draw.number(51, 99), "read capacity of the index")
        table.put(f"{index}.write_capacity", draw.number(51, 99), "write capacity of the index")
    return sheet.item("a DynamoDB table", "an AWS DynamoDB table")
