"""Directories that need rendering before they are applied: Helm charts and kustomizations."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from iacrl.domains.programs import Rendering

_CHART: Final = Rendering(
    "a Helm chart", "helm", ("template", "--include-crds", "release"), ("charts", "crds", "templates")
)
_KUSTOMIZATION: Final = Rendering("a kustomization", "kubectl", ("kustomize",), ("patches",))
#: The files that the two programs look for in such a directory.
_MARKS: Final = {
    "Chart.yaml": _CHART,
    "kustomization.yaml": _KUSTOMIZATION,
    "kustomization.yml": _KUSTOMIZATION,
    "Kustomization": _KUSTOMIZATION,
}


def rendering_of(directory: Path) -> Rendering | None:
    """Return how to render a directory; None if its files are plain manifests."""
    found = (rendering._replace(mark=name) for name, rendering in _MARKS.items() if (directory / name).is_file())
    return next(found, None)
