"""The truth engine: a real kube-apiserver on loopback, or the user's own cluster, asked by strict dry runs."""

from iacrl.domains.kubernetes.engine.engine import KubernetesEngine

__all__ = ["KubernetesEngine"]
