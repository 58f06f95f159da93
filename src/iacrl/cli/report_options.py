"""The options of `iacrl validate` that say what is reported, how, and where it goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from iacrl.cli.completing import complete_codes
from iacrl.cli.shared_options import FILE
from iacrl.sources.settings import Choice, Given, Settings

Command = TypeVar("Command", bound=Callable[..., Any])
_ORDER = "iacrl.order"
#: The names of the options that `given_settings` reads.
REPORTING = ("config", "isolated", "select", "ignore", "exclude", "fail_on", "strict", "security", "baseline")


class InOrder(click.Command):
    """A command that remembers the order of its options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments."""
        _, _, order = self.make_parser(ctx).parse_args(list(args))
        ctx.meta[_ORDER] = [parameter.name for parameter in order]
        return super().parse_args(ctx, args)


def in_order(**values: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the values of repeated options with their names, in the order on the command line."""
    waiting = {name: iter(given) for name, given in values.items()}
    return [(name, next(waiting[name])) for name in click.get_current_context().meta[_ORDER] if name in waiting]


def report_options(command: Command) -> Command:
    """Add `--config`, `--isolated`, `--select`, `--ignore`, `--exclude`, `--fail-on`, `--strict`, `--security`,
    `--baseline`, `--write-baseline` and `--changed-since`.
    """
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS = (
    click.option(
        "--config",
        type=FILE,
        help="The only file of settings to read, instead of the nearest pyproject.toml or .iacrl.toml. E.g. "
        "--config ci.toml",
    ),
    click.option(
        "--isolated",
        is_flag=True,
        help="Read no settings and no ignore comments: report the verdict itself, as scoring sees it.",
    ),
    click.option(
        "--select",
        multiple=True,
        metavar="CODES",
        shell_complete=complete_codes,
        help="Report only these codes, and those that begin with one. E.g. --select TF3,KB",
    ),
    click.option(
        "--ignore",
        multiple=True,
        metavar="CODES",
        shell_complete=complete_codes,
        help="Do not report these. E.g. --ignore TF304,SEC2",
    ),
    click.option(
        "--exclude",
        multiple=True,
        metavar="PATTERN",
        help="Do not judge these files and folders. E.g. --exclude 'examples/**'",
    ),
    click.option(
        "--fail-on",
        multiple=True,
        type=click.Choice(["error", "warning", "unchecked"]),
        help="What else than errors gives exit status 1; may be repeated. E.g. --fail-on warning --fail-on unchecked",
    ),
    click.option("--strict", is_flag=True, help="Take warnings for errors. E.g. iacrl validate --strict infra"),
    click.option(
        "--security",
        is_flag=True,
        help="Report the security checks too, as warnings. E.g. --security --fail-on warning",
    ),
    click.option(
        "--baseline", type=FILE, help="Do not report the findings that this file knows. E.g. --baseline known.json"
    ),
    click.option(
        "--write-baseline",
        is_flag=True,
        help="Write what is found to the baseline. E.g. --baseline known.json --write-baseline",
    ),
    click.option(
        "--changed-since",
        metavar="REF",
        help="Report only what changed since a revision of git. E.g. --changed-since origin/main",
    ),
)


def given_settings(
    options: dict[str, dict[str, str]],
    *,
    config: Path | None,
    isolated: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    exclude: tuple[str, ...],
    fail_on: tuple[str, ...],
    strict: bool,
    security: bool,
    baseline: Path | None,
) -> Given:
    """Return the settings of the command line.

    Raises:
        UsageError: A code is unknown, or two options contradict each other.
    """
    if isolated and config is not None:
        raise click.UsageError("--isolated reads no settings, and --config names some; choose one.")
    from iacrl.sources.globs import Globs

    here = Path.cwd()
    choice = Choice(_codes("--select", select) if select else None, _codes("--ignore", ignore))
    settings = Settings(
        choices=(choice,) if select or ignore else (),
        exclude=(Globs(here, tuple(filter(None, exclude))),) if exclude else (),
        fail_on=frozenset(fail_on),  # type: ignore[arg-type]  # click.Choice has checked them
        strict=strict,
        security=security,
        baseline=baseline and here / baseline,
        options=options,
    )
    return Given(config, isolated, settings)


def _codes(option: str, given: tuple[str, ...]) -> tuple[str, ...]:
    from iacrl.sources.code_names import is_selector, why_no_selector

    codes = tuple(code.strip() for one in given for code in one.split(",") if code.strip())
    wrong = [why_no_selector(code) for code in codes if not is_selector(code)]
    if wrong or (not codes and given):
        raise click.UsageError("\n".join(f"{option}: {words}" for words in wrong) or f"{option} names no code.")
    return codes
