"""`CloudFormationSheet`: resources, parameters, outputs and conditions, written as one template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iacrl.tasks.families.cloudformation.template import Intrinsic, template
from iacrl.tasks.item_sheet import Sheet, SheetPart

_SECTIONS = {"resource": "Resources", "parameter": "Parameters", "output": "Outputs", "condition": "Conditions"}


class CloudFormationPart(SheetPart):
    """One entry of the template; `body` is all of it. `Type` is already set for a resource."""

    def __init__(self, sheet: CloudFormationSheet, type_: str, label: str, alias: str, named: str | None) -> None:
        super().__init__(sheet, type_, alias, named)
        self.label = label

    def ref(self, attribute: str = "Ref") -> Intrinsic:
        """Return a reference to this part, or to one of its attributes."""
        return Intrinsic("Ref", self.label) if attribute == "Ref" else Intrinsic("GetAtt", f"{self.label}.{attribute}")

    def refer(
        self, path: str, target: CloudFormationPart, by: str | Sequence[str] = "Ref", said: str | None = None
    ) -> None:
        """Set a reference to another part: the first of `by`; the intent accepts any of them."""
        allowed = [by] if isinstance(by, str) else list(by)
        self.put(path, target.ref(allowed[0]), test={"refers_to": target.alias, "by": allowed})
        if said is not None:
            self.sheet.say(said)

    def leaves(self, value: Any, path: str) -> Iterator[tuple[str, Any]]:
        """Yield what is set, except the resource's type."""
        is_resource = self.type.startswith("resource ")
        return (leaf for leaf in super().leaves(value, path) if not (is_resource and leaf[0] == "Type"))

    def tags(self, values: Mapping[str, str]) -> None:
        """Set tags; the request mentions each."""
        for key, value in values.items():
            self.sheet.say(f"tag {key}", value)
        self.each("Properties.Tags", [{"Key": key, "Value": value} for key, value in values.items()])

    def strings(self, path: str, values: Sequence[str]) -> None:
        """Set one string or a list of strings where CloudFormation takes either, as IAM does."""
        one = len(values) == 1
        either: list[Any] = [values[0], [values[0]]]
        self.put(path, values[0] if one else list(values), test={"one_of": either} if one else {"items": list(values)})


class CloudFormationSheet(Sheet[CloudFormationPart]):
    """Collects the entries of one template."""

    def resource(self, kind: str, alias: str, label: str) -> CloudFormationPart:
        """Add a resource with a logical ID, which the intent does not fix."""
        part = self.add(CloudFormationPart(self, f"resource {kind}", label, alias, None))
        part.body["Type"] = kind
        return part

    def entry(self, category: str, name: str) -> CloudFormationPart:
        """Add a parameter or an output, whose name the intent fixes."""
        return self.add(CloudFormationPart(self, category, name, f"{category} {name}", name))

    def text(self) -> str:
        """Return the entries so far as one template."""
        sections: dict[str, dict[str, Any]] = {}
        for part in self.parts:
            category = part.type.split()[0]
            body = part.body["Value"] if category == "condition" else part.body
            sections.setdefault(_SECTIONS[category], {})[part.label] = body
        return template(sections)
