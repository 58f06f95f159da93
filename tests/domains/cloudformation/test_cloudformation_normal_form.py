"""Parts that are resources of their own count as what they belong to, and the other way round."""

import pytest

from iacrl.domains import validate
from iacrl.tasks import Intent, check_intent

pytest.importorskip("cfnlint")

GROUP = """
Resources:
  Firewall:
    Type: AWS::EC2::SecurityGroup
    Properties: {GroupDescription: x}
  Other:
    Type: AWS::EC2::SecurityGroup
    Properties: {GroupDescription: y}
  Rule:
    Type: AWS::EC2::SecurityGroupIngress
    Properties: {GroupId: LINK, IpProtocol: "6", FromPort: 80, ToPort: 80, CidrIp: 10.0.0.0/8}
"""
RULE = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8"}
WANTED = {
    "must_exist": [
        {
            "as": "group",
            "is": "resource AWS::EC2::SecurityGroup",
            "named": "Firewall",
            "with": {"Properties.SecurityGroupIngress": {"some": RULE}},
        }
    ]
}
TOPIC = """
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      Subscription: [{Protocol: https, Endpoint: "https://example.com/a"}]
"""
SUBSCRIPTION = {
    "must_exist": [
        {"as": "topic", "is": "resource AWS::SNS::Topic"},
        {
            "as": "feed",
            "is": "resource AWS::SNS::Subscription",
            "with": {
                "Properties.TopicArn": {"refers_to": "topic", "by": ["Ref"]},
                "Properties.Protocol": "https",
                "Properties.Endpoint": "https://example.com/a",
            },
        },
    ],
    "nothing_else": True,
}


def check(text, wanted):
    return check_intent(Intent.from_json(wanted, "cloudformation"), validate(text, "cloudformation").document)


@pytest.mark.parametrize(
    ("link", "met"),
    [("!Ref Firewall", True), ("!GetAtt Firewall.GroupId", True), ("!Ref Other", False), ("sg-12345678", False)],
)
def test_a_rule_is_of_the_group_that_it_refers_to(link, met):
    assert check(GROUP.replace("LINK", link), WANTED).met is met


def test_a_rule_that_is_there_on_a_condition_stays_a_resource():
    text = GROUP.replace("LINK", "!Ref Firewall").replace("  Rule:\n", "  Rule:\n    Condition: Never\n")
    assert not check(text + "Conditions:\n  Never: !Equals [a, b]\n", WANTED).met


def test_a_folded_rule_keeps_its_place():
    wanted = {"must_exist": [WANTED["must_exist"][0] | {"with": {"Properties.SecurityGroupIngress[0].FromPort": 81}}]}
    result = check(GROUP.replace("LINK", "!Ref Firewall"), wanted)
    assert result.clauses[-1].range.start[0] == 11


def test_a_subscription_within_the_topic_is_one():
    assert check(TOPIC, SUBSCRIPTION).met
    assert not check(TOPIC.replace("com/a", "com/b"), SUBSCRIPTION).met
