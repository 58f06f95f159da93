"""IAM policies in the answer, and what the intent requires of them."""

from __future__ import annotations

from iacrl.tasks.families.terraform.hcl import Call
from iacrl.tasks.families.terraform.sheet import TerraformPart

#: The only current version of the policy language; without it a policy has the version 2008-10-17.
VERSION = "2012-10-17"


def put_trust(role: TerraformPart, service: str) -> None:
    """Set the policy that lets a service assume a role; the family adds the clause about the service."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    role.put("assume_role_policy", Call("jsonencode", {"Version": VERSION, "Statement": [statement]}))
    role.expect("assume_role_policy.Statement[*].Principal.Service", {"one_of": [service, [service]]})
    role.imply("assume_role_policy.Statement[*].Action", {"one_of": ["sts:AssumeRole", ["sts:AssumeRole"]]})
    role.imply("assume_role_policy.Statement[*].Effect", "Allow")
    role.imply("assume_role_policy.Version", VERSION)
