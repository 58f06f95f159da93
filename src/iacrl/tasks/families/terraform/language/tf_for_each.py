"""One resource for each name of a set.

The instances are judged one by one, and with a variable also for other names, fewer and more.
"""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform.hcl import Call, Ref
from iacrl.tasks.families.terraform.sheet import TerraformSheet, beside
from iacrl.tasks.family import Draw, Item, family

_KINDS = {"aws_sqs_queue": "SQS queue", "aws_sns_topic": "SNS topic", "aws_ecr_repository": "ECR repository"}


@family("terraform", levels={2: "two names", 3: "three names", 4: "names from a variable", 5: "an output of all"})
def tf_for_each(draw: Draw, level: int) -> Item:
    """Draw one resource with for_each."""
    sheet = TerraformSheet(draw)
    kind = draw.choice(list(_KINDS))
    names = draw.sample(words.SERVICES, 2 if level == 2 else 3)
    sheet.say("names", ", ".join(names))
    sheet.say("one resource with for_each")
    if level >= 4:
        variable = sheet.block("variable", f"{draw.choice(words.COMPONENTS)}_names")
        sheet.say("the names are the default of variable", variable.named)
        variable.put("type", Ref("set(string)"), "type of the variable", test={"code": "set(string)"})
        variable.put("default", names, test={"items": names})
    each = sheet.resource(kind, "each")
    if level >= 4:
        each.refer("for_each", variable, "")
    else:
        each.put("for_each", Call("toset", names), test={"items": names})
    each.put("name", Ref("each.key"), test={"code": ["each.key", "each.value"]})
    # What for_each is, and what comes from its key or its value, shows in the instances.
    each.imply("for_each", {"present": True})
    each.imply("name", {"present": True})
    output = None
    if level >= 3:
        each.put_all("tags", draw.tags(1), "tag")
    if level >= 5:
        output = sheet.block("output", f"{kind.split('_')[1]}_arns")
        sheet.say("output of the ARNs of all by name", output.named)
        output.put("value", Ref(f"{{ for name, item in {kind}.each : name => item.arn }}"))
        output.expect("value", {"refers_to": "each", "by": "arn"})
    others = beside(words.SERVICES, names, 9)
    # Many names and one, short and long: a filter by number or length, or a name that is cut, shows.
    many = [names[0], *others[1:], "x1", "-".join(others)[:60].strip("-")]
    for given in [names] if level < 4 else [names, many, others[:1]]:
        inputs = {} if given is names else {f"var.{variable.named}": given}
        asked = {each: [{"name": name} for name in given]}
        sheet.case(inputs, asked if output is None else asked | {output: _arns(given)})
    return sheet.item(f"an {_KINDS[kind]} for each of several names", f"several {_KINDS[kind]} resources from a set")


def _arns(names: list[str]) -> dict[str, object]:
    """Return the tests for an output of the ARN of each instance, by its name."""
    arns: dict[str, object] = {
        f'value["{name}"]': {"refers_to": f"each[{number}]", "by": "arn", "scalar": True}
        for number, name in enumerate(names)
    }
    return {"value": {"keys": names}} | arns
