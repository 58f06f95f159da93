"""What `nothing else` forbids within an entry of a template."""

import pytest

from iacrl.domains import validate
from iacrl.tasks import Intent, check_intent

pytest.importorskip("cfnlint")

QUEUE = """
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: jobs
      MORE
"""
WANTED = {"as": "jobs", "is": "resource AWS::SQS::Queue", "with": {"Properties.QueueName": "jobs"}}


@pytest.mark.parametrize(
    ("more", "free"),
    [
        ("Tags: [{Key: Team, Value: a}]", True),
        ("DelaySeconds: 0", True),
        ("VisibilityTimeout: 30\n    DeletionPolicy: Retain", True),
        ("DelaySeconds: 900", False),
        ("KmsMasterKeyId: alias/other", False),
        ("RedriveAllowPolicy: {redrivePermission: denyAll}", False),
        ("Tags: []\n    Metadata: {AWS::CloudFormation::Init: {config: {}}}", False),
        ("Tags: []\nParameters:\n  Stage: {Type: String}", False),
        ("Tags: [{Key: Stage, Value: !Ref Stage}]\nParameters:\n  Stage: {Type: String}", True),
        ("Tags: []\n    Condition: Never\nConditions:\n  Never: !Equals [a, b]", False),
    ],
)
def test_a_resource_does_nothing_else(more, free):
    verdict = validate(QUEUE.replace("MORE", more), "cloudformation")
    assert verdict.valid, verdict.errors
    intent = Intent.from_json({"must_exist": [WANTED], "nothing_else": True}, "cloudformation")
    unmet = [item.clause for item in check_intent(intent, verdict.document).clauses if not item.met]
    assert unmet == ([] if free else ["nothing else"])


GROUP = """
Resources:
  Web:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: web
      VpcId: vpc-0a1b2c3d
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8}]
"""


@pytest.mark.parametrize(
    ("line", "free"),
    [
        ('SecurityGroupEgress: [{IpProtocol: "-1", CidrIp: 0.0.0.0/0}]', True),
        ("SecurityGroupEgress: [{IpProtocol: -1, CidrIp: 0.0.0.0/0}]", True),
        ("SecurityGroupEgress: [{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}]", False),
        ('SecurityGroupEgress: [{IpProtocol: "-1", CidrIp: 10.0.0.0/8}]', False),
    ],
)
def test_a_security_group_lets_everything_out_unless_it_says_otherwise(line, free):
    verdict = validate(f"{GROUP}      {line}\n", "cloudformation")
    assert verdict.valid, verdict.errors
    asked = {"Properties.VpcId": "vpc-0a1b2c3d", "Properties.SecurityGroupIngress.CidrIp": {"present": True}}
    asked |= {
        f"Properties.SecurityGroupIngress.{name}": {"present": True} for name in ("IpProtocol", "FromPort", "ToPort")
    }
    wanted = {"as": "web", "is": "resource AWS::EC2::SecurityGroup", "with": asked}
    intent = Intent.from_json({"must_exist": [wanted], "nothing_else": True}, "cloudformation")
    unmet = [item.clause for item in check_intent(intent, verdict.document).clauses if not item.met]
    assert unmet == ([] if free else ["nothing else"])
