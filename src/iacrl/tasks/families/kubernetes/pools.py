"""Values that only Kubernetes has."""

from __future__ import annotations

from iacrl.tasks.draw import Draw


def container_resources(draw: Draw) -> dict[str, dict[str, str]]:
    """Return a container's requests and limits of CPU and memory, the limits above the requests."""
    cpu, memory = draw.number(50, 900, 50), draw.choice((64, 128, 192, 256, 384, 512))
    return {
        "requests": {"cpu": f"{cpu}m", "memory": f"{memory}Mi"},
        "limits": {"cpu": str(draw.number(1, 8)), "memory": f"{draw.number(1, 8)}Gi"},
    }
