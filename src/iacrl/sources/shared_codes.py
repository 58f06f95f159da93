"""The validator's codes for a real program's findings: its own messages have no codes as specific as ours.

Two findings are the same if they are at one place and begin with the same words, or have the same message. If a place
has a single code of the same layer, that code is used too.
"""

from __future__ import annotations

from collections.abc import Sequence

from iacrl.domains.verdict import Diagnostic, Verdict


def with_shared_codes(program: Verdict, own: Verdict) -> Verdict:
    """Return a real program's verdict with the validator's codes for the findings that both have.

    Args:
        program: The real program's verdict.
        own: The validator's verdict on the same source.
    """
    found = tuple(one._replace(code=_code(one, own.diagnostics)) for one in program.diagnostics)
    return program._replace(diagnostics=found, document=program.document or own.document)


def _code(finding: Diagnostic, own: Sequence[Diagnostic]) -> str:
    here = [one for one in own if _place(one) == _place(finding)]
    candidates = (
        [one for one in here if _summary(one) == _summary(finding)],
        [one for one in own if one.message == finding.message],
        [one for one in here if one.layer == finding.layer],
    )
    for same in candidates:
        codes = {one.code for one in same}
        if len(codes) == 1:
            return codes.pop()
    return finding.code


def _place(finding: Diagnostic) -> tuple[str | None, int, int]:
    return finding.range.file, *finding.range.start


def _summary(finding: Diagnostic) -> str:
    return finding.message.partition(": ")[0]
