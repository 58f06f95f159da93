"""The API's own schemas: which kinds exist in a Kubernetes version, and a compiled validator for each."""

from __future__ import annotations

import json
import re
import zlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import jsonschema_rs

_PACKS = Path(__file__).parent / "packs"
_REFERENCE = re.compile(r'"\$ref":"[^"]*#/\$defs/([^"]+)"')

#: Kubernetes minor versions with a schema pack, oldest first.
VERSIONS: tuple[str, ...] = tuple(f"1.{minor}" for minor in range(25, 38))
DEFAULT_VERSION = VERSIONS[-1]


class ApiSchemas:
    """The schemas of one Kubernetes version. Each kind is compiled on first use.

    Attributes:
        kinds: apiVersion -> kind -> name of its definition.
        served: kind -> the apiVersions that serve it.
        groups: Every API group, `""` for the core one.
    """

    def __init__(self, version: str) -> None:
        pack = json.loads(zlib.decompress((_PACKS / f"{version}.json.z").read_bytes()))
        self.version = version
        self.kinds: dict[str, dict[str, str]] = pack["kinds"]
        self._texts: dict[str, str] = pack["definitions"]
        self._definitions: dict[str, Any] = {}
        self._schemas: dict[str, dict[str, Any]] = {}
        self._validators: dict[str, jsonschema_rs.Validator] = {}
        self.served: dict[str, list[str]] = {}
        for api_version, kinds in self.kinds.items():
            for kind in kinds:
                self.served.setdefault(kind, []).append(api_version)
        self.groups = frozenset(api_version.rpartition("/")[0] for api_version in self.kinds)

    def name_of(self, api_version: str, kind: str) -> str | None:
        """Return the name of a kind's definition; None if this version of Kubernetes does not serve the kind."""
        return self.kinds.get(api_version, {}).get(kind)

    def definition(self, name: str) -> Any:
        """Return one definition; nested definitions are `$ref`s whose last part is a name."""
        if name not in self._definitions:
            text = self._texts[name].replace("/api/_definitions.json#/$defs/", "#/$defs/")
            self._definitions[name] = json.loads(text)
        return self._definitions[name]

    def schema(self, name: str) -> dict[str, Any]:
        """Return the schema of one definition, with everything that it refers to under `$defs`."""
        if name not in self._schemas:
            self._schemas[name] = {"$ref": f"#/$defs/{name}", "$defs": self._closure(name)}
        return self._schemas[name]

    def validator(self, name: str) -> jsonschema_rs.Validator:
        """Return the compiled validator of one definition."""
        if name not in self._validators:
            self._validators[name] = compile_schema(self.schema(name))
        return self._validators[name]

    def _closure(self, name: str) -> dict[str, Any]:
        """Return the definition and everything that it refers to, by name."""
        found: dict[str, Any] = {}
        waiting = [name]
        while waiting:
            each = waiting.pop()
            if each not in found:
                found[each] = self.definition(each)
                waiting += _REFERENCE.findall(self._texts[each])
        return found


def compile_schema(schema: dict[str, Any]) -> jsonschema_rs.Validator:
    """Compile a JSON Schema; `format: date-time` is enforced."""
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


@lru_cache(maxsize=len(VERSIONS))
def schemas_of(version: str) -> ApiSchemas:
    """Return the schemas of a Kubernetes minor version such as `1.37`.

    Raises:
        UserError: There is no pack for this version; the message lists them.
    """
    if version not in VERSIONS:
        from iacrl.errors import UserError, did_you_mean

        near = did_you_mean(version, VERSIONS)
        raise UserError(f"No schemas for Kubernetes {version!r}.{near} Versions: {', '.join(VERSIONS)}.")
    return ApiSchemas(version)
