"""`iacrl generate`: let a trained model answer one instruction and judge the answer."""

from __future__ import annotations

import click

from iacrl.cli.printing import print_json
from iacrl.cli.shared_options import config_options, examples, format_option, resolve
from iacrl.domains.registry import domain_names
from iacrl.extras import TRAIN, require
from iacrl.sources.plain_text import headline
from iacrl.terminal import echo, write


@click.command(
    epilog=examples(
        'iacrl generate --config tiny-cpu --domain kubernetes --instruction "Write a Namespace named web."',
    )
)
@config_options
@click.option("--instruction", required=True, help="What to write, in words.")
@click.option("--domain", type=click.Choice(domain_names()), required=True, help="Which validator judges the answer.")
@click.option("--temperature", type=click.FloatRange(min=0), default=0.0, show_default=True, help="0 decodes greedily.")
@format_option()
def command(
    config_name: str,
    overrides: tuple[str, ...],
    dry_run: bool,
    instruction: str,
    domain: str,
    temperature: float,
    form: str,
) -> int:
    """Write code for one instruction with a run's newest stage, or with the base model if nothing is trained yet.

    Exit status: 0 valid, 1 not valid, 2 could not run.
    """
    config = resolve(config_name, overrides, dry_run=dry_run)
    if config is None:
        return 0
    if not instruction.strip():
        raise click.UsageError("--instruction is empty; say what to write.")
    require("iacrl generate", "train", TRAIN)
    from iacrl.evaluation.answer import answer
    from iacrl.runs.directory import finished_stages

    if not finished_stages(config):
        echo(f"{config.run.dir / config.run.name} holds no finished stage: the base model answers.", err=True)
    text, verdict = answer(config, instruction, domain, temperature=temperature)
    if form == "json":
        found = [one.to_json() for one in verdict.diagnostics]
        print_json({"text": text, "valid": verdict.valid, "diagnostics": found, "unchecked": list(verdict.unchecked)})
        return int(not verdict.valid)
    write(text, nl=not text.endswith("\n"))
    for one in verdict.diagnostics:
        echo(headline(one), err=True)
    return int(not verdict.valid)
