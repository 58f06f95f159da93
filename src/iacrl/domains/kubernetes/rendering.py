"""Directories that are rendered before they are applied: Helm charts and kustomizations."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from iacrl.domains.programs import Rendering

_CHART: Final = Rendering(
    "a Helm chart", "helm", ("template", "--include-crds", "release"), ("charts", "crds", "templates")
)
_KUSTOMIZATION: Final = Rendering("a kustomization", "kubectl", ("kustomize",), ("patches",))
#: The files that make a directory one, as the two programs look for them.
_MARKS: Final = {
    "Chart.yaml": _CHART,
    "kustomization.yaml": _KUSTOMIZATION,
    "kustomization.yml": _KUSTOMIZATION,
    "Kustomization": _KUSTOMIZATION,
}


def rendering_of(directory: Path) -> Rendering | None:
    """Return how a directory is rendered, None where its files are manifests as they are."""
    found = (rendering._replace(mark=name) for name, rendering in _MARKS.items() if (directory / name).is_file())
    return next(found, None)
