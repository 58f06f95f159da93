"""Which files hold Kubernetes objects, by their place and content."""

from __future__ import annotations

import json
import re
from pathlib import Path

#: Two of these three at the top of one document make it a Kubernetes object, also one that lacks the third. Helm's
#: `Chart.yaml` has an apiVersion only, and a `values.yaml` or a compose file none.
_OBJECT_KEYS = ("apiVersion", "kind", "metadata")
_YAML_KEY = re.compile(rf'^\ufeff?["\']?({"|".join(_OBJECT_KEYS)})["\']?[ \t]*:', re.MULTILINE)
_JSON_KEY = re.compile(rf'"({"|".join(_OBJECT_KEYS)})"\s*:')
#: Read by a program beside the repository and never sent to a cluster.
_TOOL_FILE = re.compile(r'^\ufeff?apiVersion:[ \t]*["\']?(?:skaffold|kustomize\.config\.k8s\.io)/', re.MULTILINE)


def why_no_manifest(path: Path, text: str) -> str | None:
    """Return why a YAML or JSON file is no manifest, or None where it is one."""
    if any(
        folder.name == "templates" and (folder.parent / "Chart.yaml").is_file() for folder in path.absolute().parents
    ):
        return "a template of a Helm chart"
    if _TOOL_FILE.search(text):
        return "the configuration of a tool"
    return None if _holds_objects(text) else "no Kubernetes object"


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
