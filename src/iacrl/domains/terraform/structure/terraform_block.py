"""The `terraform` block."""

from __future__ import annotations

from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.structure.body import BodyShape, check_body, check_only_arguments
from iacrl.domains.terraform.structure.module import Declared, File, Module
from iacrl.domains.terraform.structure.provider_block import check_provider_name, read_required_providers
from iacrl.domains.terraform.structure.static import constant, keyword
from iacrl.domains.terraform.structure.structure_rules import DUPLICATE, UNSUPPORTED_FEATURE
from iacrl.domains.terraform.structure.version_constraints import check_required_version
from iacrl.domains.terraform.syntax.nodes import Block

_TERRAFORM = BodyShape(
    "required_version experiments language",
    blocks={"backend": ("type",), "cloud": (), "required_providers": (), "provider_meta": ("provider",)},
)
#: OpenTofu ignores these constraints on Terraform; its own `language` block constrains OpenTofu.
_TOFU = BodyShape("required_version experiments language", blocks={**_TERRAFORM.blocks, "encryption": ()})


def read_terraform(block: Block, file: File, module: Module) -> None:
    """Read a `terraform` block into the module."""
    report = file.findings
    of_tofu = module.dialect == "tofu"
    blocks = check_body(block.body, _TOFU if of_tofu else _TERRAFORM, report, block)
    if of_tofu:
        from iacrl.domains.terraform.structure.tofu import read_encryption

        read_encryption([inner for inner in blocks if inner.type == "encryption"], report)
    else:
        _check_arguments(block, report, module)
    for inner in blocks:
        if inner.type == "required_providers":
            found = read_required_providers(inner, file)
            if module.required is not None:
                summary = "Duplicate required providers configuration"
                detail = "A module may have only one required providers configuration."
                refuse(report, inner.header, DUPLICATE, detail, summary)
            else:
                module.required = found
        elif inner.type == "provider_meta":
            _read_provider_meta(inner, file, module)
        elif inner.type in ("backend", "cloud"):
            _add_backend(inner, file, module)


def _check_arguments(block: Block, report: list[Finding], module: Module) -> None:
    arguments = block.body.attributes
    if "required_version" in arguments:
        value = arguments["required_version"].value
        module.excluded = check_required_version(value, report, "Terraform", module.version) or module.excluded
    if "experiments" in arguments:
        argument = arguments["experiments"]
        detail = "Experimental features are available only in alpha releases of Terraform."
        refuse(report, argument.header, UNSUPPORTED_FEATURE, detail, "Module uses experimental features")
    if "language" in arguments and keyword(arguments["language"].value) != "TF2021":
        argument = arguments["language"]
        detail = 'The only supported language edition is "TF2021".'
        refuse(report, argument.header, UNSUPPORTED_FEATURE, detail, "Unsupported language edition")


def _read_provider_meta(block: Block, file: File, module: Module) -> None:
    """Read the metadata that a module gives a provider: constants only."""
    report, label = file.findings, block.labels[0]
    if label.value in module.metas:
        detail = f'A provider_meta block for provider "{label.value}" was already given.'
        refuse(report, block.header, DUPLICATE, detail, "Duplicate provider_meta block")
    module.metas.add(label.value)
    check_provider_name(label.value, label.start, label.end, report)
    check_only_arguments(block.body, report)
    for attribute in block.body.attributes.values():
        constant(attribute.value, report)


def _add_backend(block: Block, file: File, module: Module) -> None:
    if module.backends:
        if module.backends[0].block.type == block.type:
            summary = f"Duplicate {block.type} configuration"
            detail = f"A module may have only one {block.type} configuration."
        else:
            summary = "Both a backend and cloud configuration are present"
            detail = "A module may declare either one 'cloud' block OR one 'backend' block configuring a state backend."
        refuse(file.findings, block.header, DUPLICATE, detail, summary)
    module.backends.append(Declared(file, block))
