"""ClusterTrustBundles, and the certificates in them.

Source: `ValidateClusterTrustBundle` in `pkg/apis/certificates/validation/validation.go`
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.certificates import SEQUENCE, der_elements
from iacrl.domains.kubernetes.rules.common import MALFORMED

_BLOCK: Final = re.compile(r"(?:^|\n)-----BEGIN ([^\n]*?)-----[ \t]*\r?\n(.*?)\r?\n?-----END \1-----", re.DOTALL)
_EXTENSIONS: Final = 0xA3
_OBJECT: Final = 0x06
_OCTETS: Final = 0x04
_BOOLEAN: Final = 0x01
#: The object identifier of basic constraints, 2.5.29.19.
_BASIC_CONSTRAINTS: Final = bytes((0x55, 0x1D, 0x13))
_TRUE: Final = b"\xff"


def check_trust_bundle(manifest: Manifest) -> None:
    """Check a ClusterTrustBundle. Like the server, do not verify the certificates' signatures."""
    spec = manifest.values.get("spec") or {}
    signer = spec.get("signerName") or ""
    manifest.follows(signer or None, grammar.signer_name, "spec", "signerName")
    metadata = manifest.values.get("metadata") or {}
    for field in ("name", "generateName"):
        name = metadata.get(field) or ""
        prefix = signer.replace("/", ":") + ":" if signer else ""
        if name and not name.startswith(prefix):
            message = f"The {field} of a bundle for the signer {signer!r} must begin with {prefix!r}."
            manifest.report(MALFORMED, message, "metadata", field)
        elif name:
            rest = name.removeprefix(prefix)
            rest = rest if field == "name" else grammar.without_trailing_dash(rest)
            manifest.follows(rest, grammar.dns_subdomain, "metadata", field)
    if why := _problem(spec.get("trustBundle") or ""):
        manifest.report(MALFORMED, f"spec.trustBundle: {why}.", "spec", "trustBundle")


def _problem(text: str) -> str | None:
    """Return what is wrong with the certificates of a bundle."""
    seen: set[bytes] = set()
    for label, body in _BLOCK.findall(text):
        if label != "CERTIFICATE":
            return f"it has a block of the type {label!r}"
        try:
            certificate = base64.b64decode("".join(body.split()), validate=True)
        except (binascii.Error, ValueError):
            return "a block is not base64"
        is_authority = _is_authority(certificate)
        if is_authority is None:
            return "a block is not a certificate"
        if not is_authority:
            return "a certificate is not one of an authority"
        if certificate in seen:
            return "a certificate is given twice"
        seen.add(certificate)
    return None if seen else "it has no certificate"


def _is_authority(certificate: bytes) -> bool | None:
    """Return whether a certificate says that it is a certificate authority's; None if it is no certificate."""
    outer = der_elements(certificate)
    parts = der_elements(outer[0][1]) if outer and len(outer) == 1 and outer[0][0] == SEQUENCE else None
    fields = der_elements(parts[0][1]) if parts and parts[0][0] == SEQUENCE else None
    if fields is None:
        return None
    held = next((content for tag, content in fields if tag == _EXTENSIONS), b"")
    for _, listed in der_elements(held) or ():
        for _, extension in der_elements(listed) or ():
            inner = der_elements(extension) or []
            if inner and inner[0] == (_OBJECT, _BASIC_CONSTRAINTS):
                return inner[-1][0] == _OCTETS and _says_authority(inner[-1][1])
    return False


def _says_authority(constraints: bytes) -> bool:
    outer = der_elements(constraints) or []
    return bool(outer) and (_BOOLEAN, _TRUE) in (der_elements(outer[0][1]) or [])
