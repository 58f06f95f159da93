"""AWS: what can be reached, and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iacrl.domains.document import Entity, Expression
from iacrl.domains.open_networks import ADMINISTRATION, from_anywhere
from iacrl.domains.paths import Steps
from iacrl.domains.security import UNKNOWN, Observed, SecurityCheck, argument, at, each_of, is_true, items, texts

_RULES = ("aws_security_group", "aws_security_group_rule", "aws_vpc_security_group_ingress_rule")
_EVERY_PROTOCOL = frozenset({"-1", "all"})
_PORTS = 65535


def _ingress(entity: Entity) -> Iterator[tuple[Mapping[str, Any], Steps]]:
    """Yield each rule that lets traffic in."""
    if entity.kind == "aws_security_group":
        yield from items(entity.values, "ingress")
    elif entity.kind == "aws_vpc_security_group_ingress_rule" or entity.values.get("type") == "ingress":
        yield entity.values, ()


def _is_open(rule: Mapping[str, Any]) -> bool | None:
    return from_anywhere(
        rule.get("cidr_blocks"), rule.get("ipv6_cidr_blocks"), rule.get("cidr_ipv4"), rule.get("cidr_ipv6")
    )


def _ports(rule: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the first and last port that a rule opens; None if they are not known."""
    protocol = rule.get("protocol", rule.get("ip_protocol"))
    if isinstance(protocol, Expression):
        return None
    if str(protocol) in _EVERY_PROTOCOL:
        return 0, _PORTS
    try:
        return int(rule.get("from_port")), int(rule.get("to_port"))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _no_open_administration(entity: Entity) -> Iterator[Observed]:
    for rule, steps in _ingress(entity):
        is_open, ports = _is_open(rule), _ports(rule)
        if is_open is not None and ports is not None:
            reached = any(ports[0] <= port <= ports[1] for port in ADMINISTRATION)
            yield Observed(not (is_open and reached), steps)


def _not_every_port(entity: Entity) -> Iterator[Observed]:
    for rule, steps in _ingress(entity):
        is_open, ports = _is_open(rule), _ports(rule)
        if is_open is not None and ports is not None:
            yield Observed(not (is_open and ports[0] <= 1 and ports[1] >= _PORTS), steps)


def _token_required(entity: Entity) -> Iterator[Observed]:
    """An instance without the metadata service needs no token."""
    endpoint, steps = at(entity.values, "metadata_options", "http_endpoint")
    if endpoint == "disabled":
        yield Observed(True, steps)
    else:
        yield from argument("metadata_options", "http_tokens", is_=lambda value: value == "required")(entity)


def _listens_on_tls(entity: Entity) -> Iterator[Observed]:
    """A listener that only redirects to HTTPS may speak HTTP; network load balancers pass bytes on."""
    protocol, steps = at(entity.values, "protocol")
    if protocol == "HTTP":
        target, _ = at(entity.values, "default_action", "redirect", "protocol")
        if target is not UNKNOWN:
            yield Observed(target == "HTTPS", steps)
    elif protocol in ("HTTPS", "TLS"):
        yield Observed(True, steps)


def _endpoint_is_narrow(entity: Entity) -> Iterator[Observed]:
    public, steps = at(entity.values, "vpc_config", "endpoint_public_access")
    sources, _ = at(entity.values, "vpc_config", "public_access_cidrs")
    if public is UNKNOWN:
        return
    if public is None or is_true(public):
        is_open = None if sources is UNKNOWN else from_anywhere(sources or "0.0.0.0/0")
        if is_open is not None:
            yield Observed(not is_open, steps)
    else:
        yield Observed(True, steps)


def _secrets_encrypted(entity: Entity) -> Iterator[Observed]:
    value, steps = at(entity.values, "encryption_config", "resources")
    if value is not UNKNOWN:
        encrypted = texts(value)
        if encrypted is not None:
            yield Observed("secrets" in encrypted, steps)


CHECKS = (
    SecurityCheck(
        "SEC141",
        each_of("resource", *_RULES),
        "SSH and RDP are not open to the internet",
        "Bots try ports 22 and 3389 within minutes.",
        "AWS Security Hub controls EC2.53 and EC2.54; CIS AWS Foundations Benchmark 3.0.0, 5.2 and 5.3",
        _no_open_administration,
    ),
    SecurityCheck(
        "SEC142",
        each_of("resource", *_RULES),
        "Not every port is open to the internet",
        "A rule for one service should open the ports of that service.",
        "AWS Security Hub controls EC2.18 and EC2.19",
        _not_every_port,
    ),
    SecurityCheck(
        "SEC143",
        each_of("resource", "aws_instance", "aws_launch_template"),
        "The instance metadata service asks for a token",
        'Without `http_tokens = "required"` a forged request inside the instance reads its credentials.',
        "AWS Security Hub controls EC2.8 and EC2.170; CIS AWS Foundations Benchmark 3.0.0, 5.6",
        _token_required,
    ),
    SecurityCheck(
        "SEC144",
        each_of("resource", "aws_lb_listener", "aws_alb_listener"),
        "A listener speaks TLS, or redirects to it",
        "Traffic over HTTP can be read and changed on its way.",
        "AWS Security Hub control ELB.1",
        _listens_on_tls,
    ),
    SecurityCheck(
        "SEC145",
        each_of("resource", "aws_eks_cluster"),
        "A cluster's API is not open to the internet",
        "The endpoint is public, to every address, unless `vpc_config` says otherwise.",
        "AWS Security Hub control EKS.1",
        _endpoint_is_narrow,
    ),
    SecurityCheck(
        "SEC146",
        each_of("resource", "aws_eks_cluster"),
        "A cluster's secrets are encrypted with your own key",
        "`encryption_config` for `secrets` adds a key that you can withdraw.",
        "AWS Security Hub control EKS.3",
        _secrets_encrypted,
    ),
    SecurityCheck(
        "SEC147",
        each_of("resource", "aws_elasticache_replication_group"),
        "A cache is encrypted in transit",
        "Without TLS, whoever is in the network reads what is cached.",
        "AWS Security Hub control ElastiCache.5",
        argument("transit_encryption_enabled", is_=is_true),
    ),
)
