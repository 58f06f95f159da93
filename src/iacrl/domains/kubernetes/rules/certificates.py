"""CertificateSigningRequests, and the requests inside them.

Source: `pkg/apis/certificates/validation/validation.go`, and Go's `encoding/pem` and `crypto/x509`.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import Step, entries
from iacrl.domains.kubernetes.rules.rule_sources import page
from iacrl.domains.rules import coded_rule

SIGNING_REQUEST = coded_rule(
    "KB489",
    "Bad CertificateSigningRequest",
    "The request is a PEM block of the type CERTIFICATE REQUEST in base64, with a PKCS #10 request in it; the signer's "
    "name is a domain and a path, and usages are given, each once.",
    page("reference/access-authn-authz/certificate-signing-requests"),
)

_USAGES: Final = frozenset(
    {
        "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment",
        "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel",
        "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime",
        "server auth", "signing", "timestamping",
    }
)  # fmt: skip
_SHORTEST: Final = 600  # the shortest lifetime of a certificate in seconds
_BLOCK: Final = re.compile(
    rb"(?:^|\n)-----BEGIN CERTIFICATE REQUEST-----[ \t]*\r?\n(.*?)\r?\n?-----END CERTIFICATE REQUEST-----", re.DOTALL
)
#: The tag of a sequence in DER.
SEQUENCE: Final = 0x30
_INTEGER: Final = 0x02
_BITS: Final = 0x03
_ATTRIBUTES: Final = 0xA0


def check_signing_request(manifest: Manifest) -> None:
    """Check a CertificateSigningRequest. Like the server, do not verify the request's signature."""
    spec = manifest.values.get("spec") or {}
    signer = spec.get("signerName") or ""
    if why := grammar.signer_name(signer):
        manifest.report(SIGNING_REQUEST, f"The signerName {signer!r}: {why}.", "spec", "signerName")
    elif signer == "kubernetes.io/legacy-unknown":
        message = "The signer kubernetes.io/legacy-unknown is not for the version v1."
        manifest.report(SIGNING_REQUEST, message, "spec", "signerName")
    if not spec.get("usages"):
        manifest.report(SIGNING_REQUEST, "A request names at least one usage.", "spec")
    usages: list[tuple[Any, tuple[Step, ...]]] = []
    for index, usage in entries(spec.get("usages")):
        manifest.one_of(usage, _USAGES, "spec", "usages", index)
        usages.append((usage, ("spec", "usages", index)))
    manifest.report_duplicates(SIGNING_REQUEST, usages, "the usage")
    manifest.within(spec.get("expirationSeconds"), _SHORTEST, None, "spec", "expirationSeconds")
    if not _is_request(spec.get("request") or ""):
        message = "The request is not a PEM block of the type CERTIFICATE REQUEST in base64, with PKCS #10 in it."
        manifest.report(SIGNING_REQUEST, message, "spec", "request")


def _is_request(text: str) -> bool:
    try:
        pem = base64.b64decode("".join(text.split()), validate=True)
        block = _BLOCK.search(pem)
        return block is not None and _is_pkcs10(base64.b64decode(b"".join(block[1].split()), validate=True))
    except (binascii.Error, ValueError):
        return False


def _is_pkcs10(data: bytes) -> bool:
    """Return whether bytes have the outer form of RFC 2986: request info, an algorithm and a signature."""
    outer = der_elements(data)
    if outer is None or [tag for tag, _ in outer] != [SEQUENCE]:
        return False
    parts = der_elements(outer[0][1])
    if parts is None or [tag for tag, _ in parts] != [SEQUENCE, SEQUENCE, _BITS]:
        return False
    asked = der_elements(parts[0][1])
    tags = [tag for tag, _ in asked or ()]
    return tags[:3] == [_INTEGER, SEQUENCE, SEQUENCE] and tags[3:] in ([], [_ATTRIBUTES])


def der_elements(data: bytes) -> list[tuple[int, bytes]] | None:
    """Return the elements of DER, tag and content; None if a length does not fit."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(data):
        if at + 2 > len(data):
            return None
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            count = length & 0x7F
            if not 1 <= count <= 4 or at + count > len(data):
                return None
            length = int.from_bytes(data[at : at + count], "big")
            at += count
        if at + length > len(data):
            return None
        found.append((tag, data[at : at + length]))
        at += length
    return found
