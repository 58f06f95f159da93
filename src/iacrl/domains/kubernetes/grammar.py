"""The API's own grammars for names, labels, ports, paths and addresses.

Each function returns None if the text is well formed, otherwise the reason, in words that follow "…: ".
Source of the formats: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and
`staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Check = Callable[[str], str | None]

_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_DNS_LABEL = re.compile(_LABEL)
_DNS_1035 = re.compile(r"[a-z](?:[-a-z0-9]*[a-z0-9])?")
_DNS_SUBDOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_QUALIFIED = re.compile(r"(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_PORT_NAME = re.compile(r"[a-z0-9](?:-?[a-z0-9])*")
_DATA_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_ENV_STRICT = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
_ENV_RELAXED = re.compile(r"[ -<>-~]+")
_SYSCTL = re.compile(r"[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?(?:[./][a-z0-9](?:[-_a-z0-9]*[a-z0-9])?)*")
_DNS_SEARCH = re.compile(r"[a-z0-9_](?:[-_a-z0-9]*[a-z0-9_])?(?:\.[a-z0-9_](?:[-_a-z0-9]*[a-z0-9_])?)*")
_HTTP_HEADER = re.compile(r"[-A-Za-z0-9]+")
_SIGNER_PATH = re.compile(rf"{_LABEL}(?:[./:_]{_LABEL})*")
_C_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_LOWER = "write lower-case letters, digits and '-'"


def dns_label(text: str) -> str | None:
    """RFC 1123 label: namespaces, containers, volumes."""
    if len(text) > 63:
        return "it may have at most 63 characters"
    return None if _DNS_LABEL.fullmatch(text) else f"{_LOWER}, starting and ending with a letter or digit"


def dns_1035_label(text: str) -> str | None:
    """RFC 1035 label: services."""
    if len(text) > 63:
        return "it may have at most 63 characters"
    return None if _DNS_1035.fullmatch(text) else f"{_LOWER}, starting with a letter and ending with a letter or digit"


def dns_subdomain(text: str) -> str | None:
    """RFC 1123 subdomain: the names of most kinds."""
    if len(text) > 253:
        return "it may have at most 253 characters"
    if _DNS_SUBDOMAIN.fullmatch(text):
        return None
    return f"{_LOWER} or '.', each part starting and ending with a letter or digit"


def without_trailing_dash(text: str) -> str:
    """Return a name prefix in the form that the API server checks: `maskTrailingDash`."""
    return f"{text[:-2]}a" if text.endswith("-") and len(text) > 1 else text


def subdomain_prefix(text: str) -> str | None:
    """A prefix of an RFC 1123 subdomain."""
    return dns_subdomain(without_trailing_dash(text))


def wildcard_subdomain(text: str) -> str | None:
    """`*.` and a subdomain."""
    rest = text.removeprefix("*.")
    return dns_subdomain(rest) if rest != text else "a wildcard is allowed only at the start, as in '*.example.com'"


def path_segment(text: str) -> str | None:
    """RBAC names: any segment of a URL path."""
    if text in {".", ".."}:
        return "it must not be '.' or '..'"
    return "it must not contain '/' or '%'" if "/" in text or "%" in text else None


def path_prefix(text: str) -> str | None:
    """A prefix of a path segment."""
    return "it must not contain '/' or '%'" if "/" in text or "%" in text else None


def qualified_name(text: str) -> str | None:
    """A label or annotation key: an optional prefix and `/`, then a name."""
    prefix, slash, name = text.rpartition("/")
    if slash and (not prefix or dns_subdomain(prefix)):
        return "the part before '/' must be a DNS subdomain such as example.com"
    if not name or len(name) > 63:
        return "the name must have 1 to 63 characters"
    if not _QUALIFIED.fullmatch(name):
        return "write letters, digits, '-', '_' or '.', starting and ending with a letter or digit"
    return None


def label_value(text: str) -> str | None:
    """A label's value, which may be empty."""
    if len(text) > 63:
        return "a label's value may have at most 63 characters"
    if text and not _QUALIFIED.fullmatch(text):
        return "write letters, digits, '-', '_' or '.', starting and ending with a letter or digit"
    return None


def port_name(text: str) -> str | None:
    """IANA service name."""
    if not 1 <= len(text) <= 15:
        return "a port name has 1 to 15 characters"
    if not _PORT_NAME.fullmatch(text):
        return f"{_LOWER} (never two together), starting and ending with a letter or digit"
    return None if any("a" <= each <= "z" for each in text) else "a port name needs at least one letter"


def data_key(text: str) -> str | None:
    """A key of a ConfigMap or Secret."""
    if len(text) > 253:
        return "a key may have at most 253 characters"
    if not _DATA_KEY.fullmatch(text):
        return "write letters, digits, '-', '_' or '.'"
    return "a key must not be '.' or start with '..'" if text == "." or text.startswith("..") else None


def env_name(text: str, relaxed: bool) -> str | None:
    """An environment variable's name; since Kubernetes 1.32 any printable ASCII except `=`."""
    if relaxed:
        return None if _ENV_RELAXED.fullmatch(text) else "write printable ASCII characters other than '='"
    return None if _ENV_STRICT.fullmatch(text) else "write letters, digits, '-', '_' or '.', not starting with a digit"


def http_header_name(text: str) -> str | None:
    """A header of a probe."""
    return None if _HTTP_HEADER.fullmatch(text) else "write letters, digits and '-'"


def sysctl_name(text: str) -> str | None:
    """A kernel parameter: parts of letters, digits, '-' and '_' between '.' or '/'."""
    if len(text) > 253 or not _SYSCTL.fullmatch(text):
        return "write a kernel parameter such as net.core.somaxconn"
    return None


def dns_search(text: str) -> str | None:
    """A search domain: a subdomain that may contain '_' and end with a dot, or the root."""
    if text == ".":
        return None
    rest = text.removesuffix(".")
    return None if len(rest) <= 253 and _DNS_SEARCH.fullmatch(rest) else "it is not a search domain"


def domain_prefixed_path(text: str) -> str | None:
    """A domain, a slash and a path: `example.com/controller`."""
    domain, slash, path = text.partition("/")
    if not slash or not path or dns_subdomain(domain):
        return "write a domain and a path, such as example.com/controller"
    return None


def fully_qualified(text: str) -> str | None:
    """A domain name of at least two parts, which may end with a dot."""
    bare = text.removesuffix(".")
    if why := dns_subdomain(bare):
        return why
    return None if "." in bare else "it needs at least two parts, as in example.com"


def signer_name(text: str) -> str | None:
    """A signer of certificates: a domain of at least two parts, and a path."""
    domain, slash, path = text.partition("/")
    if not slash or not path or len(text) > 571:
        return "write a domain and a path, such as example.com/signer"
    if why := fully_qualified(domain) or (domain.endswith(".") and "the domain ends with a dot") or None:
        return why
    return None if _SIGNER_PATH.fullmatch(path) else "the path holds letters, digits, '-', '_' and '.'"


def c_identifier(text: str) -> str | None:
    """A name in CEL or C."""
    return None if _C_IDENTIFIER.fullmatch(text) else "write letters, digits and '_', not starting with a digit"


def reserved_path(text: str) -> str | None:
    """A path that Kubernetes fills in: relative, without `..`, and not starting with two dots."""
    return relative_path(text) or ("it must not start with '..'" if text.startswith("..") else None)


def relative_path(text: str) -> str | None:
    """A path inside a volume: relative, without `..`."""
    if text.startswith("/"):
        return "it must be a relative path"
    return "it must not contain '..'" if ".." in text.split("/") else None
