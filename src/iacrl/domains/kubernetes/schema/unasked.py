"""What the schema of a built-in kind refuses, and the API server accepts in some places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from iacrl.domains.kubernetes.manifest_checks import Manifest

if TYPE_CHECKING:
    import jsonschema_rs

#: Fields with values of bytes, by kind.
_BINARY: Final = {"ConfigMap": "binaryData", "Secret": "data"}
_TEMPLATES_SINCE: Final = 34


def is_unasked(manifest: Manifest, error: jsonschema_rs.ValidationError) -> bool:
    """Return whether the server accepts what its schema does not: a missing field, or bytes as a list of numbers.

    A create resets `status`, whatever it lacks. Before 1.34, the templates of a StatefulSet were not checked.
    """
    kind: Any = error.kind
    if kind.name == "type":
        return error.instance_path[:1] == [_BINARY.get(manifest.kind)] and _is_bytes(error.instance)
    if kind.name != "required":
        return False
    if error.instance_path[:1] == ["status"]:
        return True
    if manifest.kind != "StatefulSet" or manifest.minor >= _TEMPLATES_SINCE:
        return False
    return len(error.instance_path) > 1 and error.instance_path[1] in {"template", "volumeClaimTemplates"}


def _is_bytes(value: Any) -> bool:
    """Return whether Go decodes a value into bytes although it is not a text."""
    return isinstance(value, list) and all(type(each) is int and 0 <= each < 2**8 for each in value)
