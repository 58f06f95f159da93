"""Writes templates as people do: short tags, sections in the usual order, a blank line between entries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from iacrl.tasks.yaml_text import YamlWriter, write_yaml

_ORDER = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")
#: PyYAML puts every scalar with a tag into quotes.
_QUOTED_NAME = re.compile(r"(!(?:Ref|GetAtt|Condition)) '([\w.:]+)'")


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """A call of an intrinsic function: `Intrinsic("Ref", "Queue")`, `Intrinsic("Sub", "${Stage}-jobs")`."""

    function: str
    argument: Any

    def __str__(self) -> str:
        """Return it in the form of a document."""
        written = self.argument if isinstance(self.argument, str) else f"[{', '.join(map(str, self.argument))}]"
        return f"!{self.function} {written}"


class _TemplateWriter(YamlWriter):
    """Writes calls with their short tags."""


def _write_call(writer: yaml.SafeDumper, call: Intrinsic) -> yaml.Node:
    tag = f"!{call.function}"
    if isinstance(call.argument, str):
        return writer.represent_scalar(tag, call.argument, style='"' if call.function == "Sub" else None)
    return writer.represent_sequence(tag, call.argument, flow_style=True)


_TemplateWriter.add_representer(Intrinsic, _write_call)


def template(sections: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a template with these sections, without the format version, because there is only one."""
    written = []
    for section in _ORDER:
        entries = [write_yaml({name: body}, _TemplateWriter) for name, body in sections.get(section, {}).items()]
        indented = [re.sub(r"(?m)^(?=.)", "  ", entry) for entry in entries]
        if indented:
            written.append(f"{section}:\n" + "\n".join(indented))
    return _QUOTED_NAME.sub(r"\1 \2", "\n".join(written))
