"""Module calls: local ones are installed, all others are replaced. Nothing is fetched.

`terraform init` would fetch modules, so it is not run; its list of modules is written here instead. A call whose source
is outside the configuration gets a stub. The stub takes the same arguments, and its outputs are unknown. The call's
source is rewritten in place with the same length, so all other ranges stay correct.
"""

from __future__ import annotations

import json
import posixpath
from dataclasses import dataclass, field

from iacrl.domains.terraform.engine.open_types import names_after_dots
from iacrl.domains.terraform.engine.workspace import Workspace
from iacrl.domains.terraform.syntax import nodes as n
from iacrl.domains.terraform.syntax.parser import parse

#: What Terraform itself reads in a module block.
_META = frozenset(("source", "version", "providers", "count", "for_each", "depends_on"))
#: The first one stops a module that calls itself endlessly; real trees are far smaller.
_MAX_DEPTH, _MAX_CALLS = 20, 1000


@dataclass(slots=True)
class _Install:
    """The list of modules while it is built."""

    here: Workspace
    asked: frozenset[str]
    entries: dict[str, dict[str, str]] = field(default_factory=dict)
    unchecked: dict[str, None] = field(default_factory=dict)
    stubs: int = 0


def install_modules(here: Workspace) -> tuple[str, ...]:
    """Write the list of modules, and the stubs; return what will not be checked, in words."""
    if "module" not in here.words():
        return ()
    install = _Install(here, names_after_dots(here.source()))
    install.entries[""] = {"Key": "", "Source": "", "Dir": "."}
    _install_calls(install, ".", ())
    folder = here.text / ".terraform" / "modules"
    folder.mkdir(parents=True)
    (folder / "modules.json").write_text(json.dumps({"Modules": list(install.entries.values())}))
    return tuple(install.unchecked)


def _install_calls(install: _Install, folder: str, path: tuple[str, ...]) -> None:
    for name in [name for name in install.here.files if _folder(name) == folder and name.endswith((".tf", ".tofu"))]:
        body = parse(install.here.files[name]).body
        # From the last to the first, because rewriting may lengthen the text.
        for block in reversed(body.blocks):
            if block.type == "module" and len(block.labels) == 1 and len(install.entries) < _MAX_CALLS:
                _install_call(install, folder, name, block, path)


def _install_call(install: _Install, folder: str, file: str, block: n.Block, path: tuple[str, ...]) -> None:
    label = block.labels[0].value
    attribute = block.body.attributes.get("source")
    if attribute is None or not isinstance(attribute.value, n.Literal) or not isinstance(attribute.value.value, str):
        return  # terraform reports the error
    source = attribute.value.value
    calls = (*path, label)
    local = source.startswith(("./", "../"))
    target = posixpath.normpath(posixpath.join(folder, source))
    if not local:
        install.unchecked[f"module {'.'.join(calls)}: its source {source!r} is not local, and nothing is fetched"] = (
            None
        )
    elif target == ".." or target.startswith("../"):
        install.unchecked[f"module {'.'.join(calls)}: its source {source!r} lies outside the directory"] = None
        local = False
    elif not (install.here.text / target).is_dir():
        if not install.here.is_text:
            return  # terraform reports that the module is missing
        install.unchecked[f"module {'.'.join(calls)}: its source {source!r} is not part of the text"] = None
        local = False
    if not local:
        source, target = _write_stub(install, folder, file, block)
    normal = posixpath.normpath(source)
    install.entries[".".join(calls)] = {
        "Key": ".".join(calls),
        "Source": normal if normal.startswith("../") else f"./{normal}",
        "Dir": target,
    }
    if local and len(calls) < _MAX_DEPTH:
        _install_calls(install, target, calls)


def _write_stub(install: _Install, folder: str, file: str, block: n.Block) -> tuple[str, str]:
    """Write a stub for this call and point the call at it; return its source and its directory."""
    here = install.here
    install.stubs += 1
    source = f"./.{install.stubs}"
    target = posixpath.normpath(posixpath.join(folder, source))
    variables = [f'variable "{name}" {{\n  type = any\n}}\n' for name in block.body.attributes if name not in _META]
    # The result of timestamp() is unknown until a plan is applied, and so is everything decoded from it.
    outputs = [f'output "{name}" {{\n  value = jsondecode(timestamp())\n}}\n' for name in sorted(install.asked)]
    (here.text / target).mkdir()
    (here.text / target / "stub.tf").write_text("".join([*variables, *outputs]))
    text = here.files[file]
    attributes = block.body.attributes
    edits: list[tuple[n.Node, str]] = [(attributes["source"].value, f'"{source}"')]
    edits += [(attributes[name], "") for name in ("version", "providers") if name in attributes]
    for node, replacement in sorted(edits, key=lambda edit: edit[0].start, reverse=True):
        text = text[: node.start] + _padded(replacement, text[node.start : node.end]) + text[node.end :]
    here.rewrite(file, text)
    return source, target


def _padded(replacement: str, old: str) -> str:
    """Return the replacement followed by as much blank space as the old text had, on as many lines."""
    blank = "".join("\n" if character == "\n" else " " for character in old)
    return replacement + blank[len(replacement) :]


def _folder(name: str) -> str:
    return posixpath.dirname(name) or "."
