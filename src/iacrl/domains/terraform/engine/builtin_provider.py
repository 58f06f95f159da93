"""The provider that is built into terraform, in place of the real one where that would leave the sandbox.

The real `terraform_remote_state` contacts whatever backend the text names. Ours has the same schema, and its outputs
are placeholders.
"""

from __future__ import annotations

import re

from iacrl.domains.terraform.engine.open_types import guessed_types
from iacrl.domains.terraform.engine.wire_values import dynamic
from iacrl.domains.terraform.schema.provider_schema import AttributeSchema, BlockSchema

ADDRESS = "terraform.io/builtin/terraform"
REMOTE_STATE = "terraform_remote_state"

_OUTPUT = re.compile(r"\.outputs(?:\.|\[\")(\w+)")


def remote_state_placeholders(source: str) -> BlockSchema:
    """Return what to read as a remote state: those outputs that a text asks for."""
    outputs = guessed_types(_OUTPUT.findall(source), source)
    return BlockSchema({"outputs": AttributeSchema(dynamic(["object", outputs]), computed=True)})
