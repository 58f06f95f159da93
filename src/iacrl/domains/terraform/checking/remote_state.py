"""The arguments of `terraform_remote_state`, which Terraform's built-in provider checks itself."""

from __future__ import annotations

from iacrl.domains.terraform.checking.body_checker import BodyChecker
from iacrl.domains.terraform.checking.site import Site
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.types import STRING
from iacrl.domains.terraform.findings import refuse
from iacrl.domains.terraform.rules import schema_rule
from iacrl.domains.terraform.schema.backends import BackendError, check_backend
from iacrl.domains.terraform.structure.module import Resource

INVALID_BACKEND = schema_rule(
    "TF316",
    "Invalid backend configuration",
    "state/remote-state-data",
    "A terraform_remote_state names a backend that does not exist, or configures it with what it does not take.",
)


def check_remote_state(resource: Resource, checker: BodyChecker, place: Site) -> None:
    """Report a backend that does not exist or does not accept this configuration."""
    attributes = resource.config.attributes
    if "backend" not in attributes:
        return
    # Errors in the expressions themselves are reported already.
    quiet = BodyChecker(checker.names, [])
    backend, config, defaults = (
        quiet.evaluate(attributes[name].value, place) if name in attributes else None
        for name in ("backend", "config", "defaults")
    )
    if backend is None or quiet.report:
        return
    try:
        backend = convert(backend, STRING)
    except ConversionError:
        return
    header = resource.block.start, resource.block.header_end
    try:
        check_backend(backend, config)
    except BackendError as error:
        refuse(checker.report, header, INVALID_BACKEND, str(error))
    if defaults is not None and defaults.type.kind not in ("object", "map", "dynamic"):
        detail = "Defaults must be given in an object value."
        refuse(checker.report, header, INVALID_BACKEND, detail, "Invalid default values")
