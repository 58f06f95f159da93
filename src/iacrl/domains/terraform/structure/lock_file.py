"""The lock file of a configuration, `.terraform.lock.hcl`."""

from __future__ import annotations

import re

from iacrl.domains.terraform.findings import refuse
from iacrl.domains.terraform.rules import structure_rule
from iacrl.domains.terraform.structure.body import BodyShape, check_body
from iacrl.domains.terraform.structure.module import File
from iacrl.domains.terraform.structure.provider_block import provider_address
from iacrl.domains.terraform.structure.static import constant
from iacrl.domains.terraform.structure.structure_rules import INVALID_VERSION
from iacrl.domains.terraform.syntax.nodes import Body

INVALID_LOCK = structure_rule(
    "TF244",
    "Invalid lock file",
    "files/dependency-lock",
    "A block of .terraform.lock.hcl names a provider by its full address, hostname/namespace/type, and its hashes are "
    "one or more, or left out.",
)

_LOCK = BodyShape(blocks={"provider": ("source_addr",)})
_LOCKED = BodyShape("constraints hashes", "version")
_version = re.compile(r"\d+\.\d+\.\d+(?:[-+][\w.+-]+)?").fullmatch


def check_lock(body: Body, file: File) -> None:
    """Check a lock file: an address, a version, and hashes."""
    report = file.findings
    for block in check_body(body, _LOCK, report, None):
        label = block.labels[0]
        if label.value.count("/") != 2 or provider_address(label.value) is None:
            detail = 'The address must be fully qualified, of the form "hostname/namespace/type".'
            refuse(report, label, INVALID_LOCK, detail, "Invalid provider source address")
        check_body(block.body, _LOCKED, report, block)
        version = block.body.attributes.get("version")
        value = None if version is None else constant(version.value, report)
        if version is not None and value is not None and not _version(str(value.data)):
            detail = "The selected version of a provider must be a whole one, such as 1.2.3."
            refuse(report, version.value, INVALID_VERSION, detail, "Invalid provider version number")
        hashes = block.body.attributes.get("hashes")
        value = None if hashes is None else constant(hashes.value, report)
        if hashes is not None and value is not None and value.known and not value.data:
            detail = 'The "hashes" argument must either be omitted or contain at least one hash value.'
            refuse(report, hashes.value, INVALID_LOCK, detail, "Invalid provider hash set")
