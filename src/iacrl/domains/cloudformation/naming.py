"""Names that a template gives to resources, and the references that return them.

From the pages of the resource types in the CloudFormation template reference, "Return values".
"""

from __future__ import annotations

#: By type and attribute (empty for `Ref`): the property whose value is returned unchanged.
_SETTINGS = {
    ("AWS::CloudWatch::Alarm", ""): "AlarmName",
    ("AWS::DynamoDB::Table", ""): "TableName",
    ("AWS::IAM::Role", ""): "RoleName",
    ("AWS::IAM::User", ""): "UserName",
    ("AWS::Lambda::Function", ""): "FunctionName",
    ("AWS::Logs::LogGroup", ""): "LogGroupName",
    ("AWS::S3::Bucket", ""): "BucketName",
    ("AWS::SNS::Topic", "TopicName"): "TopicName",
    ("AWS::SQS::Queue", "QueueName"): "QueueName",
    ("AWS::EC2::VPC", "CidrBlock"): "CidrBlock",
}


def setting(kind: str, attribute: str) -> str | None:
    """Return the property that a reference to this type of resource returns; None if AWS makes the value."""
    return _SETTINGS.get((kind, attribute))
