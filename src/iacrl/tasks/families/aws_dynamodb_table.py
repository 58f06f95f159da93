"""A DynamoDB table: its key, then a sort key, time to live and a secondary index."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.family import Item, family
from iacrl.tasks.hcl import Block, module, resource
from iacrl.tasks.intent import exists, wants
from iacrl.tasks.pools import Draw
from iacrl.tasks.wording import Facts, ask

_SPOKEN = {"S": "string", "N": "number", "B": "binary"}


@family(
    "terraform",
    levels={2: "a hash key", 3: "a sort key", 4: "provisioned capacity and time to live", 5: "a secondary index"},
)
def aws_dynamodb_table(draw: Draw, level: int) -> Item:
    """Draw one table."""
    name = draw.name(draw.choice("-_"))
    keys = [
        f"{word}_{suffix}" for word, suffix in zip(draw.sample(words.SERVICES, 3), ("id", "at", "key"), strict=True)
    ]
    types = [draw.choice("SSN") for _ in keys]
    used = 1 if level < 3 else 2 if level < 5 else 3
    billing = "PAY_PER_REQUEST" if level < 4 else "PROVISIONED"
    body: dict[str, object] = {"name": name, "billing_mode": billing}
    facts: Facts = [("table name", name), ("billing mode", billing)]
    if level >= 4:
        body |= {"read_capacity": draw.number(1, 50), "write_capacity": draw.number(1, 50)}
        facts += [("read capacity", body["read_capacity"]), ("write capacity", body["write_capacity"])]
    body["hash_key"] = keys[0]
    facts.append(("hash key", f"{keys[0]} ({_SPOKEN[types[0]]})"))
    if level >= 3:
        body["range_key"] = keys[1]
        facts.append(("sort key", f"{keys[1]} ({_SPOKEN[types[1]]})"))
    tests = dict(body)
    pairs = [{"name": key, "type": type_} for key, type_ in zip(keys[:used], types, strict=False)]
    tests["attribute"] = {"items": pairs}
    body["attribute"] = [Block(pair) for pair in pairs]
    if level >= 4:
        attribute = draw.choice(("expires_at", "ttl", "valid_until", "purge_after"))
        body["ttl"] = Block({"attribute_name": attribute, "enabled": True})
        facts.append(("time-to-live attribute", attribute))
        tests |= {"ttl[0].attribute_name": attribute, "ttl[0].enabled": True}
    if level >= 5:
        index = f"by-{keys[2].replace('_', '-')}"
        facts.append(
            ("global secondary index", f"{index} with hash key {keys[2]} ({_SPOKEN[types[2]]}), projecting ALL")
        )
        facts.append(("read and write capacity of the index", capacity := draw.number(51, 99)))
        settings = {
            "name": index,
            "hash_key": keys[2],
            "projection_type": "ALL",
            "read_capacity": capacity,
            "write_capacity": capacity,
        }
        body["global_secondary_index"] = Block(settings)
        tests |= {f"global_secondary_index[0].{key}": value for key, value in settings.items()}
    return Item(
        ask(draw.choice(("a DynamoDB table", "an AWS DynamoDB table")), *facts),
        module(resource("aws_dynamodb_table", "main", body)),
        wants(exists("table", "resource aws_dynamodb_table", tests)),
    )
