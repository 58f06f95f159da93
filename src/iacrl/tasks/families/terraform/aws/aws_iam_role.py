"""An IAM role that a service assumes, then with managed and inline policies."""

from __future__ import annotations

from iacrl.tasks.families.terraform.aws.iam_policies import VERSION, put_trust
from iacrl.tasks.families.terraform.hcl import Call
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_SERVICES = ("lambda", "ec2", "ecs-tasks", "states", "glue", "codebuild", "firehose", "events", "batch", "sagemaker")
_MANAGED = (
    "AmazonS3ReadOnlyAccess",
    "AmazonSQSFullAccess",
    "AmazonDynamoDBReadOnlyAccess",
    "CloudWatchLogsFullAccess",
    "AmazonSSMManagedInstanceCore",
    "AmazonEC2ReadOnlyAccess",
    "SecretsManagerReadWrite",
)
_ACTIONS = ("s3:GetObject", "s3:PutObject", "sqs:SendMessage", "sns:Publish", "dynamodb:GetItem", "kms:Decrypt")


@family(
    "terraform",
    levels={2: "a trusted service", 3: "a managed policy", 4: "an inline policy", 5: "an instance profile"},
)
def aws_iam_role(draw: Draw, level: int) -> Item:
    """Draw one role and what is attached to it."""
    sheet = TerraformSheet(draw)
    role = sheet.resource("aws_iam_role", "role")
    name = role.put("name", draw.name(), "role name")
    service = "ec2" if level >= 5 else draw.choice(_SERVICES)
    sheet.say("service that may assume it", f"{service}.amazonaws.com")
    put_trust(role, f"{service}.amazonaws.com")
    role.expect("assume_role_policy.Statement[*].Action", {"one_of": ["sts:AssumeRole", ["sts:AssumeRole"]]})
    if level >= 3:
        attached = sheet.resource("aws_iam_role_policy_attachment", "managed")
        attached.refer("role", role, ["name", "id"])
        attached.put("policy_arn", f"arn:aws:iam::aws:policy/{draw.choice(_MANAGED)}", "managed policy")
    if level >= 4:
        inline = sheet.resource("aws_iam_role_policy", "inline")
        inline.put("name", f"{name}-inline", "inline policy name")
        inline.refer("role", role, ["id", "name"])
        action, arn = draw.choice(_ACTIONS), f"arn:aws:{draw.choice(('s3', 'sqs', 'sns'))}:::{draw.name()}"
        sheet.say("the inline policy allows", action)
        sheet.say("on", arn)
        allowed = {"Effect": "Allow", "Action": [action], "Resource": [arn]}
        inline.put("policy", Call("jsonencode", {"Version": VERSION, "Statement": [allowed]}))
        inline.expect("policy.Statement[*].Action", {"one_of": [action, [action]]})
        inline.expect("policy.Statement[*].Resource", {"one_of": [arn, [arn]]})
        inline.expect("policy.Statement[*].Effect", "Allow")
    if level >= 5:
        profile = sheet.resource("aws_iam_instance_profile", "profile")
        profile.put("name", f"{name}-profile", "instance profile name")
        profile.refer("role", role, ["name", "id"])
    return sheet.item("an IAM role", "an AWS IAM role")
