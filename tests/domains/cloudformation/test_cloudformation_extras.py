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
        ("Tags: []\n    Condition: Never\nConditions:\n  Never: !Equals [a, b]", False),
    ],
)
def test_a_resource_does_nothing_else(more, free):
    verdict = validate(QUEUE.replace("MORE", more), "cloudformation")
    assert verdict.valid, verdict.errors
    intent = Intent.from_json({"must_exist": [WANTED], "nothing_else": True}, "cloudformation")
    unmet = [item.clause for item in check_intent(intent, verdict.document).clauses if not item.met]
    assert unmet == ([] if free else ["nothing else"])
