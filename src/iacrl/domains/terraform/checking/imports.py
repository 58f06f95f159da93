"""`import` blocks: their target and the source of the import."""

from __future__ import annotations

from iacrl.domains.terraform.checking.address import resource_of
from iacrl.domains.terraform.checking.body_checker import BodyChecker
from iacrl.domains.terraform.checking.find import find_references
from iacrl.domains.terraform.checking.repetition import check_for_each
from iacrl.domains.terraform.checking.site import Site
from iacrl.domains.terraform.cty import values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.types import STRING
from iacrl.domains.terraform.cty.values import ANY, Value
from iacrl.domains.terraform.findings import refuse
from iacrl.domains.terraform.rules import reference_rule
from iacrl.domains.terraform.structure.module import Import, Module
from iacrl.domains.terraform.structure.structure_rules import INVALID_IMPORT_PROVIDER
from iacrl.domains.terraform.syntax.nodes import Index, RelativeTraversal, ValueNode

INVALID_IMPORT = reference_rule(
    "TF461",
    "Invalid import",
    "import",
    "The id of an import is a non-empty string that does not depend on the imported resource, and its target has "
    "an instance key exactly where the resource has count or for_each.",
)


def check_import(checker: BodyChecker, found: Import, module: Module, target_known: bool) -> None:
    """Check one `import` block of the root module.

    Args:
        target_known: Whether the resources of the target's module are known.
    """
    report = checker.report
    node = ("import", id(found))
    place = Site(node)
    for argument in (found.id, found.for_each) if not found.path else ():
        if argument is not None and any(resource_of(one) == found.key for one in find_references(argument)):
            detail = "The import ID cannot reference the resource being imported."
            refuse(report, argument, INVALID_IMPORT, detail, "Invalid import id argument")
            return
    elements = _elements(checker, found, place)
    if found.for_each is not None and elements is None:
        return
    dynamic = _has_dynamic_index(found.to)
    if found.for_each is None:
        if dynamic:
            detail = "Import block 'to' addresses without for_each must be static."
            refuse(report, found.to, INVALID_IMPORT, detail, "Invalid address")
            return
        _check_target(checker, found, module, type(found.index), target_known)
    elif not dynamic:
        _check_target(checker, found, module, type(found.index), target_known)
    inners = [place] if found.for_each is None else [_with_each(place, key, value) for key, value in elements or []]
    for inner in inners:
        if dynamic:
            _check_dynamic_target(checker, found, module, inner, target_known)
        _check_id(checker, found, inner)


def refuse_import(found: Import) -> None:
    """Report an `import` block in a called module."""
    block = found.block
    detail = "Import blocks are only allowed in the root module."
    refuse(found.file.findings, block.header, INVALID_IMPORT, detail, "Invalid import configuration")


def _with_each(place: Site, key: Value, value: Value) -> Site:
    return place.with_name("each", values.object_value({"key": key, "value": value}))


def _elements(checker: BodyChecker, found: Import, place: Site) -> list[tuple[Value, Value]] | None:
    """Return the elements of `for_each`, or one unknown pair if they are not known."""
    if found.for_each is None:
        return []
    value = checker.evaluate(found.for_each, place)
    if value is None:
        return None
    if value.null:
        return []
    if not value.wholly_known:
        return [(values.unknown(STRING), ANY)]
    if isinstance(value.data, dict | tuple):
        return list(values.pairs(value))
    return [] if check_for_each(checker, found.for_each, place) is not None else None


def _has_dynamic_index(expression: ValueNode) -> bool:
    if isinstance(expression, RelativeTraversal):
        return _has_dynamic_index(expression.source)
    return isinstance(expression, Index)


def _check_dynamic_target(checker: BodyChecker, found: Import, module: Module, place: Site, target_known: bool) -> None:
    expression = found.to
    if not isinstance(expression, Index):
        return
    key = checker.evaluate(expression.key, place)
    if key is None or not key.known or key.null:
        return
    _check_target(checker, found, module, str if key.type is STRING else int, target_known)


def _check_target(checker: BodyChecker, found: Import, module: Module, kind: type, target_known: bool) -> None:
    report = checker.report
    summary = "Configuration for import target does not exist"
    if found.path:
        if not target_known:
            detail = "Only resources within the root module are eligible for config generation."
            refuse(report, found.to, INVALID_IMPORT, detail, summary)
        return
    resource = module.resources.get(found.key)
    if resource is None:
        if kind is not type(None) or found.for_each is not None:
            detail = "The given import block is not compatible with config generation."
            refuse(report, found.to, INVALID_IMPORT, detail, summary)
        return
    if found.provider is not None:
        detail = "The provider argument can only be specified in import blocks that will generate configuration."
        argument = found.block.body.attributes["provider"]
        refuse(report, argument, INVALID_IMPORT_PROVIDER, detail)
    wanted = int if resource.count is not None else str if resource.for_each is not None else type(None)
    if kind is not wanted:
        uses = {int: "count", str: "for_each"}
        detail = f"The target resource does not use {uses.get(kind)}."
        if kind is type(None):
            detail = f"The target resource is using {uses[wanted]}."
        refuse(report, found.to, INVALID_IMPORT, detail, "Invalid import 'to' expression")


def _check_id(checker: BodyChecker, found: Import, place: Site) -> None:
    if found.id is None:
        return
    value = checker.evaluate(found.id, place)
    if value is None:
        return
    summary, detail = "Invalid import id argument", ""
    try:
        value = convert(value, STRING)
    except ConversionError as error:
        summary, detail = "Incorrect value type", f"Invalid expression value: {error.message}."
    else:
        if value.null:
            detail = "The import ID cannot be null."
        elif value.data == "":
            detail = "The import ID value evaluates to an empty string, please provide a non-empty value."
    if detail:
        refuse(checker.report, found.id, INVALID_IMPORT, detail, summary)
