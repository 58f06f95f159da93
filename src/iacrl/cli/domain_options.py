"""The options of the domains on the command line: `--DOMAIN-OPTION VALUE`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from iacrl.domains.registry import all_domains

Command = TypeVar("Command", bound=Callable[..., Any])

_BETWEEN = "__"


def domain_options(command: Command) -> Command:
    """Add one option for each option of each domain."""
    for domain in reversed(all_domains()):
        for option in domain.options:
            command = click.option(
                f"--{domain.name}-{option.name}",
                f"{domain.name}{_BETWEEN}{option.name}",
                type=click.Choice(option.choices) if option.choices else str,
                metavar="VALUE",
                help=option.description,
            )(command)
    return command


def given_options(values: Mapping[str, str | None]) -> dict[str, dict[str, str]]:
    """Return the options that were given, by domain."""
    found: dict[str, dict[str, str]] = {}
    for key, value in values.items():
        if value is not None:
            domain, _, option = key.partition(_BETWEEN)
            found.setdefault(domain, {})[option] = value
    return found
