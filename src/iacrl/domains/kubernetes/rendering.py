"""Directories that need rendering before they are applied: Helm charts and kustomizations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from iacrl.domains.programs import Rendering


def _kustomized(directory: Path) -> Iterator[tuple[str, Path]]:
    from iacrl.domains.kubernetes.kustomized_folders import kustomized_folders  # most repositories have none

    return kustomized_folders(directory)


_CHART: Final = Rendering(
    "a Helm chart", "helm", ("template", "--include-crds", "release"), ("charts", "crds", "templates")
)
_KUSTOMIZATION: Final = Rendering("a kustomization", "kubectl", ("kustomize",), ("patches",), leads_to=_kustomized)
#: Its names and values may come from the kustomizations that include it.
_COMPONENT: Final = _KUSTOMIZATION._replace(partial="a component, judged where a kustomization includes it")
_IS_COMPONENT: Final = re.compile(
    rb"""^(?:kind|"kind"|'kind')[ \t]*:[ \t]*["']?Component["']?[ \t\r]*(?:#.*)?$""", re.MULTILINE
)
#: The files that the two programs look for in such a directory.
_MARKS: Final = {
    "Chart.yaml": _CHART,
    "kustomization.yaml": _KUSTOMIZATION,
    "kustomization.yml": _KUSTOMIZATION,
    "Kustomization": _KUSTOMIZATION,
}


def rendering_of(directory: Path) -> Rendering | None:
    """Return how to render a directory; None if its files are plain manifests."""
    mark = next((name for name in _MARKS if (directory / name).is_file()), None)
    if mark is None:
        return None
    rendering = _MARKS[mark]
    if rendering is _KUSTOMIZATION and _IS_COMPONENT.search((directory / mark).read_bytes()):
        rendering = _COMPONENT
    return rendering._replace(mark=mark)
