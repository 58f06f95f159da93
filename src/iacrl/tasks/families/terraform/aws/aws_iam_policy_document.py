"""An IAM policy document as data, then a policy that uses it."""

from __future__ import annotations

from collections.abc import Mapping

from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_ACTIONS = {
    "s3": ("s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:DeleteObject"),
    "sqs": ("sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueUrl"),
    "dynamodb": ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:Scan"),
    "logs": ("logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"),
}


@family("terraform", levels={2: "one action", 3: "a policy that uses it", 4: "a second statement", 5: "a condition"})
def aws_iam_policy_document(draw: Draw, level: int) -> Item:
    """Draw one document and its policy."""
    sheet = TerraformSheet(draw)
    document = sheet.data("aws_iam_policy_document", "document")
    services = draw.sample(list(_ACTIONS), 2)
    statements = []
    for number, service in enumerate(services[: 1 if level < 4 else 2]):
        sid = f"{('Use', 'Access')[number]}{service.title()}"
        actions = draw.sample(_ACTIONS[service], 1 if level == 2 else 2)
        arn = f"arn:aws:{service}:{draw.region()}:{draw.account()}:{draw.name()}"
        sheet.say(f"statement {sid} allows", f"{' and '.join(actions)} on {arn}")
        statements.append({"sid": sid, "effect": "Allow", "actions": actions, "resources": [arn]})
    if level < 5:
        document.each("statement", statements)
        document.expect("statement", {"some": [_asked(item) for item in statements], "length": len(statements)})
    else:
        for number, statement in enumerate(statements):
            for key, value in statement.items():
                document.put(f"statement[{number}].{key}", value)
        condition = {"test": "StringEquals", "variable": "aws:RequestedRegion", "values": [draw.region()]}
        sheet.say(f"{statements[1]['sid']} only where aws:RequestedRegion equals", condition["values"][0])
        for key, value in condition.items():
            document.put(f"statement[1].condition[0].{key}", value)
        tests = {f"condition[0].{key}": value for key, value in condition.items()}
        document.expect("statement", {"some": [_asked(statements[0]), _asked(statements[1]) | tests], "length": 2})
    if level >= 3:
        policy = sheet.resource("aws_iam_policy", "policy")
        policy.put("name", draw.name(), "policy name")
        policy.refer("policy", document, "json")
    if level >= 3:
        return sheet.item("an IAM policy from a policy document data source", "an IAM policy document and its policy")
    return sheet.item("an IAM policy document data source", "an aws_iam_policy_document")


def _asked(statement: Mapping[str, object]) -> dict[str, object]:
    """The order of actions does not matter, nor do the default `Allow` and the statement's name."""
    return {"actions": {"items": statement["actions"]}, "resources": statement["resources"], "sid": statement["sid"]}
