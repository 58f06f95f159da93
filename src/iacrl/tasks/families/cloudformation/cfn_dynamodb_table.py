"""A DynamoDB table: its key, then a sort key, time to live and a secondary index."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.draw import Draw
from iacrl.tasks.families.cloudformation.sheet import CloudFormationSheet
from iacrl.tasks.family import Item, family

_TYPES = {"S": "string", "N": "number", "B": "binary"}


@family(
    "cloudformation",
    levels={2: "a hash key", 3: "a sort key", 4: "provisioned capacity and time to live", 5: "a secondary index"},
)
def cfn_dynamodb_table(draw: Draw, level: int) -> Item:
    """Draw one table."""
    sheet = CloudFormationSheet(draw)
    table = sheet.resource("AWS::DynamoDB::Table", "table", draw.choice(("Table", "Items")))
    table.put("Properties.TableName", draw.name(draw.choice("-_")), "table name")
    table.put("Properties.BillingMode", "PAY_PER_REQUEST" if level < 4 else "PROVISIONED", "billing mode")
    if level >= 4:
        table.put("Properties.ProvisionedThroughput.ReadCapacityUnits", draw.number(1, 50), "read capacity")
        table.put("Properties.ProvisionedThroughput.WriteCapacityUnits", draw.number(51, 99), "write capacity")
    stems = zip(draw.sample(words.SERVICES, 3), ("id", "at", "key"), strict=True)
    keys = [(f"{stem}_{end}", draw.choice("SSN")) for stem, end in stems]
    keys = keys[: 1 if level < 3 else 2 if level < 5 else 3]
    table.each("Properties.AttributeDefinitions", [{"AttributeName": name, "AttributeType": one} for name, one in keys])
    for number, (name, kind) in enumerate(keys[:2]):
        said = f"{('hash key', 'sort key')[number]} ({_TYPES[kind]})"
        table.put(f"Properties.KeySchema[{number}].AttributeName", name, said)
        role = ("HASH", "RANGE")[number]
        table.put(f"Properties.KeySchema[{number}].KeyType", role, test=role)
    if level >= 4:
        attribute = draw.choice(("expires_at", "ttl", "valid_until", "purge_after"))
        table.put("Properties.TimeToLiveSpecification.AttributeName", attribute, "time-to-live attribute")
        table.put("Properties.TimeToLiveSpecification.Enabled", True, test=True)
    if level >= 5:
        index, (name, kind) = "Properties.GlobalSecondaryIndexes[0]", keys[2]
        table.put(f"{index}.IndexName", f"by-{name.replace('_', '-')}", "global secondary index")
        table.put(f"{index}.KeySchema[0].AttributeName", name, f"hash key of the index ({_TYPES[kind]})")
        table.put(f"{index}.KeySchema[0].KeyType", "HASH", test="HASH")
        projection = draw.choice(("ALL", "KEYS_ONLY"))
        table.put(f"{index}.Projection.ProjectionType", projection, "projection of the index")
        capacity = f"{index}.ProvisionedThroughput"
        table.put(f"{capacity}.ReadCapacityUnits", draw.number(100, 149), "read capacity of the index")
        table.put(f"{capacity}.WriteCapacityUnits", draw.number(150, 199), "write capacity of the index")
    return sheet.item("a DynamoDB table", "an Amazon DynamoDB table")
