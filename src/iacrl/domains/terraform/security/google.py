"""Google Cloud."""

from __future__ import annotations

from collections.abc import Iterator

from iacrl.domains.document import Entity
from iacrl.domains.open_networks import from_anywhere, reaches_administration
from iacrl.domains.security import (
    UNKNOWN,
    Observed,
    SecurityCheck,
    argument,
    at,
    each_of,
    is_not_true,
    is_true,
    items,
    texts,
)

_EVERYBODY = frozenset({"allUsers", "allAuthenticatedUsers"})
_OPEN_PROTOCOLS = frozenset({"all", "tcp", "6"})


def _names_members(entity: Entity) -> Iterator[Observed]:
    name = "members" if entity.kind.endswith("_binding") else "member"
    found = texts(entity.values.get(name))
    if found:
        yield Observed(not _EVERYBODY.intersection(found), (name,))


def _no_open_administration(entity: Entity) -> Iterator[Observed]:
    if entity.values.get("direction") not in (None, "INGRESS"):
        return
    is_open = from_anywhere(entity.values.get("source_ranges"))
    for rule, steps in items(entity.values, "allow"):
        protocol = rule.get("protocol")
        if is_open is None or not isinstance(protocol, str):
            continue
        listed = texts(rule.get("ports"))
        reached = reaches_administration(["*"] if listed == [] else listed)
        if protocol.lower() not in _OPEN_PROTOCOLS:
            reached = False
        if reached is not None:
            yield Observed(not (is_open and reached), steps)


def _no_public_address(entity: Entity) -> Iterator[Observed]:
    for interface, steps in items(entity.values, "network_interface"):
        yield Observed(not any(items(interface, "access_config")), steps)


def _database_sources(entity: Entity) -> Iterator[Observed]:
    configuration, _ = at(entity.values, "settings", "ip_configuration")
    for block in configuration if isinstance(configuration, tuple) else ():
        for network, steps in items(block, "authorized_networks"):
            is_open = from_anywhere(network.get("value"))
            if is_open is not None:
                yield Observed(not is_open, ("settings", 0, "ip_configuration", 0, *steps))


def _private_nodes(entity: Entity) -> Iterator[Observed]:
    """A cluster in Autopilot mode has its own settings."""
    if not is_true(entity.values.get("enable_autopilot")):
        yield from argument("private_cluster_config", "enable_private_nodes", is_=is_true)(entity)


def _prevents_public_access(entity: Entity) -> Iterator[Observed]:
    value, steps = at(entity.values, "public_access_prevention")
    if value is not UNKNOWN:
        yield Observed(value == "enforced", steps)


CHECKS = (
    SecurityCheck(
        "SEC201",
        each_of("resource", "google_storage_bucket"),
        "A bucket has uniform access",
        "With ACLs on single objects nobody can tell who may read what.",
        "CIS Google Cloud Platform Foundation Benchmark 3.0.0, 5.2",
        argument("uniform_bucket_level_access", is_=is_true),
    ),
    SecurityCheck(
        "SEC202",
        each_of("resource", "google_storage_bucket"),
        "A bucket prevents public access",
        "`enforced` applies whatever is granted later.",
        "Google Cloud Storage documentation, Public access prevention",
        _prevents_public_access,
    ),
    SecurityCheck(
        "SEC203",
        each_of("resource",
            "google_storage_bucket_iam_member", "google_storage_bucket_iam_binding", "google_project_iam_member",
            "google_project_iam_binding", "google_pubsub_topic_iam_member", "google_cloud_run_service_iam_member",
        ),
        "Nothing is granted to everybody",
        "`allUsers` is the internet, `allAuthenticatedUsers` everybody with any Google account.",
        "CIS Google Cloud Platform Foundation Benchmark 3.0.0, 5.1",
        _names_members,
    ),
    SecurityCheck(
        "SEC204",
        each_of("resource", "google_compute_firewall"),
        "SSH and RDP are not open to the internet",
        "Bots try ports 22 and 3389 within minutes.",
        "CIS Google Cloud Platform Foundation Benchmark 3.0.0, 3.6 and 3.7",
        _no_open_administration,
    ),
    SecurityCheck(
        "SEC205",
        each_of("resource", "google_compute_instance"),
        "A virtual machine has no public address",
        "An `access_config` block gives it one.",
        "CIS Google Cloud Platform Foundation Benchmark 3.0.0, 4.9",
        _no_public_address,
    ),
    SecurityCheck(
        "SEC206",
        each_of("resource", "google_sql_database_instance"),
        "A database does not accept every address",
        "An authorized network of 0.0.0.0/0 leaves the password as the only guard.",
        "CIS Google Cloud Platform Foundation Benchmark 3.0.0, 6.5",
        _database_sources,
    ),
    SecurityCheck(
        "SEC207",
        each_of("resource", "google_container_cluster"),
        "A cluster's nodes have private addresses",
        "Nodes are on the internet unless `enable_private_nodes` is set.",
        "Google Kubernetes Engine documentation, Harden your cluster's security, Restrict network access",
        _private_nodes,
    ),
    SecurityCheck(
        "SEC208",
        each_of("resource", "google_container_cluster"),
        "A cluster does not fall back to legacy authorization",
        "`enable_legacy_abac` grants what RBAC would refuse.",
        "Google Kubernetes Engine documentation, Harden your cluster's security, ABAC",
        argument("enable_legacy_abac", is_=is_not_true),
    ),
)  # fmt: skip
