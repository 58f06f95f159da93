"""`iacrl eval`: measure base, SFT and GRPO on held-out tasks."""

from __future__ import annotations

import click

from iacrl.cli.options import config_options, resolve


@click.command(name="eval")
@config_options
@click.option("--overwrite", is_flag=True, help="Replace an evaluation that stands in the same place.")
def command(config_name: str, overrides: tuple[str, ...], dry_run: bool, overwrite: bool) -> None:
    """Measure the base and each finished stage on held-out tasks, greedy and sampled."""
    config = resolve(config_name, overrides, dry_run=dry_run)
    if config is None:
        return
    from rich.console import Console

    from iacrl.evaluation.protocol import run_eval
    from iacrl.evaluation.table import render_results

    run, results = run_eval(config, overwrite=overwrite)
    console = Console()
    if not console.is_terminal:
        console = Console(width=132)  # a file or a log has no width of its own, and a wrapped table reads badly
    console.print(render_results(results), highlight=False)
    console.print(f"Run: {run.path}", highlight=False, soft_wrap=True)
