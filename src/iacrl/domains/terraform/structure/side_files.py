"""Files beside a configuration that Terraform reads with it: tests (`*.tftest.hcl`) and the lock file."""

from __future__ import annotations

import re

from iacrl.domains.terraform.findings import refuse
from iacrl.domains.terraform.rules import structure_rule
from iacrl.domains.terraform.structure.body import BodyShape, check_body
from iacrl.domains.terraform.structure.module import File
from iacrl.domains.terraform.structure.provider_block import provider_address
from iacrl.domains.terraform.structure.static import constant, keyword
from iacrl.domains.terraform.structure.structure_rules import DUPLICATE, INVALID_VERSION
from iacrl.domains.terraform.syntax.nodes import Block, Body

INVALID_TEST = structure_rule(
    "TF243",
    "Invalid test file",
    "tests",
    "The command of a run is plan or apply, and the mode of its plan normal or refresh-only.",
)
INVALID_LOCK = structure_rule(
    "TF244",
    "Invalid lock file",
    "files/dependency-lock",
    "A block of .terraform.lock.hcl names a provider by its full address, hostname/namespace/type, and its hashes are "
    "one or more, or left out.",
)

_OVERRIDES = {"override_resource": (), "override_data": (), "override_module": ()}
_TESTS = BodyShape(
    blocks={"run": ("name",), "variables": (), "provider": ("name",), "mock_provider": ("name",), **_OVERRIDES}
)
_RUN = BodyShape(
    "command providers expect_failures state_key",
    blocks={"plan_options": (), "variables": (), "module": (), "assert": (), **_OVERRIDES},
)
_MOCK = BodyShape(
    "alias source override_during", blocks={"mock_resource": ("type",), "mock_data": ("type",), **_OVERRIDES}
)
_PLAIN = {
    "plan_options": BodyShape("mode refresh replace target"),
    "module": BodyShape("version", "source"),
    "assert": BodyShape(required="condition error_message"),
    "override_resource": BodyShape("values override_during", "target"),
    "override_data": BodyShape("values override_during", "target"),
    "override_module": BodyShape("outputs override_during", "target"),
    "mock_resource": BodyShape("defaults override_during"),
    "mock_data": BodyShape("defaults override_during"),
}
_KEYWORDS = {"command": ("plan", "apply"), "mode": ("normal", "refresh-only")}
_LOCK = BodyShape(blocks={"provider": ("source_addr",)})
_LOCKED = BodyShape("constraints hashes", "version")
_version = re.compile(r"\d+\.\d+\.\d+(?:[-+][\w.+-]+)?").fullmatch


def check_tests(body: Body, file: File) -> None:
    """Check the structure of a test file. What its expressions refer to is only known to a run."""
    report = file.findings
    seen: set[tuple[str, str]] = set()
    for block in check_body(body, _TESTS, report, None):
        name = block.labels[0].value if block.type == "run" else block.type if block.type == "variables" else ""
        if name and (block.type, name) in seen:
            summary = 'Duplicate "run" block names' if block.type == "run" else 'Multiple "variables" blocks'
            refuse(report, block.header, DUPLICATE, f"{name} is there twice.", summary)
        seen.add((block.type, name))
        _check_part(block, file)


def _check_part(block: Block, file: File) -> None:
    shape = {"run": _RUN, "mock_provider": _MOCK}.get(block.type) or _PLAIN.get(block.type)
    if shape is None:
        return
    report = file.findings
    for inner in check_body(block.body, shape, report, block):
        _check_part(inner, file)
    for name, allowed in _KEYWORDS.items():
        argument = block.body.attributes.get(name)
        if argument is not None and keyword(argument.value) not in allowed:
            detail = f"Expected one of the words {' and '.join(allowed)}, without quotes."
            refuse(report, argument.value, INVALID_TEST, detail, f'Invalid "{name}" keyword')


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
