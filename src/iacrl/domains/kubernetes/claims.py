"""Which files contain Kubernetes objects, by their place and content."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path

from iacrl import nested_json
from iacrl.errors import UserError
from iacrl.seen_files import content_of
from iacrl.text import from_bytes

#: Two of these three at the top of one document make it a Kubernetes object, even without the third. Helm's
#: `Chart.yaml` has only an apiVersion, and a `values.yaml` or a compose file has none.
_OBJECT_KEYS = ("apiVersion", "kind", "metadata")
_YAML_KEY = re.compile(rf'^\ufeff?["\']?({"|".join(_OBJECT_KEYS)})["\']?[ \t]*:', re.MULTILINE)
_JSON_KEY = re.compile(rf'"({"|".join(_OBJECT_KEYS)})"\s*:')
_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_PATCH_KEYS = ("patches", "patchesStrategicMerge", "patchesJson6902")
#: How many folders above a patch are searched for a kustomization, and how many of its characters are read.
_LEVELS = 4
_LONGEST = 100_000
#: A tool reads these files; they are never sent to a cluster.
_TOOL_FILE = re.compile(r'^\ufeff?apiVersion:[ \t]*["\']?(?:skaffold|kustomize\.config\.k8s\.io)/', re.MULTILINE)


def why_no_manifest(path: Path, text: str) -> str | None:
    """Return why a YAML or JSON file is not a manifest, or None if it is one."""
    if any(
        folder.name == "templates" and (folder.parent / "Chart.yaml").is_file() for folder in path.absolute().parents
    ):
        return "a template of a Helm chart"
    if _is_patch(path):
        return "a patch of a kustomization"
    if _TOOL_FILE.search(text):
        return "the configuration of a tool"
    return None if _holds_objects(text) else "no Kubernetes object"


def _holds_objects(text: str) -> bool:
    if text.lstrip("\ufeff \t\r\n")[:1] not in ("{", "["):
        return any(_is_object(_YAML_KEY.findall(part)) for part in re.split(r"^---", text, flags=re.MULTILINE))
    if not _is_object(_JSON_KEY.findall(text)):
        return False
    try:
        value = nested_json.loads(text)
    except (ValueError, RecursionError):
        return True  # a broken manifest: the verdict reports that
    return isinstance(value, dict) and _is_object([key for key in _OBJECT_KEYS if key in value])


def _is_object(keys: list[str]) -> bool:
    return len(set(keys)) > 1


def _is_patch(path: Path) -> bool:
    """Return whether a kustomization in a folder above uses a file as a patch, which is only a part of an object."""
    here = path.absolute()
    for folder in here.parents[1 : 1 + _LEVELS]:
        for mark in _KUSTOMIZATIONS:
            if (folder / mark).is_file():
                named = (os.path.normpath(folder / name) for name in _patches(folder / mark))
                if str(here) in named:
                    return True
    return False


def _patches(kustomization: Path) -> tuple[str, ...]:
    try:
        return _named_in(from_bytes(content_of(kustomization)[:_LONGEST]))
    except OSError:
        return ()


@lru_cache(maxsize=64)
def _named_in(text: str) -> tuple[str, ...]:
    """Return the patches that a kustomization names. Each file below it asks; one that is not YAML names none."""
    from iacrl.yaml_text import read_yaml

    try:
        read = read_yaml(text, "")
    except UserError:
        return ()  # rendering reports what is wrong
    if not isinstance(read, dict):
        return ()
    listed = [item for key in _PATCH_KEYS if isinstance(read.get(key), list) for item in read[key]]
    names = [item.get("path") if isinstance(item, dict) else item for item in listed]
    return tuple(name for name in names if isinstance(name, str) and "\n" not in name)
