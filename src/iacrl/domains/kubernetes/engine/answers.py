"""Turns the API server's answers into findings: which parts are about the text, and where in it."""

from __future__ import annotations

import re
from typing import Final

from iacrl.domains.kubernetes.engine.connections import Answer
from iacrl.domains.kubernetes.engine.engine_rules import REFUSED, UNDECODED
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.paths import Steps

#: The cluster assigns addresses and ports of services. If it refuses one, it has found nothing else.
_CLUSTERS_OWN = re.compile(
    r"failed to allocate (IP|requested port|a nodePort)|provided (IP|port) is (not in the valid|already)"
)
#: The server checks these only outside dry runs: the default of --service-node-port-range.
_NODE_PORTS: Final = range(30000, 32768)
_UNREADABLE = 400
_TAKEN = 409
_MISSING = 404
#: The connection broke, the token is unknown, the server is too busy, or it failed itself (500).
_NO_ANSWER = frozenset({0, 401, 429})
_SERVERS_FAULT = 500
_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")


def report(manifest: Manifest, answer: Answer, *, own: bool) -> str:
    """Report an answer's findings in an object; return why it is not a verdict, or nothing.

    A name that is taken is not a finding: the server has checked everything else before. On the engine's own server a
    missing object, such as the pod of a Binding, is not a finding either: the server is empty.

    Args:
        manifest: The object.
        answer: The answer to a dry run of creating it.
        own: Whether the server is the engine's own. Then everything it reports is about the text.
    """
    details = answer.body.get("details")
    details = details if isinstance(details, dict) else {}
    if answer.status in {200, 201, _TAKEN} or (own and answer.status == _MISSING and details.get("name")):
        return ""
    if answer.status == 422 and _CLUSTERS_OWN.search(answer.message):
        return ""
    if answer.status in _NO_ANSWER or answer.status >= _SERVERS_FAULT or not (own or _is_of_text(answer)):
        return f"the server gives no verdict ({answer.status or 'no answer'}): {answer.message[:300]}"
    if answer.status == _UNREADABLE:
        manifest.report(UNDECODED, _plain(answer.message))
        return ""
    for cause in details.get("causes") or [{}]:
        steps = _steps(cause.get("field", ""))
        message = f"{cause['field']}: {cause.get('message', '')}" if steps else _plain(answer.message)
        manifest.report(REFUSED, message, *steps)
    return ""


def report_node_ports(manifest: Manifest) -> None:
    """Report node ports that are out of range or repeated, which the server refuses but its dry run accepts."""
    spec = manifest.values.get("spec")
    if (manifest.api_version, manifest.kind) != ("v1", "Service") or not isinstance(spec, dict):
        return
    ports = spec.get("ports") or ()
    named = [(("spec", "ports", at, "nodePort"), port.get("nodePort")) for at, port in enumerate(ports)]
    given = [(port.get("nodePort"), port.get("protocol") or "TCP") for port in ports if port.get("nodePort")]
    for port, protocol in sorted({each for each in given if given.count(each) > 1}):
        message = f"{port}/{protocol}: provided port is already allocated: it is given twice."
        manifest.report(REFUSED, message, "spec", "ports")
    for steps, port in (*named, (("spec", "healthCheckNodePort"), spec.get("healthCheckNodePort"))):
        if port and port not in _NODE_PORTS:
            first, last = _NODE_PORTS[0], _NODE_PORTS[-1]
            manifest.report(REFUSED, f"{port}: provided port is not in the valid range {first}-{last}.", *steps)


def _is_of_text(answer: Answer) -> bool:
    """Whether a cluster refuses the object itself, and not because a namespace, a right or a webhook is missing."""
    if answer.status == 403:
        return "cannot create resource" not in answer.message and "not currently held" not in answer.message
    return answer.status != _MISSING and "does not support dry run" not in answer.message


def _plain(message: str) -> str:
    return " ".join(message.split())


def _steps(field: str) -> Steps:
    """Return the steps of a field in the server's form, such as `spec.ports[0].name`."""
    return tuple(
        name or (int(inside) if inside.isascii() and inside.isdigit() else inside)
        for name, inside in _STEP.findall(field)
    )
