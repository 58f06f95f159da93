"""Several outputs of one run: each has a form and a target."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from iacrl.errors import UserError
from iacrl.files import require_folder, write_named
from iacrl.sources.formats import FOR_PEOPLE
from iacrl.terminal import shown
from iacrl.text import to_bytes


@dataclass(frozen=True, slots=True)
class Output:
    """One output.

    Attributes:
        form: Its form, one of `FORMS`.
        file: Its target; None for standard output.
    """

    form: str
    file: Path | None = None


def paired(given: Sequence[tuple[str, str]], usual: str = "text", *, folders: Collection[str] = ()) -> list[Output]:
    """Return the outputs that `--format` and `--out` ask for; the usual form on standard output if neither is given.

    An `--out` belongs to the form before it. The first may come before its form.

    Args:
        given: `("forms", FORM)` and `("outs", FILE)`, in the order of the command line.
        usual: The form of an `--out` alone.
        folders: The forms whose `--out` is a folder, which need not exist.

    Raises:
        UserError: Two outputs have the same target, an `--out` has no form, or its folder does not exist.
    """
    outputs: list[Output] = []
    ahead: str | None = None
    for name, value in given:
        if name == "forms":
            outputs.append(Output(value, _file(ahead)))
            ahead = None
        elif outputs and outputs[-1].file is None:
            outputs[-1] = Output(outputs[-1].form, _file(value))
        elif ahead is None and not outputs:
            ahead = value
        else:
            raise UserError(f"--out {value} has no --format before it; write --format FORM --out {value}.")
    if ahead is not None:
        outputs.append(Output(usual, _file(ahead)))
    outputs = outputs or [Output(usual)]
    places = [output.file and output.file.resolve() for output in outputs]
    for output, place in zip(outputs, places, strict=True):
        if places.count(place) > 1:
            where = "standard output" if output.file is None else f"--out {output.file}"
            raise UserError(f"Two formats would go to {where}; give each --format its own --out.")
        if output.file is not None and output.form not in folders:
            require_folder(output.file)
            if output.file.is_dir():
                raise UserError(f"--out {output.file}: is a directory; name a file.")
    return outputs


def write_file(output: Output, file: Path, printed: str) -> None:
    """Write an output to its file; a message without colours and without control characters."""
    write_named(file, to_bytes(click.unstyle(shown(printed)) if output.form == FOR_PEOPLE else printed))


def _file(name: str | None) -> Path | None:
    return None if name is None or name == "-" else Path(name)
