"""Security checks of Kubernetes objects."""

from __future__ import annotations

from iacrl.domains.kubernetes.security import cluster, pods
from iacrl.domains.security import SecurityCheck

CHECKS: tuple[SecurityCheck, ...] = tuple(sorted((*pods.CHECKS, *cluster.CHECKS), key=lambda check: check.id))
