"""The sources of the rules: pages of Kubernetes' documentation, and the API server's own validation functions."""

from __future__ import annotations

_DOCS = "https://kubernetes.io/docs"
_CODE = "https://github.com/kubernetes/kubernetes/blob/master"


def page(path: str) -> str:
    """Return the address of a documentation page, such as `concepts/workloads/pods`."""
    return f"{_DOCS}/{path}/"


def reference(path: str) -> str:
    """Return the address of an API reference page, such as `workload-resources/pod-v1`."""
    return f"{_DOCS}/reference/kubernetes-api/{path}/"


def core(function: str) -> str:
    """Return where the API server checks the core group."""
    return f"{_CODE}/pkg/apis/core/validation/validation.go ({function})"


def group(name: str, function: str) -> str:
    """Return where the API server checks another built-in group, such as `apps`."""
    return f"{_CODE}/pkg/apis/{name}/validation/validation.go ({function})"


def machinery(path: str, function: str) -> str:
    """Return a function of the API machinery library."""
    return f"{_CODE}/staging/src/k8s.io/apimachinery/pkg/{path} ({function})"
