"""A BigQuery dataset, then a table in it."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform import regions
from iacrl.tasks.families.terraform.hcl import Call
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={1: "a location", 2: "expiry and a label", 3: "a table", 4: "a schema", 5: "partitions"})
def google_bigquery_dataset(draw: Draw, level: int) -> Item:
    """Draw one dataset."""
    sheet = TerraformSheet(draw)
    dataset = sheet.resource("google_bigquery_dataset", "dataset")
    dataset.put("dataset_id", draw.name("_"), "dataset ID")
    dataset.put("location", draw.choice((*regions.GOOGLE, "EU", "US")), "location")
    if level >= 2:
        milliseconds = draw.number(1, 90) * 86_400_000
        dataset.put("default_table_expiration_ms", milliseconds, "default table expiration", show="{} ms")
        dataset.put_all("labels", draw.labels(1), "label")
    if level >= 3:
        table = sheet.resource("google_bigquery_table", "table")
        table.refer("dataset_id", dataset, "dataset_id")
        table.put("table_id", draw.identifier(), "table ID")
        table.put("deletion_protection", False, test=False)
        sheet.say("deletion protection of the table off")
    if level >= 4:
        names = draw.sample(words.SERVICES, 2)
        fields = [
            {"name": f"{n}_{k}", "type": t}
            for n, k, t in zip(names, ("id", "at"), ("STRING", "TIMESTAMP"), strict=True)
        ]
        sheet.say("columns", " and ".join(f"{item['name']} {item['type']}" for item in fields))
        table.put("schema", Call("jsonencode", fields))
        for number, item in enumerate(fields):
            table.expect(f"schema[{number}].name", item["name"])
            table.expect(f"schema[{number}].type", item["type"])
    if level >= 5:
        table.put("time_partitioning[0].type", draw.choice(("DAY", "MONTH", "HOUR")), "time partitioning")
        table.put("time_partitioning[0].field", fields[1]["name"], "partitioned by column")
    return sheet.item("a BigQuery dataset", "a Google BigQuery dataset")
