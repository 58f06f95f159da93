"""Security checks of Terraform resources."""

from __future__ import annotations

from iacrl.domains.security import SecurityCheck
from iacrl.domains.terraform.security import aws_access, aws_data, aws_network, azure, google, secrets

_THEMES = (aws_data, aws_access, aws_network, google, azure, secrets)

CHECKS: tuple[SecurityCheck, ...] = tuple(
    sorted((check for theme in _THEMES for check in theme.CHECKS), key=lambda check: check.id)
)
