"""SSM parameters: type and value, then a description, a tier and tags."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={1: "type and value", 2: "a description", 3: "a tier and a tag", 4: "two parameters"})
def aws_ssm_parameter(draw: Draw, level: int) -> Item:
    """Draw one parameter, or two at level 4."""
    sheet = TerraformSheet(draw)
    service = f"/{draw.choice(words.SERVICES)}/{draw.stage()}"
    keys = draw.sample(("log-level", "endpoint", "region", "owner", "queue", "bucket", "channel"), 2)
    for alias, key in zip(("first", "second"), keys if level >= 4 else keys[:1], strict=False):
        parameter = sheet.resource("aws_ssm_parameter", alias, key.replace("-", "_"))
        of = f" of the {alias} parameter" if level >= 4 else ""
        parameter.put("name", f"{service}/{key}", f"parameter name{of if alias == 'second' else ''}")
        if level >= 2:
            parameter.put("description", f"{key.title()} of {service.split('/')[1]}", f"description{of}")
        parameter.put("type", draw.choice(("String", "SecureString")), f"type{of}")
        if level >= 3:
            parameter.put("tier", draw.choice(("Standard", "Advanced")), f"tier{of}")
        parameter.put("value", draw.choice((draw.name(), draw.domain(), draw.region())), f"value{of}")
        if level == 3:
            parameter.put_all("tags", draw.tags(1), "tag")
    if level >= 4:
        return sheet.item("two SSM parameters", "two parameters in AWS Systems Manager")
    return sheet.item("an SSM parameter", "an AWS Systems Manager parameter", "a parameter in SSM Parameter Store")
