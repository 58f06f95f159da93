"""The provider that is built into terraform, in place of the real one where that would leave the sandbox.

The real `terraform_remote_state` contacts whatever backend the text names. This one has the same schema, and its
outputs are placeholders.
"""

from __future__ import annotations

import re

from iacrl.validators.terraform.schema import Attribute, Block, ProviderSchema

_ANY = Attribute("dynamic", optional=True)
_OUTPUT = re.compile(r"\.outputs(?:\.|\[\")(\w+)(?:\"\])?(\[)?")

_RESOURCES = {
    "terraform_data": Block(
        {
            "id": Attribute("string", computed=True),
            "input": _ANY,
            "output": Attribute("dynamic", computed=True),
            "triggers_replace": _ANY,
        }
    )
}


def _remote_state(outputs: dict[str, object]) -> Block:
    return Block(
        {
            "backend": Attribute("string", required=True),
            "config": _ANY,
            "defaults": _ANY,
            "outputs": Attribute(["object", outputs], computed=True),
            "workspace": Attribute("string", optional=True),
        }
    )


def with_outputs(source: str) -> ProviderSchema:
    """Return the provider with those outputs of remote states that a text asks for.

    An output that the text indexes, or whose name is a plural, is a list of strings, any other a string.
    """
    outputs: dict[str, object] = {}
    for name, indexed in _OUTPUT.findall(source):
        outputs[name] = ["list", "string"] if indexed or name.endswith("s") else outputs.get(name, "string")
    data = {"terraform_remote_state": _remote_state(outputs)}

    def read(category: str, name: str) -> Block | None:
        return {"resource": _RESOURCES, "data": data}.get(category, {}).get(name)

    return ProviderSchema(
        "terraform.io/builtin/terraform",
        version="",
        exact=True,
        resource_types=tuple(_RESOURCES),
        data_types=tuple(data),
        ephemeral_types=(),
        read=read,
    )


BUILTIN = with_outputs("")
