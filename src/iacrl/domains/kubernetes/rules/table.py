"""Every rule for Kubernetes, in the order of the codes."""

from __future__ import annotations

from iacrl.domains.kubernetes.rules import (
    access,
    admission,
    autoscaling,
    between,
    claims,
    cluster,
    common,
    configuration,
    containers,
    crds,
    environment,
    extension,
    jobs,
    metadata,
    names_labels,
    networking,
    object_names,
    pods,
    policy,
    ports,
    probes,
    resources,
    scheduling,
    schema,
    security,
    services,
    storage,
    structure,
    syntax,
    volumes,
    workloads,
)
from iacrl.domains.rules import Rule

_THEMES = (
    syntax, structure, object_names, metadata, names_labels, schema, common, containers, ports, environment, probes, resources, volumes,
    claims, pods, security, scheduling, workloads, jobs, services, networking, configuration, storage, autoscaling,
    policy, access, extension, crds, admission, cluster, between,
)  # fmt: skip

RULES: tuple[Rule, ...] = tuple(sorted((rule for theme in _THEMES for rule in theme.RULES), key=lambda rule: rule.code))
