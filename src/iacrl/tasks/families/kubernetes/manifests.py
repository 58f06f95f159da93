"""Writes Kubernetes objects as people do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iacrl.tasks.yaml_text import write_yaml


def manifest(*objects: Mapping[str, Any]) -> str:
    """Return the objects as one YAML stream."""
    return "---\n".join(map(write_yaml, objects))
