"""An IAM role: who may assume it, what it may do."""

from __future__ import annotations

from iacrl.tasks.draw import Draw
from iacrl.tasks.families.cloudformation.sheet import CloudFormationSheet
from iacrl.tasks.family import Item, family

_SERVICES = ("lambda", "ec2", "ecs-tasks", "states", "events", "glue", "codebuild", "batch")
_POLICIES = ("AmazonS3ReadOnlyAccess", "AmazonSQSFullAccess", "CloudWatchLogsFullAccess", "AmazonSSMReadOnlyAccess")
_ACTIONS = {
    "s3": ("GetObject", "PutObject", "DeleteObject", "AbortMultipartUpload"),
    "dynamodb": ("GetItem", "PutItem", "Query", "DeleteItem"),
    "sqs": ("SendMessage", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
}


@family(
    "cloudformation",
    levels={2: "a service that assumes it", 3: "managed policies", 4: "an inline policy", 5: "a path and two actions"},
)
def cfn_iam_role(draw: Draw, level: int) -> Item:
    """Draw one role."""
    sheet = CloudFormationSheet(draw)
    role = sheet.resource("AWS::IAM::Role", "role", draw.choice(("Role", "ServiceRole")))
    role.put("Properties.RoleName", draw.name(), "role name")
    service = f"{draw.choice(_SERVICES)}.amazonaws.com"
    sheet.say("assumed by", service)
    trust = "Properties.AssumeRolePolicyDocument"
    role.set(f"{trust}.Version", "2012-10-17")
    role.put(f"{trust}.Statement[0].Effect", "Allow", test="Allow")
    role.strings(f"{trust}.Statement[0].Principal.Service", [service])
    role.strings(f"{trust}.Statement[0].Action", ["sts:AssumeRole"])
    if level >= 3:
        arns = [f"arn:aws:iam::aws:policy/{name}" for name in draw.sample(_POLICIES, 1 if level < 5 else 2)]
        sheet.say("managed policies", ", ".join(arns))
        role.put("Properties.ManagedPolicyArns", arns, test={"items": arns})
    if level >= 5:
        role.put("Properties.Path", f"/{draw.team()}/", "path")
    if level >= 4:
        policy = "Properties.Policies[0]"
        role.put(f"{policy}.PolicyName", draw.name(), "inline policy")
        role.set(f"{policy}.PolicyDocument.Version", "2012-10-17")
        statement = f"{policy}.PolicyDocument.Statement[0]"
        role.put(f"{statement}.Effect", "Allow", test="Allow")
        prefix = draw.choice(list(_ACTIONS))
        actions = [f"{prefix}:{name}" for name in draw.sample(_ACTIONS[prefix], level - 3)]
        role.strings(f"{statement}.Action", actions)
        sheet.say("the inline policy allows", " and ".join(actions))
        place = {
            "s3": f"arn:aws:s3:::{draw.bucket_name()}/*",
            "dynamodb": f"arn:aws:dynamodb:{draw.region()}:{draw.account()}:table/{draw.name()}",
            "sqs": f"arn:aws:sqs:{draw.region()}:{draw.account()}:{draw.name()}",
        }[prefix]
        role.strings(f"{statement}.Resource", [place])
        sheet.say("on", place)
    return sheet.item("an IAM role", "an AWS IAM role")
