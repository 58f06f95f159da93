"""`count`, `for_each` and `depends_on`."""

from __future__ import annotations

from iacrl.domains.terraform.checking.address import parse_address
from iacrl.domains.terraform.checking.body_checker import BodyChecker
from iacrl.domains.terraform.checking.site import Site
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.types import NUMBER, STRING
from iacrl.domains.terraform.cty.values import Value, whole
from iacrl.domains.terraform.findings import refuse
from iacrl.domains.terraform.rules import reference_rule
from iacrl.domains.terraform.syntax.nodes import Traversal, ValueNode

INVALID_COUNT_ARGUMENT = reference_rule(
    "TF452",
    "Invalid count argument",
    "meta-arguments/count",
    "count must be a whole number from zero up, or something that converts to one.",
)
INVALID_FOR_EACH_ARGUMENT = reference_rule(
    "TF453",
    "Invalid for_each argument",
    "meta-arguments/for_each",
    "for_each takes a map or a set of strings that is not sensitive. Turn a list into a set with toset().",
)
INVALID_DEPENDS_ON = reference_rule(
    "TF457",
    "Invalid depends_on reference",
    "meta-arguments/depends_on",
    "depends_on names whole objects, not their attributes.",
)


def check_count(checker: BodyChecker, expression: ValueNode, place: Site) -> None:
    """Report a `count` that is known not to be a whole number of at least zero."""
    value = checker.evaluate(expression, place)
    if value is None:
        return
    try:
        value = convert(value, NUMBER)
    except ConversionError as error:
        detail = f"Invalid expression value: {error.message}."
        refuse(checker.report, expression, INVALID_COUNT_ARGUMENT, detail, "Incorrect value type")
        return
    detail = ""
    if "ephemeral" in value.marks:
        detail = 'The given "count" is derived from an ephemeral value. Use only non-ephemeral values.'
    elif value.null:
        detail = 'The given "count" argument value is null. An integer is required.'
    elif value.known:
        number = whole(value.data)
        if number is None:
            detail = 'The given "count" argument value is unsuitable: a whole number is required.'
        elif number < 0:
            detail = 'The given "count" argument value is unsuitable: must be greater than or equal to zero.'
    if detail:
        refuse(checker.report, expression, INVALID_COUNT_ARGUMENT, detail)


def check_for_each(checker: BodyChecker, expression: ValueNode, place: Site, forgiving: bool = False) -> Value | None:
    """Report a `for_each` that is known to be neither a map nor a set of strings; return its value if it is valid.

    Args:
        forgiving: Check only references and the value, and treat what cannot be computed as unknown. OpenTofu's
            validate treats `for_each` of resources this way.
    """
    value = (checker.evaluate_forgiving if forgiving else checker.evaluate)(expression, place)
    if value is None:
        return None
    summary, problem = _for_each_problem(value)
    if problem:
        detail = f'The given "for_each" argument value is unsuitable: {problem}.'
        refuse(checker.report, expression, INVALID_FOR_EACH_ARGUMENT, detail, summary)
        return None
    return value


def _for_each_problem(value: Value) -> tuple[str, str]:
    summary = INVALID_FOR_EACH_ARGUMENT.title
    if "sensitive" in value.marks:
        return summary, (
            "sensitive values, or values derived from sensitive values, cannot be used as for_each arguments, because "
            "they could be exposed as a resource instance key"
        )
    if "ephemeral" in value.marks:
        return summary, "the value is derived from an ephemeral value"
    type = value.type
    if value.null:
        return summary, 'the given "for_each" argument value is null. A map, or set of strings is allowed'
    if type.kind == "dynamic":
        return summary, ""
    if type.kind not in ("map", "set", "object"):
        return summary, (
            'the "for_each" argument must be a map, or set of strings, and you have provided a value of type '
            f"{type.friendly()}"
        )
    if type.kind != "set" or not value.known or not value.data or not value.wholly_known:
        return summary, ""
    summary = "Invalid for_each set argument"
    if type.element != STRING:
        return summary, (
            '"for_each" supports maps and sets of strings, but you have provided a set containing type '
            f"{type.element.friendly()}"
        )
    if any(element.null for element in value.data):
        return summary, '"for_each" sets must not contain null values'
    return summary, ""


def check_depends_on(checker: BodyChecker, references: list[Traversal], place: Site) -> None:
    """Report `depends_on` references to something that does not exist, or to a part of something."""
    for reference in references:
        if not checker.names.check([reference], place, checker.report):
            continue
        address = parse_address(reference)
        if address is not None and address.used < len(reference.steps):
            detail = (
                "References in depends_on must be to a whole object (resource, etc), not to an attribute of an object."
            )
            refuse(checker.report, reference, INVALID_DEPENDS_ON, detail)


def repeated(count: ValueNode | None, for_each: ValueNode | None, place: Site) -> Site:
    """Return a place where `count.index` or `each` are valid if the block has `count` or `for_each`."""
    if count is None and for_each is None:
        return place
    return Site(place.node, count is not None, count is None, place.itself, place.container, place.names)
