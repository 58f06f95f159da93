"""What `iacrl validate` judges: from its arguments to sources with their verdicts."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from iacrl.errors import UserError
from iacrl.validators.verdict import Domain, Verdict

_DOMAINS: dict[str, Domain] = {".tf": "terraform", ".yaml": "kubernetes", ".yml": "kubernetes", ".json": "kubernetes"}

#: For each domain: from a text, or for Terraform the directory of a module, to a verdict.
Judges = Mapping[Domain, Callable[[str | Path], Verdict]]


@dataclass(frozen=True, slots=True)
class Judged:
    """One source with its verdict.

    Attributes:
        name: The path as it was given, or `<stdin>`. For a module, the path of its directory.
        texts: File name, as a diagnostic's range names it, to its text. None names the only file.
        verdict: What was found.
    """

    name: str
    texts: dict[str | None, str]
    verdict: Verdict

    def path_of(self, file: str | None) -> str:
        """Return the path of the file that a diagnostic stands in."""
        return self.name if file is None else str(Path(self.name) / file)


def judge_arguments(arguments: tuple[str, ...], domain: Domain | None, judges: Judges) -> Iterator[Judged]:
    """Yield each source with its verdict, in the order of the arguments.

    A directory that holds `.tf` files is judged as one module, and so is each such directory below it; manifests
    in it are judged one by one.

    Args:
        arguments: Files, directories, or `-` for standard input.
        domain: Of sources whose name does not tell.
        judges: How each domain is judged.

    Raises:
        UserError: A path is not there or cannot be read, or nothing tells its domain.
    """
    for argument in arguments:
        if argument == "-":
            yield _judge_text("<stdin>", sys.stdin.buffer.read(), _required(domain, "standard input"), judges)
        elif Path(argument).is_dir():
            yield from _judge_directory(Path(argument), judges)
        elif Path(argument).exists():
            path = Path(argument)
            found = domain or _DOMAINS.get(path.suffix)
            yield _judge_text(argument, path.read_bytes(), _required(found, argument), judges)
        else:
            raise UserError(f"{argument}: there is no such file or directory.")


def _judge_text(name: str, content: bytes, domain: Domain, judges: Judges) -> Judged:
    # Bytes that are no UTF-8 become lone surrogates, which the validators report at their place.
    text = content.decode("utf-8", errors="surrogateescape")
    return Judged(name, {None: text}, judges[domain](text))


def _judge_directory(directory: Path, judges: Judges) -> Iterator[Judged]:
    empty = True
    for folder, below, files in os.walk(directory):
        below[:] = sorted(name for name in below if not name.startswith("."))
        here = Path(folder)
        modules = sorted(name for name in files if name.endswith(".tf"))
        if modules:
            empty = False
            texts: dict[str | None, str] = {
                name: (here / name).read_text(encoding="utf-8", errors="surrogateescape") for name in modules
            }
            yield Judged(str(here), texts, judges["terraform"](here))
        for name in sorted(files):
            found = _DOMAINS.get(Path(name).suffix)
            if found == "kubernetes":
                empty = False
                yield _judge_text(str(here / name), (here / name).read_bytes(), found, judges)
    if empty:
        raise UserError(f"{directory}: holds no file that ends in {', '.join(_DOMAINS)}.")


def _required(domain: Domain | None, name: str) -> Domain:
    if domain is None:
        raise UserError(f"{name}: nothing tells whether this is Terraform or Kubernetes; say --domain.")
    return domain
