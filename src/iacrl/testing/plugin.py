"""The pytest plug-in's options and fixture: only what pytest needs at its start. All else is imported on use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from iacrl.testing.snapshot import Snapshot

_OPTIONS = "iacrl_options"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--iacrl`, `--iacrl-update` and the ini option."""
    group = parser.getgroup("iacrl", "sources that a domain can judge (iacrl)")
    group.addoption("--iacrl", action="store_true", help="collect each module and each file of a domain as a test")
    group.addoption(
        "--iacrl-update", action="store_true", help="write the snapshots of `iacrl_snapshot` instead of comparing them"
    )
    parser.addini(_OPTIONS, "options of the domains, each `DOMAIN.OPTION=VALUE`", "linelist")


def pytest_configure(config: pytest.Config) -> None:
    """Start collecting sources, if requested."""
    if config.option.iacrl:
        from iacrl.testing.collection import Collection

        config.pluginmanager.register(Collection(_options(config)), "iacrl-collection")


@pytest.fixture
def iacrl_snapshot(request: pytest.FixtureRequest) -> Snapshot:
    """Compare diagnostics with a snapshot next to the test: `iacrl_snapshot(text, domain)`."""
    from iacrl.testing.snapshot import Snapshot, base_path

    _, *names = request.node.nodeid.split("::")
    base = base_path(request.path, ".".join(names))
    return Snapshot(base, request.config.option.iacrl_update, _options(request.config))


def _options(config: pytest.Config) -> dict[str, dict[str, str]]:
    from iacrl.errors import UserError
    from iacrl.sources.options import read_options

    try:
        return read_options(config.getini(_OPTIONS))
    except UserError as error:
        raise pytest.UsageError(f"{_OPTIONS}: {error}") from None
