"""From a text to its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from functools import cache
from itertools import islice
from typing import Any

from iacrl.domains.cloudformation.clock import OutOfTime, within
from iacrl.domains.cloudformation.contradictions import contradictions
from iacrl.domains.cloudformation.document import CloudFormationDocument
from iacrl.domains.cloudformation.limits import MAX_SECONDS, slow_pattern, too_large
from iacrl.domains.cloudformation.linter import linter
from iacrl.domains.cloudformation.mark_ranges import place
from iacrl.domains.cloudformation.rules import layer_of
from iacrl.domains.cloudformation.unchecked import blind_spots, holds_loops, is_third_party, macros, unjudged
from iacrl.domains.ranges import START, Range
from iacrl.domains.verdict import LAYERS, Diagnostic, Layer, Severity, Verdict, layers_passed
from iacrl.text import shortened

#: Nobody reads more, and a hostile text could cause millions.
MAX_FINDINGS = 200
_LONGEST = 400
#: The only layers that are judged if a macro rewrites the template: whether it can be read.
_READ: tuple[Layer, ...] = LAYERS[: LAYERS.index("structure")]


def validate_text(text: str, region: str = "us-east-1") -> Verdict:
    """Judge one template, YAML or JSON.

    Args:
        text: The template. Bad text never raises: each fault in it is a diagnostic.
        region: The AWS region whose resource types and values are valid.

    Raises:
        UserError: cfn-lint is not installed, or does not know the region.
    """
    rules = linter()
    known = _known_types(region)
    beyond = too_large(text)
    if beyond is not None:
        return _verdict((beyond,))
    from cfnlint.decode.decode import decode_str

    template, matches = decode_str(text)
    if matches:
        return _verdict(_diagnostics(matches, text))
    if not isinstance(template, dict):
        return _verdict((Diagnostic("E0000", "error", "A template is a mapping.", "syntax", START),))
    notes = tuple(f"macro {name}: rewrites the template before it is read" for name in macros(template))
    pattern = slow_pattern(template)
    if pattern is not None:
        notes = (*notes, f"Parameters.{pattern}: the AllowedPattern takes too long on the Default")
    if notes:
        return _verdict((), notes, CloudFormationDocument(text, template, None), _READ)
    try:
        linted = within(MAX_SECONDS, lambda: rules.lint(deepcopy(template), region))  # cfn-lint modifies its input
    except OutOfTime:
        notes = (f"cfn-lint: takes longer than {MAX_SECONDS:g} s on this text",)
        return _verdict((), notes, CloudFormationDocument(text, template, None), _READ)
    passed_over = list(unjudged(linted.template, known))
    notes = (
        *(words for _, words in passed_over),
        *(f"rule {code} of cfn-lint: cannot be run on this text" for code in linted.failed),
    )
    blind = blind_spots(linted.template)
    kept = (
        match
        for match in linted.matches
        if not _is_about_third_party(match, linted.template)
        and tuple(map(str, getattr(match, "path", [])[:2])) not in blind
    )
    ran = _READ if linted.failed else LAYERS
    written = linted.template if holds_loops(template) else template
    left_out = None if linted.failed else frozenset(entry for entry, _ in passed_over)
    found = [*_diagnostics(kept, text), *islice(_contradictions(template, text), MAX_FINDINGS)]
    found.sort(key=lambda one: one.range.start)
    return _verdict(tuple(found), notes, CloudFormationDocument(text, written, left_out), ran)


def _contradictions(template: Mapping[Any, Any], text: str) -> Iterator[Diagnostic]:
    """Yield what cfn-lint does not check, as it does: each finding at its key."""
    lines = text.split("\n")
    for one in contradictions(template):
        mark = getattr(one.key, "start_mark", None)
        start = (1, 1) if mark is None else (mark.line + 1, mark.column + 1)
        where = place(lines, start, (start[0], start[1] + len(str(one.key))))
        yield Diagnostic(one.code, "error", shortened(one.message, _LONGEST), layer_of(one.code), where)


def _verdict(
    found: tuple[Diagnostic, ...],
    notes: tuple[str, ...] = (),
    document: CloudFormationDocument | None = None,
    ran: tuple[Layer, ...] = LAYERS,
) -> Verdict:
    return Verdict("cloudformation", found, layers_passed(ran, found), notes, document)


@cache
def _known_types(region: str) -> frozenset[str]:
    """Return the types for which cfn-lint has schemas.

    Raises:
        UserError: It does not know the region.
    """
    from cfnlint.helpers import REGIONS
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    from iacrl.errors import UserError, did_you_mean

    if region not in REGIONS:
        raise UserError(f"Unknown region {region!r}.{did_you_mean(region, REGIONS)} Regions: {', '.join(REGIONS)}.")
    return frozenset(PROVIDER_SCHEMA_MANAGER.get_resource_types(region=region))


def _is_about_third_party(match: Any, template: Any) -> bool:
    """Return whether a finding is about an unknown type that is not AWS's."""
    path: list[Any] = getattr(match, "path", [])
    if match.rule.id != "E3006" or len(path) < 2:
        return False
    kind = template["Resources"][path[1]].get("Type")
    return isinstance(kind, str) and is_third_party(kind)


def _diagnostics(matches: Iterable[Any], text: str) -> tuple[Diagnostic, ...]:
    """Return the findings in text order, without repeats: at most `MAX_FINDINGS` errors and as many warnings."""
    lines = text.split("\n")
    unique: dict[tuple[str, Range, str], Diagnostic] = {}
    for match in matches:
        if match.parent_id is not None:
            continue  # why one of several alternatives failed: the parent already reports that all did
        code, message = match.rule.id, shortened(str(match.message), _LONGEST)
        start, end = (match.linenumber, match.columnnumber), (match.linenumberend, match.columnnumberend)
        where = place(lines, start, end)
        severity: Severity = "error" if code.startswith("E") else "warning"
        unique[code, where, message] = Diagnostic(code, severity, message, layer_of(code), where)
    ordered = sorted(unique.values(), key=lambda one: (one.range.start, one.code, one.message))
    errors = [one for one in ordered if one.severity == "error"][:MAX_FINDINGS]
    warnings = [one for one in ordered if one.severity == "warning"][:MAX_FINDINGS]
    return tuple(sorted((*errors, *warnings), key=lambda one: (one.range.start, one.code, one.message)))
