"""`iacrl push`: a run's policy on the Hugging Face hub."""

from __future__ import annotations

from pathlib import Path

import click

from iacrl.cli.shared_options import FOLDER, examples, refuse_useless, trust_option
from iacrl.extras import EVAL, TRAIN, require
from iacrl.terminal import echo, echo_line


@click.command(
    epilog=examples(
        "iacrl push runs/mine me/terraform-writer --dry-run",
        "iacrl push runs/mine me/terraform-writer",
        "iacrl push runs/mine me/terraform-lora --adapter-only --public",
    )
)
@click.argument("run", type=FOLDER)
@click.argument("repo", metavar="OWNER/NAME")
@click.option("--adapter-only", is_flag=True, help="The LoRA adapter as it was trained, not merged.")
@click.option("--public", is_flag=True, help="Make a new repository public. By default it is private.")
@click.option("--dry-run", is_flag=True, help="Print what would be sent, and send nothing.")
@trust_option
def command(run: Path, repo: str, adapter_only: bool, public: bool, dry_run: bool, trust: bool) -> None:
    """Upload the newest finished stage of RUN to the Hugging Face hub, with a model card.

    The weights are exported and read back as by `iacrl export`. The card has the figures of the run's evaluation, so
    `iacrl eval` comes first. A new repository is private; one that exists stays as it is. The token is that of
    `hf auth login`, or HF_TOKEN. No path of this machine is sent.
    """
    require("iacrl push", "train", TRAIN)
    require("A model card", "report", ("jinja2", "matplotlib", "pygments", *EVAL))
    from iacrl.evaluation.pushing import check_repo, packed, push

    if adapter_only:
        refuse_useless("has no effect with --adapter-only, which copies files.", trust="--trust")
    check_repo(repo)
    with packed(run, adapter_only=adapter_only, trust=trust) as parcel:
        for name, size in parcel.files.items():
            echo_line(f"{size:>14,}  {name}")
        if dry_run:
            echo(parcel.card)
            echo_line(
                f"Nothing was sent. Without --dry-run it goes to {repo}, {'public' if public else 'private'} if new."
            )
            return
        echo_line(f"Sent: {push(parcel, repo, public=public)}")
