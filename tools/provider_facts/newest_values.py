"""The newest values of enumerations, from the service models of botocore.

The provider that was asked may be older than the schema pack. If the model of a service contains a list of values and
more, the model's list is used. If a list only partly agrees with a model, the two are joined.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path

import botocore

VERSION = f"botocore {botocore.__version__}"
_DATA = Path(botocore.__file__).parent / "data"
#: The share of a provider's list that a model's list must contain to count as the same enumeration.
_SHARE = 0.6
#: The prefixes of types, if botocore has another name for the service. Longest first.
_SERVICES = {
    "acmpca": "acm-pca",
    "alb": "elbv2",
    "ami": "ec2",
    "api_gateway": "apigateway",
    "appautoscaling": "application-autoscaling",
    "autoscalingplans": "autoscaling-plans",
    "bedrockagent": "bedrock-agent",
    "cloudcontrolapi": "cloudcontrol",
    "cloudwatch_event": "events",
    "cloudwatch_log": "logs",
    "cloudwatch_query": "logs",
    "codestarconnections": "codestar-connections",
    "codestarnotifications": "codestar-notifications",
    "cognito_identity": "cognito-identity",
    "cognito_managed": "cognito-idp",
    "cognito_risk": "cognito-idp",
    "cognito_user": "cognito-idp",
    "cur": "cur",
    "customer_gateway": "ec2",
    "db": "rds",
    "default": "ec2",
    "directory_service": "ds",
    "dx": "directconnect",
    "ebs": "ec2",
    "ec2": "ec2",
    "ecrpublic": "ecr-public",
    "egress": "ec2",
    "eip": "ec2",
    "elastic_beanstalk": "elasticbeanstalk",
    "elasticsearch": "es",
    "emrcontainers": "emr-containers",
    "emrserverless": "emr-serverless",
    "flow_log": "ec2",
    "globalaccelerator": "globalaccelerator",
    "instance": "ec2",
    "internet": "ec2",
    "key_pair": "ec2",
    "kinesis_analytics": "kinesisanalytics",
    "kinesis_firehose": "firehose",
    "kinesis_video": "kinesisvideo",
    "kinesisanalyticsv2": "kinesisanalyticsv2",
    "launch_configuration": "autoscaling",
    "launch_template": "ec2",
    "lb": "elbv2",
    "lex": "lex-models",
    "lexv2models": "lexv2-models",
    "main": "ec2",
    "media_convert": "mediaconvert",
    "media_package": "mediapackage",
    "media_store": "mediastore",
    "msk": "kafka",
    "mskconnect": "kafkaconnect",
    "nat": "ec2",
    "network_acl": "ec2",
    "network_interface": "ec2",
    "networkfirewall": "network-firewall",
    "opensearchserverless": "opensearchserverless",
    "placement": "ec2",
    "prometheus": "amp",
    "route": "ec2",
    "route53_recovery": "route53-recovery-readiness",
    "route53_resolver": "route53resolver",
    "route53domains": "route53domains",
    "s3_bucket": "s3",
    "s3control": "s3control",
    "security_group": "ec2",
    "serverlessapplicationrepository": "serverlessrepo",
    "service_discovery": "servicediscovery",
    "ses": "ses",
    "sfn": "stepfunctions",
    "snapshot": "ec2",
    "spot": "ec2",
    "ssmcontacts": "ssm-contacts",
    "ssmincidents": "ssm-incidents",
    "ssoadmin": "sso-admin",
    "subnet": "ec2",
    "timestreamwrite": "timestream-write",
    "verifiedaccess": "ec2",
    "verifiedpermissions": "verifiedpermissions",
    "volume": "ec2",
    "vpc": "ec2",
    "vpclattice": "vpc-lattice",
    "vpn": "ec2",
    "wafregional": "waf-regional",
    "workspacesweb": "workspaces-web",
    "xray": "xray",
}


def extended(type_name: str, listed: list[str]) -> list[str]:
    """Return a list of values plus the newest ones of the service's model, in a fixed order."""
    own = set(listed)
    shapes = enumerations(service_of(type_name))
    larger = sorted((shape for shape in shapes if own <= shape), key=lambda shape: (len(shape), sorted(shape)))
    if larger:
        return [*listed, *sorted(larger[0] - own)]
    near = [shape for shape in shapes if len(own & shape) >= max(2, _SHARE * len(own))]
    best = max(near, key=lambda shape: (len(own & shape) / len(own | shape), sorted(shape)), default=frozenset())
    return [*listed, *sorted(best - own)]


def service_of(type_name: str) -> str:
    """Return botocore's name of the service that a type belongs to, or an empty string."""
    words = type_name.removeprefix("aws_").split("_")
    for count in range(min(3, len(words)), 0, -1):
        start = "_".join(words[:count])
        if start in _SERVICES:
            return _SERVICES[start]
        for joined in ("".join(words[:count]), "-".join(words[:count])):
            if (_DATA / joined).is_dir():
                return joined
    return ""


@cache
def enumerations(service: str) -> tuple[frozenset[str], ...]:
    """Return the enumerations of the newest model of a service."""
    if not service:
        return ()
    newest = max((_DATA / service).glob("*/service-2.json.gz"))
    shapes = json.loads(gzip.decompress(newest.read_bytes()))["shapes"].values()
    return tuple({frozenset(shape["enum"]): None for shape in shapes if "enum" in shape})
