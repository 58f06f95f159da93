"""Which files hold something to judge: Terraform modules and Kubernetes manifests, told by name and content."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from iacrl.text import from_bytes

#: By the end of the name. Terraform's own JSON syntax ends in `.tf.json` and is in neither.
_SUFFIXES: dict[str, str] = {".tf": "terraform", ".yaml": "kubernetes", ".yml": "kubernetes", ".json": "kubernetes"}

SUFFIXES = tuple(_SUFFIXES)

#: Two of these three at the top of one document make it a Kubernetes object, also one that lacks the third. Helm's
#: `Chart.yaml` has an apiVersion only, and a `values.yaml` or a compose file none.
_OBJECT_KEYS = ("apiVersion", "kind", "metadata")
_YAML_KEY = re.compile(rf'^\ufeff?["\']?({"|".join(_OBJECT_KEYS)})["\']?[ \t]*:', re.MULTILINE)
_JSON_KEY = re.compile(rf'"({"|".join(_OBJECT_KEYS)})"\s*:')
#: Read by a program beside the repository and never sent to a cluster.
_TOOL_FILE = re.compile(r'^\ufeff?apiVersion:[ \t]*["\']?(?:skaffold|kustomize\.config\.k8s\.io)/', re.MULTILINE)

#: So many files that were left out are named.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Found:
    """One thing to judge: the directory of a Terraform module, or a manifest."""

    path: Path
    domain: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file whose name could be a manifest's, and why it is none."""

    path: Path
    reason: str


def domain_by_name(path: Path) -> str | None:
    """Return the domain that the end of a file's name tells."""
    return None if path.name.endswith(".tf.json") else _SUFFIXES.get(path.suffix)


def module_files(directory: Path) -> list[Path]:
    """Return the `.tf` files that make a directory a module; as for Terraform, hidden and backup files do not count."""
    return sorted(path for path in directory.glob("*.tf") if not path.name.startswith((".", "#")) and path.is_file())


def why_no_manifest(path: Path) -> str | None:
    """Return why a `.yaml`, `.yml` or `.json` file is no Kubernetes manifest, or None where it is one.

    Raises:
        OSError: The file cannot be read.
    """
    if path.name.endswith(".tf.json"):
        return "Terraform's JSON syntax is not read"
    if any(
        folder.name == "templates" and (folder.parent / "Chart.yaml").is_file() for folder in path.absolute().parents
    ):
        return "a template of a Helm chart"
    text = from_bytes(path.read_bytes())
    if _TOOL_FILE.search(text):
        return "the configuration of a tool"
    return None if _holds_objects(text) else "no Kubernetes object"


def walk(directory: Path) -> Iterator[Found | LeftOut]:
    """Yield what a directory and those below it hold, in the order of their paths; hidden ones are skipped.

    Raises:
        OSError: A directory or file cannot be read.
    """
    for folder, below, files in os.walk(directory, onerror=_raise):
        below[:] = sorted(name for name in below if not name.startswith("."))
        here = Path(folder)
        if module_files(here):
            yield Found(here, "terraform")
        for path in sorted(here / name for name in files if not name.startswith(".")):
            if path.suffix in _SUFFIXES and path.suffix != ".tf" and path.is_file():
                reason = why_no_manifest(path)
                yield Found(path, "kubernetes") if reason is None else LeftOut(path, reason)


def left_out_note(left_out: Sequence[LeftOut]) -> str:
    """Say in one line how many files were left out, and which."""
    number = "1 file" if len(left_out) == 1 else f"{len(left_out)} files"
    named = ", ".join(f"{file.path} ({file.reason})" for file in left_out[:_NAMED])
    more = f" and {len(left_out) - _NAMED} more" if len(left_out) > _NAMED else ""
    return f"{number} left out: {named}{more}."


def _raise(error: OSError) -> None:
    raise error


def _holds_objects(text: str) -> bool:
    if text.lstrip("\ufeff \t\r\n")[:1] not in ("{", "["):
        return any(_is_object(_YAML_KEY.findall(part)) for part in re.split(r"^---", text, flags=re.MULTILINE))
    if not _is_object(_JSON_KEY.findall(text)):
        return False
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return True  # it speaks of objects, and is broken: that is for the verdict to say
    return isinstance(value, dict) and _is_object([key for key in _OBJECT_KEYS if key in value])


def _is_object(keys: list[str]) -> bool:
    return len(set(keys)) > 1
