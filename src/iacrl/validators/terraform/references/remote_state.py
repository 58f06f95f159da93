"""The arguments of `terraform_remote_state`, which the provider that is built into Terraform checks itself."""

from __future__ import annotations

from iacrl.validators.terraform.findings import Finding
from iacrl.validators.terraform.references.place import Place
from iacrl.validators.terraform.schema.backends import BackendError, check_backend
from iacrl.validators.terraform.schema.check import BodyChecker
from iacrl.validators.terraform.structure.module import Resource


def check_remote_state(resource: Resource, checker: BodyChecker, place: Place) -> None:
    """Report a backend that does not exist or cannot be given this configuration."""
    attributes = resource.config.attributes
    if "backend" not in attributes:
        return
    # What is wrong with the expressions themselves is reported already.
    quiet = BodyChecker(checker.names, [])
    backend = quiet.evaluate(attributes["backend"].value, place)
    config = quiet.evaluate(attributes["config"].value, place) if "config" in attributes else None
    if backend is None or quiet.report or backend.type.kind not in ("string", "dynamic"):
        return
    try:
        check_backend(backend, config)
    except BackendError as error:
        block = resource.block
        summary = "Invalid backend configuration"
        checker.report.append(Finding("TF316", summary, str(error), block.start, block.header_end))
