"""ConfigMaps and Secrets."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from iacrl import nested_json
from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.rule_sources import core, page
from iacrl.domains.rules import coded_rule

DATA_KEY = coded_rule(
    "KB459",
    "Malformed data key",
    "The keys of a ConfigMap or Secret hold letters, digits, '-', '_' and '.'; no key is in both data and binaryData.",
    page("concepts/configuration/configmap") + "#configmap-object",
)
BASE64 = coded_rule(
    "KB460",
    "Not base64",
    "The values of a Secret's data and a ConfigMap's binaryData are base64; plain text goes into stringData or data.",
    page("concepts/configuration/secret") + "#restriction-names-data",
)
SECRET_TYPE = coded_rule(
    "KB461",
    "Secret type without its keys",
    "The built-in types have keys of their own: tls.crt and tls.key, .dockerconfigjson (a JSON document), "
    "username or password, ssh-privatekey; a service account token names its account in an annotation.",
    page("concepts/configuration/secret") + "#secret-types",
)
TOO_LARGE = coded_rule(
    "KB462",
    "Too much data",
    "A ConfigMap or Secret holds at most 1 MiB.",
    core("ValidateConfigMap, ValidateSecret"),
)

_MOST: Final = 1024 * 1024
_SSH: Final = "kubernetes.io/ssh-auth"
#: Secret type -> the keys that are all required, and the keys of which one is required.
_KEYS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "kubernetes.io/tls": (("tls.crt", "tls.key"), ()),
    "kubernetes.io/dockerconfigjson": ((".dockerconfigjson",), ()),
    "kubernetes.io/dockercfg": ((".dockercfg",), ()),
    "kubernetes.io/basic-auth": ((), ("username", "password")),
    _SSH: (("ssh-privatekey",), ()),
}
_JSON_KEYS: Final = frozenset({".dockerconfigjson", ".dockercfg"})
_ACCOUNT: Final = "kubernetes.io/service-account.name"


def check_config_map(manifest: Manifest) -> None:
    """Check a ConfigMap."""
    data, binary = manifest.values.get("data") or {}, manifest.values.get("binaryData") or {}
    _check_keys(manifest, data, "data")
    _check_keys(manifest, binary, "binaryData")
    for key in binary:
        if key in data:
            message = f"The key {key!r} is in both data and binaryData."
            manifest.report_key(DATA_KEY, message, "binaryData", key)
    decoded = _check_base64(manifest, binary, "binaryData")
    _check_size(manifest, [*data.values(), *decoded.values()])


def check_secret(manifest: Manifest) -> None:
    """Check a Secret. stringData overrides data, as in the API server."""
    data, plain = manifest.values.get("data") or {}, manifest.values.get("stringData") or {}
    _check_keys(manifest, data, "data")
    _check_keys(manifest, plain, "stringData")
    decoded = _check_base64(manifest, data, "data")
    decoded |= {key: (value or "").encode(errors="replace") for key, value in plain.items()}
    _check_size(manifest, list(decoded.values()))
    kind = manifest.values.get("type")
    if kind == "kubernetes.io/service-account-token":
        annotations = (manifest.values.get("metadata") or {}).get("annotations") or {}
        if not annotations.get(_ACCOUNT):
            message = f"A service account token needs the annotation {_ACCOUNT}."
            manifest.report(SECRET_TYPE, message, "type")
    if kind in _KEYS:
        _check_type(manifest, kind, decoded)


def _check_type(manifest: Manifest, kind: str, decoded: dict[str, bytes]) -> None:
    every, one = _KEYS[kind]
    # Only this type refuses an empty key.
    missing = [key for key in every if key not in decoded or (kind == _SSH and not decoded[key])]
    if missing:
        manifest.report(SECRET_TYPE, f"A secret of type {kind} needs {' and '.join(missing)}.", "type")
    if one and not any(key in decoded for key in one):
        manifest.report(SECRET_TYPE, f"A secret of type {kind} needs {' or '.join(one)}.", "type")
    for key in _JSON_KEYS & set(every) & set(decoded):
        try:
            readable = isinstance(nested_json.loads(decoded[key]), dict | None)
        except (ValueError, RecursionError):
            readable = False
        if not readable:
            field = "stringData" if key in (manifest.values.get("stringData") or {}) else "data"
            manifest.report(SECRET_TYPE, f"{key} is not a JSON object.", field, key)


def _check_keys(manifest: Manifest, data: dict[str, Any], field: str) -> None:
    for key in data:
        if why := grammar.data_key(key):
            manifest.report_key(DATA_KEY, f"The key {key!r}: {why}.", field, key)


def _check_base64(manifest: Manifest, data: dict[str, Any], field: str) -> dict[str, bytes]:
    decoded: dict[str, bytes] = {}
    for key, value in data.items():
        if isinstance(value, list):  # Go decodes a list of numbers into bytes too
            decoded[key] = bytes(value)
            continue
        try:
            text = (value or "").replace("\n", "").replace("\r", "")
            decoded[key] = base64.b64decode(text.encode(errors="replace"), validate=True)
        except (binascii.Error, ValueError):
            decoded[key] = b""
            hint = " Plain text goes into stringData." if manifest.kind == "Secret" else ""
            manifest.report(BASE64, f"{field}[{key!r}] is not base64.{hint}", field, key)
    return decoded


def _check_size(manifest: Manifest, values: list[Any]) -> None:
    if sum(len(value) for value in values if value) > _MOST:
        manifest.report(TOO_LARGE, "The data is larger than 1 MiB.", "data")
