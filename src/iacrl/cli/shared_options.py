"""The options that several commands share, and the domains' options: `--DOMAIN-OPTION VALUE`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from iacrl.cli.completing import complete_recipes
from iacrl.domains.registry import all_domains, judged_twice
from iacrl.terminal import write

if TYPE_CHECKING:
    from iacrl.config.recipes import Config


#: Types of arguments: the path of a file, the path of a folder, and a number of rows or steps.
FILE = click.Path(dir_okay=False, readable=False, path_type=Path)  # who reads it says why it cannot be read
FOLDER = click.Path(file_okay=False, path_type=Path)
COUNT = click.IntRange(min=1)


class FiniteRange(click.FloatRange):
    """A number in a range. `nan` is in every range of click, and `inf` in one without a maximum."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number, or refuse it."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


Command = TypeVar("Command", bound=Callable[..., Any])


def config_option(
    about: str = "A recipe; see `iacrl config`.", *, required: bool = False
) -> Callable[[Command], Command]:
    """Return a decorator that adds `--config`: a recipe by name or file, or None."""
    return click.option(
        "--config",
        "config_name",
        required=required,
        metavar="NAME|FILE",
        help=about,
        shell_complete=complete_recipes,
    )


def overrides_argument(command: Command) -> Command:
    """Add the `key.sub=value` overrides of a recipe."""
    return click.argument("overrides", nargs=-1, metavar="[section.key=value]...")(command)


def config_options(command: Command) -> Command:
    """Add `--config`, `--dry-run` and the `key.sub=value` overrides."""
    command = overrides_argument(command)
    command = click.option("--dry-run", is_flag=True, help="Print the resolved configuration and stop.")(command)
    return config_option(required=True)(command)


def format_option(*forms: str) -> Callable[[Command], Command]:
    """Return a decorator that adds `--format`, with `text` as its default; the other forms are `json` unless named."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", *(forms or ("json",))]),
        default="text",
        show_default=True,
        help="The form of the output.",
    )


def examples(*lines: str) -> str:
    """Return the end of a help text: command lines that a reader can copy."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def run_options(command: Command) -> Command:
    """Add `--resume` and `--overwrite`."""
    command = click.option("--overwrite", is_flag=True, help="Replace the run that is in the same place.")(command)
    about = "Continue an interrupted run from its last checkpoint."
    return click.option("--resume", is_flag=True, help=about)(command)


def engine_option(command: Command) -> Command:
    """Add `--engine`: the domain whose second judge also judges, or None."""
    return click.option(
        "--engine",
        type=click.Choice(["fast", *judged_twice()]),
        default="fast",
        show_default=True,
        callback=lambda context, option, value: None if value == "fast" else value,
        help="A domain whose second judge, such as the real program, judges too. The result says how often both agree.",
    )(command)


def program_option(about: str) -> Callable[[Command], Command]:
    """Return a decorator that adds `--engine`: the domain whose real program judges, or None."""
    names = [domain.name for domain in all_domains() if domain.engine]
    return click.option(
        "--engine",
        type=click.Choice(["fast", *names]),
        default="fast",
        show_default=True,
        callback=lambda context, option, value: None if value == "fast" else value,
        help=f"{about} E.g. --engine {names[0]}",
    )


def trust_option(command: Command) -> Command:
    """Add `--trust`: whether code that a run names may be run."""
    about = "Run the code that the run's configuration names: files of rewards, a model's own Python code."
    return click.option("--trust", is_flag=True, help=about)(command)


def ray_option(command: Command) -> Command:
    """Add `--ray`: the cluster that judges."""
    return click.option(
        "--ray",
        metavar="ADDRESS",
        help="Judge on a Ray cluster (`auto`, or its address); `local` starts Ray here. E.g. --ray auto",
    )(command)


CONTEXT_ALONE = "--context needs --engine: it names the cluster that the engine asks."


def context_option(command: Command) -> Command:
    """Add `--context`: the cluster that `--engine` asks instead of its own server."""
    return click.option(
        "--context",
        metavar="NAME",
        help="With --engine: ask the cluster of this context of your kubeconfig, by dry runs only.",
    )(command)


def with_context(engine: str | None, context: str | None, overrides: tuple[str, ...]) -> tuple[str, ...]:
    """Return the overrides of a recipe, including `--context`."""
    if context is None:
        return overrides
    if engine is None:
        raise click.UsageError(CONTEXT_ALONE)
    return (*overrides, f"domains.{engine}.context={context}")


def resolve(config_name: str, overrides: tuple[str, ...], *, dry_run: bool) -> Config | None:
    """Return the configuration; for a dry run print it and return None.

    Raises:
        UserError: The configuration holds mistakes.
    """
    from iacrl.config.recipes import load_config

    config = load_config(config_name, overrides)
    if dry_run:
        print_config(config)
        return None
    return config


def print_config(config: Config) -> None:
    """Print the resolved configuration.

    Raises:
        UserError: A run with it would be refused: a reward is unknown or fails to load, a gate does not fit, a task
            file is missing or malformed, or no task is left. Task files on the hub are not fetched.
    """
    from iacrl.runs.splits import read_split
    from iacrl.tasks import SPLITS
    from iacrl.tasks.hub_files import is_on_hub

    config.rubric()
    for split in SPLITS:
        if not is_on_hub(getattr(config.data, split)):
            read_split(config, split)
    write(config.to_yaml(), nl=False)


def refuse_both(*, resume: bool, overwrite: bool) -> None:
    """Refuse `--resume` together with `--overwrite`."""
    if resume and overwrite:
        raise click.UsageError("--resume continues a run and --overwrite deletes it; choose one.")


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


def refuse_useless(what: str, **options: str) -> None:
    """Refuse options that would have no effect.

    Args:
        what: Why they would have no effect, as the end of the message.
        options: Parameter name of each option to its spelling.
    """
    context = click.get_current_context()
    for parameter, written in options.items():
        if context.get_parameter_source(parameter) is not ParameterSource.DEFAULT:
            raise click.UsageError(f"{written} {what}")


def given_options(values: Mapping[str, str | None]) -> dict[str, dict[str, str]]:
    """Return the options that were given, by domain."""
    found: dict[str, dict[str, str]] = {}
    for key, value in values.items():
        if value is not None:
            domain, _, option = key.partition(_BETWEEN)
            found.setdefault(domain, {})[option] = value
    return found
