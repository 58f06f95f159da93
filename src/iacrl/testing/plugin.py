"""The pytest plug-in's options and fixture. Only what pytest needs at its start: everything else is imported on use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from iacrl.testing.snapshot import Snapshot

_VERSION = "iacrl_kubernetes_version"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--iacrl`, `--iacrl-update` and the ini option."""
    group = parser.getgroup("iacrl", "Terraform and Kubernetes sources (iacrl)")
    group.addoption("--iacrl", action="store_true", help="collect Terraform modules and Kubernetes manifests as tests")
    group.addoption(
        "--iacrl-update", action="store_true", help="write the snapshots of `iacrl_snapshot` instead of comparing them"
    )
    parser.addini(_VERSION, "the Kubernetes API to judge by, such as 1.31; the newest by default", default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Begin to collect sources, where that was asked for."""
    if config.option.iacrl:
        from iacrl.testing.collection import Collection

        config.pluginmanager.register(Collection(config.getini(_VERSION) or None), "iacrl-collection")


@pytest.fixture
def iacrl_snapshot(request: pytest.FixtureRequest) -> Snapshot:
    """Compare diagnostics with a snapshot beside the test: `iacrl_snapshot(text, "terraform")`."""
    from iacrl.testing.snapshot import Snapshot, base_path

    _, *names = request.node.nodeid.split("::")
    version = request.config.getini(_VERSION) or None
    return Snapshot(base_path(request.path, ".".join(names)), request.config.option.iacrl_update, version)
