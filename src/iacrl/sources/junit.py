"""JUnit XML for continuous integration servers: a test for each source, which fails if the source is not valid."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import click

from iacrl.sources.discover import LeftOut
from iacrl.sources.judged import Judged, not_checked
from iacrl.sources.plain_text import each_once, headline
from iacrl.terminal import printable, shown

#: Characters that XML 1.0 does not allow; a file or a message may contain them.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(found: Sequence[Judged], left_out: Sequence[LeftOut] = ()) -> str:
    """Return the report. A source that was left out, or could not be judged at all, is a skipped test."""
    failed = sum(not source.verdict.valid for source in found)
    counts = {"tests": str(len(found) + len(left_out)), "failures": str(failed), "errors": "0"}
    suites = Element("testsuites", {"name": "iacrl", **counts})
    suite = SubElement(suites, "testsuite", {"name": "iacrl", **counts, "skipped": str(len(left_out))})
    for source in found:
        case = _case(suite, source.name, source.verdict.domain)
        lines = [
            (finding.severity, click.unstyle(headline(finding, source.path_of(finding.range.file))))
            for _, finding in each_once([source])
        ]
        errors = [line for severity, line in lines if severity == "error"]
        if errors:
            failure = SubElement(case, "failure", {"message": _printable(errors[0]), "type": "invalid"})
            failure.text = _printable("\n".join(errors))
        notes = [line for severity, line in lines if severity != "error"]
        notes += [printable(f"{name}: not checked: {reason}") for name, reason in not_checked([source], ())]
        if notes:
            SubElement(case, "system-out").text = _printable("\n".join(notes))
    for file in left_out:
        SubElement(_case(suite, str(file.path), "left out"), "skipped", {"message": _printable(file.reason)})
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, encoding="unicode")}\n'


def _case(suite: Element, name: str, kind: str) -> Element:
    return SubElement(suite, "testcase", {"name": _printable(name), "classname": f"iacrl.{kind}"})


def _printable(text: str) -> str:
    return shown(_NOT_XML.sub("\ufffd", text))
