"""Exporting a trained policy as GGUF files, with a Modelfile for Ollama, each file read back and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from iacrl.errors import UserError
from iacrl.files import write_atomically
from iacrl.runs.directory import RunDirectory
from iacrl.runs.progress import say
from iacrl.tasks.prompt import build_prompt
from iacrl.training.export_check import ExportCheck, compare
from iacrl.training.export_folder import finish_folder, opened_folder
from iacrl.training.generation import end_tokens
from iacrl.training.gguf_check import measure_gguf, reader
from iacrl.training.gguf_file import FORMS, write_gguf
from iacrl.training.llama_cpp import QUANTIZED, quantize_file
from iacrl.training.modelfile import chat_pieces, write_modelfile
from iacrl.training.trained_policy import TrainedPolicy, measure_trained

#: What `--quantize` takes.
SMALLER = ("q8_0", *QUANTIZED)


def export_gguf(
    run: RunDirectory,
    target: Path,
    *,
    precision: str,
    quantize: Sequence[str] = (),
    overwrite: bool = False,
    trust: bool = False,
) -> Mapping[str, ExportCheck]:
    """Write one GGUF file for each wanted form, and a Modelfile for the first one.

    Args:
        precision: `bfloat16` or `float16`: the form if `quantize` is empty, and what llama.cpp quantizes.
        quantize: Of `SMALLER`.
        trust: Whether code that the run's configuration names may be run; see `iacrl.config.of_run`.

    Returns:
        The check of each file, by its name.

    Raises:
        UserError: GGUF cannot express the model or its tokenizer; a file that loses next to nothing is not the trained
            policy; or what `iacrl.training.export.export_merged` refuses. Then nothing is left behind.
    """
    with opened_folder(target, overwrite=overwrite) as partial:
        trained = measure_trained(run, trust=trust)
        policy = trained.merged()
        ends = end_tokens(policy, trained.tokenizer)
        name = trained.config.run.name
        sixteen = "bf16" if precision == "bfloat16" else "f16"
        forms = tuple(dict.fromkeys(quantize)) or (sixteen,)
        policy.to(getattr(torch, precision))
        written = {form: partial / f"{name}-{form}.gguf" for form in (sixteen, *forms)}
        for form in (form for form in written if form in FORMS):
            if form != sixteen or form in forms or set(forms) & QUANTIZED.keys():
                write_gguf(policy, trained.tokenizer, written[form], form, name=name)
        del policy
        for form in forms:
            if form in QUANTIZED:
                quantize_file(written[sixteen], written[form], form)
        if sixteen not in forms:
            written[sixteen].unlink(missing_ok=True)
        checks = {written[form].name: _checked(written[form], form, trained, ends) for form in forms}
        _write_modelfile(partial, next(iter(checks)), trained, ends)
        facts = {
            "form": "gguf",
            "read_by": reader(),
            "files": {file: asdict(check) for file, check in checks.items()},
        }
        finish_folder(partial, run, facts)
    return checks


def _checked(file: Path, form: str, trained: TrainedPolicy, ends: frozenset[int]) -> ExportCheck:
    check = compare(trained.before, measure_gguf(file, trained, ends), "")
    if not check.wrong():
        return check
    if form in FORMS:
        raise UserError(
            f"{file.name} is not the trained policy: {check.wrong()}. Nothing was written. Please report "
            "this, with the model's id."
        )
    say(f"Warning: {file.name} differs from the trained policy: {check.wrong()}. A larger form loses less.")
    return check


def _write_modelfile(folder: Path, file: str, trained: TrainedPolicy, ends: frozenset[int]) -> None:
    pieces = chat_pieces(trained.tokenizer, build_prompt(trained.tasks[0]))
    if pieces is None:
        say("Warning: this chat template is not made of fixed pieces, so Ollama has to recognize it by itself.")
    config = trained.config
    content = write_modelfile(
        file,
        pieces,
        trained.tokenizer.convert_ids_to_tokens(sorted(ends)),
        context=config.data.max_prompt_tokens + config.eval.max_completion_tokens,
    )
    write_atomically(folder / "Modelfile", content)
