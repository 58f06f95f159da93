"""Every rule for Kubernetes, in the order of the codes."""

from __future__ import annotations

from iacrl.domains.kubernetes.rules import (
    access,
    admission,
    autoscaling,
    between,
    certificates,
    claims,
    cluster,
    common,
    configuration,
    containers,
    crds,
    devices,
    environment,
    extension,
    job_policies,
    jobs,
    limit_ranges,
    metadata,
    names_labels,
    networking,
    object_names,
    pods,
    policy,
    ports,
    probes,
    quotas,
    resources,
    restarts,
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
    syntax, structure, object_names, metadata, names_labels, schema, common, containers, ports, environment, probes,
    resources, restarts, volumes, claims, pods, security, scheduling, workloads, jobs, job_policies, services,
    networking, configuration, storage, autoscaling, policy, limit_ranges, quotas, access, extension, crds, admission,
    cluster, certificates, devices, between,
)  # fmt: skip

RULES: tuple[Rule, ...] = tuple(sorted((rule for theme in _THEMES for rule in theme.RULES), key=lambda rule: rule.code))
