"""Random CEL expressions, in definitions of custom kinds, in admission policies and in device selectors."""

from __future__ import annotations

import json
import random
import re
from typing import Any

#: Forms of an expression, by the type of its value; a word in braces is replaced by another expression.
FORMS: dict[str, tuple[str, ...]] = {
    "bool": (
        "true", "self.b", "has(self.s)", "!{bool}", "{bool} && {bool}", "{bool} || {bool}", "{int} < {int}",
        "{string} == {string}", "{int} >= {int}", "{string} in {list}", "{string} in {map}", "{list} == {list}",
        "{string}.startsWith({string})", "{string}.contains({string})", "{string}.matches('^a+$')",
        "{list}.all(x, {bool})", "{list}.exists(x, x == {string})", "{list}.exists_one(x, x < {string})",
        "{map}.all(k, {bool})", "{list}.isSorted()", "isQuantity({string})", "isURL({string})", "isIP({string})",
        "quantity({string}).isLessThan(quantity('1'))", "{duration} < duration('1h')", "has(self.o.deep)",
        "sets.contains({list}, {list})", "format.dns1123Label().validate({string}).hasValue()", "type({int}) == int",
        "cidr('10.0.0.0/8').containsIP({string})", "({bool} ? {bool} : {bool})", "self.?s.hasValue()",
    ),
    "int": (
        "0", "1", "-3", "self.n", "{int} + {int}", "{int} - {int}", "{int} * {int}", "{int} / {int}", "{int} % 7",
        "size({string})", "{list}.size()", "size({map})", "int({double})", "int({string})",
        "{string}.indexOf({string})",
        "({bool} ? {int} : {int})", "{list}.map(x, size(x)).sum()", "self.o.deep", "{duration}.getSeconds()",
    ),
    "double": ("0.5", "self.d", "double({int})", "{double} + {double}", "{double} / 2.0"),
    "string": (
        "'a'", "''", "self.s", "self.e", "{string} + {string}", "{string}.lowerAscii()", "string({int})",
        "{string}.substring({int})", "{string}.replace('a', {string})", "{list}.join(',')", "{list}[0]",
        "{string}.trim()",
        "{map}['a']", "'%s'.format([{string}])", "{string}.find('[a-z]+')", "self.?s.orValue('a')", "string({double})",
    ),
    "list": (
        "[]", "['a', 'b']", "self.l", "[{string}, {string}]", "{list} + {list}", "{list}.map(x, {string})",
        "{list}.filter(x, {bool})", "{string}.split(',')", "{string}.findAll('[a-z]')", "{map}.map(k, k)",
    ),
    "map": ("{{}}", "{{'a': 'b'}}", "self.m", "{{'a': {string}}}"),
    "duration": ("duration('1h')", "duration({string})", "{duration} + {duration}", "self.t"),
}  # fmt: skip
_HOLE = re.compile(r"\{([a-z]+)\}")
#: How often the wrong type, or a wrong word, is put in.
_MISTAKES = 0.03


class Expressions:
    """Writes texts with one expression each."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def batch(self, count: int) -> list[str]:
        """Return texts."""
        makers = (self._definition, self._definition, self._policy, self._device_class)
        return [json.dumps(self.random.choice(makers)()) for _ in range(count)]

    def learn(self, texts: list[str], valid: list[bool | None]) -> None:
        """Ignore them: nothing is grown from accepted texts."""

    def write(self, kind: str, depth: int = 0) -> str:
        """Return an expression that usually has this type."""
        chance = self.random
        if chance.random() < _MISTAKES:
            kind = chance.choice(list(FORMS))
        forms = FORMS[kind]
        if depth > 2:
            forms = tuple(form for form in forms if not _HOLE.search(form))
        form = chance.choice(forms)
        written = _HOLE.sub(lambda hole: self.write(hole[1], depth + 1), form.replace("{{", "\1").replace("}}", "\2"))
        return written.replace("\1", "{").replace("\2", "}")

    def _limited(self, schema: dict[str, Any], field: str, *limits: int) -> dict[str, Any]:
        limit = self.random.choice((None, *limits))
        return schema if limit is None else {**schema, field: limit}

    def _definition(self) -> dict[str, Any]:
        text = self._limited({"type": "string"}, "maxLength", 10, 100, 5000)
        rule = {"rule": self.write("bool")}
        if self.random.random() < 0.2:
            rule["messageExpression"] = self.write("string")
        spec = {
            "type": "object",
            "x-kubernetes-validations": [rule],
            "properties": {
                "s": text,
                "e": {"type": "string", "enum": ["a", "bb"]},
                "n": {"type": "integer"},
                "d": {"type": "number"},
                "b": {"type": "boolean"},
                "t": {"type": "string", "format": "duration"},
                "l": self._limited({"type": "array", "items": text}, "maxItems", 3, 50, 1000),
                "m": self._limited({"type": "object", "additionalProperties": text}, "maxProperties", 3, 50),
                "o": {"type": "object", "properties": {"deep": {"type": "integer"}}},
            },
        }
        if self.random.random() < 0.3:
            spec = self._limited({"type": "array", "items": spec}, "maxItems", 5, 100)
        return definition({"type": "object", "properties": {"spec": spec}})

    def _policy(self) -> dict[str, Any]:
        expression = self.write("bool").replace("self.", "object.spec.")
        rule = {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["deployments"]}
        return {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": "grown"},
            "spec": {"matchConstraints": {"resourceRules": [rule]}, "validations": [{"expression": expression}]},
        }

    def _device_class(self) -> dict[str, Any]:
        expression = self.write("bool").replace("self.", "device.attributes['a.example.com'].")
        return {
            "apiVersion": "resource.k8s.io/v1",
            "kind": "DeviceClass",
            "metadata": {"name": "grown"},
            "spec": {"selectors": [{"cel": {"expression": expression}}]},
        }


def definition(schema: dict[str, Any], group: str = "grown.example.org") -> dict[str, Any]:
    """Return the definition of a custom kind with a schema."""
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"kettles.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": "Kettle", "plural": "kettles"},
            "versions": [version],
        },
    }
