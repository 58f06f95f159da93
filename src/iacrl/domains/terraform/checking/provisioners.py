"""Provisioners and connections against their schemas, which are part of Terraform itself."""

from __future__ import annotations

from functools import cache

from iacrl.domains.terraform.checking.body_checker import BodyChecker
from iacrl.domains.terraform.checking.site import Site
from iacrl.domains.terraform.findings import refuse
from iacrl.domains.terraform.rules import schema_rule
from iacrl.domains.terraform.schema.block_shapes import BlockShape
from iacrl.domains.terraform.schema.provider_schema import AttributeSchema, BlockSchema
from iacrl.domains.terraform.structure.module import Provisioner
from iacrl.domains.terraform.structure.names import nearest
from iacrl.domains.terraform.syntax.nodes import Block as BlockNode
from iacrl.domains.terraform.syntax.nodes import Body

INVALID_PROVISIONER = schema_rule(
    "TF314",
    "Invalid provisioner",
    "resources/provisioners/syntax",
    "The provisioner does not exist (there are file, local-exec and remote-exec), or what it should do is not "
    "said exactly once.",
)

_LIST = ["list", "string"]
_STRING = AttributeSchema("string", optional=True)
_BOOL = AttributeSchema("bool", optional=True)
_NUMBER = AttributeSchema("number", optional=True)

_PROVISIONERS = {
    "local-exec": {
        "command": AttributeSchema("string", required=True),
        "interpreter": AttributeSchema(_LIST, optional=True),
        "working_dir": _STRING,
        "environment": AttributeSchema(["map", "string"], optional=True),
        "quiet": _BOOL,
    },
    "remote-exec": {
        "inline": AttributeSchema(_LIST, optional=True),
        "script": _STRING,
        "scripts": AttributeSchema(_LIST, optional=True),
    },
    "file": {"source": _STRING, "content": _STRING, "destination": AttributeSchema("string", required=True)},
}
_STRINGS = (
    "type user password timeout script_path target_platform private_key certificate host_key agent_identity "
    "proxy_scheme proxy_host proxy_user_name proxy_user_password proxy_command bastion_host bastion_host_key "
    "bastion_user bastion_password bastion_private_key bastion_certificate cacert"
)
_CONNECTION = {
    "host": AttributeSchema("string", required=True),
    **dict.fromkeys(_STRINGS.split(), _STRING),
    **dict.fromkeys(("port", "proxy_port", "bastion_port"), _NUMBER),
    **dict.fromkeys(("agent", "https", "insecure", "use_ntlm"), _BOOL),
}


@cache
def _shape(name: str) -> BlockShape:
    return BlockShape(BlockSchema(_PROVISIONERS.get(name, _CONNECTION)), True, ephemeral=True)


def check_provisioner(checker: BodyChecker, provisioner: Provisioner, connection: Body | None, place: Site) -> None:
    """Check a provisioner and its connection.

    Args:
        connection: The resource's own `connection` block; the provisioner's block is merged over it.
        place: Inside the resource, where `self` is valid.
    """
    block = provisioner.block
    if provisioner.type not in _PROVISIONERS:
        hint = nearest(provisioner.type, _PROVISIONERS)
        detail = f'This configuration requires provisioner plugin "{provisioner.type}", which does not exist.{hint}'
        label = block.labels[0]
        refuse(checker.report, label, INVALID_PROVISIONER, detail, "Missing required provisioner plugin")
        return
    checker.check(provisioner.config, _shape(provisioner.type), place, block)
    _check_choice(checker, provisioner)
    own = provisioner.connection
    if own is not None and connection is not None:
        own = Body(own.start, own.end, {**connection.attributes, **own.attributes}, [*connection.blocks, *own.blocks])
    body = own or connection
    if body is not None:
        checker.check(body, _shape("connection"), place, _owner(body, block))


def _owner(body: Body, block: BlockNode) -> BlockNode:
    """Return the block at which to report what a connection lacks."""
    for inner in block.body.blocks:
        if inner.type == "connection":
            return inner
    return BlockNode(body.start, body.end, "connection", (), body, body.start + 1, body.start + 1)


def _check_choice(checker: BodyChecker, provisioner: Provisioner) -> None:
    given = provisioner.config.attributes
    block = provisioner.block
    if provisioner.type == "file":
        both = [name for name in ("source", "content") if name in given]
        if len(both) == 1:
            return
        summary = "Cannot set both 'source' and 'content'" if both else "Must provide one of 'source' or 'content'"
        detail = "The file provisioner copies either a file or the given content."
    elif provisioner.type == "remote-exec":
        chosen = [name for name in ("inline", "script", "scripts") if name in given]
        if len(chosen) == 1:
            return
        summary = "Invalid remote-exec provisioner configuration"
        detail = 'Exactly one of "inline", "script", or "scripts" must be set.'
    else:
        return
    refuse(checker.report, block.header, INVALID_PROVISIONER, detail, summary)
