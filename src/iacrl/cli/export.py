"""`iacrl export`: a trained policy as a folder for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from iacrl.cli.shared_options import examples, refuse_useless, trust_option
from iacrl.extras import TRAIN, require
from iacrl.terminal import echo, echo_line

if TYPE_CHECKING:
    from iacrl.runs.directory import RunDirectory
    from iacrl.training.export import Precision
    from iacrl.training.export_check import ExportCheck


@click.command(
    epilog=examples(
        "iacrl export runs/tiny-cpu --out exported",
        "iacrl export runs/tiny-cpu/sft --out adapter --adapter-only",
        "iacrl export runs/tiny-cpu/grpo/checkpoints/checkpoint-24 --out exported",
        "iacrl export runs/mine --out mine --format gguf --quantize q8_0 --quantize q4_k_m",
    )
)
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", "target", required=True, type=click.Path(path_type=Path), help="The folder to write.")
@click.option("--adapter-only", is_flag=True, help="The LoRA adapter as it was trained, not merged.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["safetensors", "gguf"]),
    default="safetensors",
    show_default=True,
    help="For transformers and vLLM, or for llama.cpp and Ollama.",
)
@click.option(
    "--quantize",
    multiple=True,
    metavar="FORM",
    help="With --format gguf: q8_0, or one of llama.cpp's smaller forms, such as q4_k_m. Give it again for more files.",
)
@click.option(
    "--precision", type=click.Choice(["bfloat16", "float16"]), default="bfloat16", show_default=True, help="Of weights."
)
@click.option("--overwrite", is_flag=True, help="Replace what is in the folder.")
@trust_option
def command(
    run: Path,
    target: Path,
    adapter_only: bool,
    form: str,
    quantize: tuple[str, ...],
    precision: Precision,
    overwrite: bool,
    trust: bool,
) -> None:
    """Write the newest finished stage of RUN for use elsewhere. RUN is runs/NAME, one of its stages, or a checkpoint.

    The adapter is merged into 16-bit safetensors with tokenizer and generation settings, in the layout that
    transformers and vLLM read. The result is read back by transformers and compared with the trained policy: tokens,
    probabilities, and the verdicts on both policies' completions.

    With --format gguf it is one file for llama.cpp, with a Modelfile for Ollama. llama.cpp reads it back if it is
    installed (pip install 'iacrl[gguf]'), else transformers does.
    """
    require("iacrl export", "train", TRAIN)
    from iacrl.training.export import export_adapter, export_merged, find_run

    if adapter_only:
        refuse_useless(
            "has no effect with --adapter-only, which copies files.",
            trust="--trust",
            precision="--precision",
            form="--format",
            quantize="--quantize",
        )
    stage = find_run(run)
    if adapter_only:
        export_adapter(stage, target, overwrite=overwrite)
        echo_line(f"{target}: the adapter of {stage.path}")
        return
    if form == "gguf":
        _write_gguf(stage, target, quantize, precision, overwrite=overwrite, trust=trust)
        return
    refuse_useless("needs --format gguf.", quantize="--quantize")
    check = export_merged(stage, target, precision=precision, overwrite=overwrite, trust=trust)
    echo_line(f"{target}: {stage.path} merged, {precision}")
    echo(_compared(check))
    if check.tokenizer:
        echo(
            "Warning: with this model's config.json, AutoTokenizer would split text differently than in training. So "
            f"the tokenizer is in {target / check.tokenizer}: AutoTokenizer.from_pretrained(that folder), or "
            f"vllm serve {target} --tokenizer {target / check.tokenizer}",
            err=True,
        )


def _write_gguf(
    stage: RunDirectory, target: Path, quantize: tuple[str, ...], precision: Precision, *, overwrite: bool, trust: bool
) -> None:
    require("iacrl export --format gguf", "train", ["gguf"])
    from iacrl.training.export_gguf import SMALLER, export_gguf
    from iacrl.training.gguf_check import reader

    for form in quantize:
        if form not in SMALLER:
            raise click.UsageError(f"--quantize {form}: expected one of {', '.join(sorted(SMALLER))}.")
    checks = export_gguf(stage, target, precision=precision, quantize=quantize, overwrite=overwrite, trust=trust)
    for file, check in checks.items():
        echo_line(f"{target / file}: {stage.path} merged, read back by {reader()}")
        echo(_compared(check))
    echo_line(f"For Ollama: ollama create NAME -f {target / 'Modelfile'}")


def _compared(check: ExportCheck) -> str:
    return (
        f"Checked on {check.tasks} validation tasks: a gold token's log-probability {check.log_probability_before:.4f} "
        f"-> {check.log_probability_after:.4f}, greedy score {check.score_before:.3f} -> {check.score_after:.3f}, "
        f"{check.same_verdicts} verdicts and {check.same_texts} texts the same."
    )
