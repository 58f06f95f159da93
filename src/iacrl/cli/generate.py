"""`iacrl generate`: let a trained model answer one instruction and judge the answer."""

from __future__ import annotations

import click

from iacrl.cli.printing import print_json
from iacrl.cli.shared_options import FiniteRange, config_options, examples, format_option, resolve
from iacrl.domains.registry import domain_names
from iacrl.extras import TRAIN, require
from iacrl.sources.plain_text import headline
from iacrl.terminal import echo, echo_line, write
from iacrl.text import is_writable


@click.command(
    epilog=examples(
        'iacrl generate --config tiny-cpu --domain kubernetes --instruction "Write a Namespace named web."',
        'iacrl generate --config tiny-cpu --domain kubernetes --instruction "..." --best-of 8 --repair 2',
    )
)
@config_options
@click.option("--instruction", required=True, help="What to write, in words.")
@click.option("--domain", type=click.Choice(domain_names()), required=True, help="Which validator judges the answer.")
@click.option(
    "--temperature",
    type=FiniteRange(min=0),
    help="0 decodes greedily.  [default: 0; with --best-of the recipe's eval.temperature]",
)
@click.option(
    "--best-of",
    "choices",
    metavar="N",
    type=click.IntRange(min=1),
    default=1,
    help="Sample N answers and print the best: valid, then by the rewards that need no gold answer.",
)
@click.option(
    "--repair",
    "repairs",
    metavar="K",
    type=click.IntRange(min=0),
    default=0,
    help="Up to K times, send an answer that is not valid back to the model with what the validator found.",
)
@format_option()
def command(
    config_name: str,
    overrides: tuple[str, ...],
    dry_run: bool,
    instruction: str,
    domain: str,
    temperature: float | None,
    choices: int,
    repairs: int,
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
    if not is_writable(instruction):
        raise click.UsageError("--instruction is not UTF-8 text.")
    if choices > 1 and temperature == 0:
        raise click.UsageError("--best-of chooses from sampled answers; at --temperature 0 all would be the same.")
    require("iacrl generate", "train", TRAIN)
    from iacrl.evaluation.answer import answer
    from iacrl.runs.directory import finished_stages

    if not finished_stages(config):
        echo_line(f"{config.run.dir / config.run.name} holds no finished stage: the base model answers.", err=True)
    if temperature is None:
        temperature = config.eval.temperature if choices > 1 else 0.0
    found = answer(config, instruction, domain, temperature=temperature, choices=choices, repairs=repairs)
    sample = found.sample
    verdict = sample.verdict
    if form == "json":
        cost = {"answers": found.answers, "repaired": found.turns, "tokens": found.tokens}
        diagnostics = [one.to_json() for one in verdict.diagnostics]
        judged = {"valid": verdict.valid, "diagnostics": diagnostics, "unchecked": list(verdict.unchecked)}
        print_json({"text": sample.text, **judged, **cost})
        return int(not verdict.valid)
    write(sample.text, nl=not sample.text.endswith("\n"))
    for diagnostic in verdict.diagnostics:
        echo(headline(diagnostic), err=True)
    if choices > 1 or repairs:
        plural = "" if found.answers == 1 else "s"
        echo(f"{found.answers} answer{plural}, {found.turns} repaired, {found.tokens} tokens generated.", err=True)
    return int(not verdict.valid)
