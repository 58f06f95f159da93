"""The modules of a directory and the local modules that they call."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from iacrl.domains.terraform.checking.graph import components
from iacrl.domains.terraform.findings import refuse
from iacrl.domains.terraform.module_files import module_files
from iacrl.domains.terraform.structure.declarations import read_file
from iacrl.domains.terraform.structure.module import Dialect, Module, ModuleCall, is_local
from iacrl.domains.terraform.structure.structure_rules import UNINSTALLABLE_MODULE
from iacrl.domains.terraform.syntax import nodes
from iacrl.domains.terraform.syntax.parser import parse
from iacrl.domains.terraform.syntax.source import SourceText
from iacrl.domains.verdict import Diagnostic
from iacrl.errors import UserError
from iacrl.text import from_bytes

if TYPE_CHECKING:
    from pathlib import Path

#: Modules read for one verdict, however often they call each other.
MAX_MODULES = 1_000


class LoadedModule:
    """One directory, read: what it declares, its syntax errors, and the local modules that it calls.

    Attributes:
        path: The directory, relative to the one that was given, as `path.module` gives it.
        children: The called local modules, by call.
        trees: The files as they were read.
        not_followed: What was not read, in words: modules whose source is not a local directory, JSON files.
        partial: Whether the module declares things that were not read, so that nothing is known to be undeclared.
    """

    def __init__(self, path: str, module: Module) -> None:
        self.path = path
        self.module = module
        self.syntax: list[Diagnostic] = []
        self.children: dict[str, LoadedModule] = {}
        self.not_followed: list[str] = []
        self.partial = False
        self.trees: list[tuple[nodes.Body, SourceText]] = []


def load_text(text: str, dialect: Dialect = "terraform") -> LoadedModule:
    """Read a single text, which is a module of one file."""
    loaded = LoadedModule(".", Module(dialect))
    result = parse(text)
    loaded.syntax.extend(result.diagnostics)
    loaded.trees.append((result.body, result.source))
    read_file(result.body, result.source, loaded.module)
    _read_static(loaded.module)
    for call in loaded.module.calls.values():
        if call.source is not None:
            why = "is not part of the text" if is_local(call.source) else "is not local, and nothing is fetched"
            loaded.not_followed.append(f"module {call.name}: its source {call.source!r} {why}")
    return loaded


def load_directory(directory: Path, dialect: Dialect = "terraform") -> list[LoadedModule]:
    """Read a module's directory and the local modules that it calls, the given one first.

    Raises:
        UserError: The directory does not exist or holds no Terraform files.
    """
    if not directory.is_dir():
        raise UserError(f"{directory} is not a directory.")
    if not module_files(directory):
        raise UserError(f"{directory} holds no Terraform files (*.tf).")
    loader = _Loader(directory, dialect)
    loader.load(directory, ".")
    return list(loader.loaded.values())


def _read_static(module: Module) -> None:
    if module.dialect == "tofu":
        from iacrl.domains.terraform.structure.static_context import read_static

        read_static(module)


class _Loader:
    def __init__(self, root: Path, dialect: Dialect) -> None:
        self.root = root
        self.dialect = dialect
        self.loaded: dict[Path, LoadedModule] = {}

    def load(self, directory: Path, path: str) -> None:
        """Read a directory, and then the ones that it calls, without recursion."""
        waiting = [(directory, path)]
        while waiting:
            directory, path = waiting.pop()
            here = directory.resolve()
            if here in self.loaded:
                continue
            loaded = self.loaded[here] = LoadedModule(path, Module(self.dialect))
            self._read(directory, loaded)
            _read_static(loaded.module)
            for call in loaded.module.calls.values():
                if call.source is None:
                    continue
                if not is_local(call.source):
                    words = f"module {call.name}: its source {call.source!r} is not local, and nothing is fetched"
                    loaded.not_followed.append(words)
                elif len(self.loaded) < MAX_MODULES:
                    target = directory / call.source.replace("\\", "/")
                    if self._exists(target, call):
                        waiting.append((target, os.path.normpath(os.path.join(path, call.source))))  # noqa: PTH118
        for loaded in self.loaded.values():
            self._connect(loaded)
        self._refuse_cycles()

    def _read(self, directory: Path, loaded: LoadedModule) -> None:
        overrides = []
        for path in module_files(directory):
            if path.name == "override.tf" or path.name.endswith("_override.tf"):
                overrides.append(path)
            else:
                self._read_file(path, loaded, loaded.module)
        for path in overrides:
            self._read_override(path, loaded)
        for path in sorted(directory.glob("*.tf.json")):
            loaded.partial = True
            loaded.not_followed.append(f"{os.path.relpath(path, self.root)}: the JSON syntax is not read")

    def _read_file(self, path: Path, loaded: LoadedModule, module: Module) -> None:
        text = from_bytes(path.read_bytes())
        result = parse(text, os.path.relpath(path, self.root))
        loaded.syntax.extend(result.diagnostics)
        loaded.trees.append((result.body, result.source))
        read_file(result.body, result.source, module)

    def _read_override(self, path: Path, loaded: LoadedModule) -> None:
        from iacrl.domains.terraform.structure.override import apply_override

        override = Module(self.dialect)
        self._read_file(path, loaded, override)
        apply_override(loaded.module, override)

    def _exists(self, target: Path, call: ModuleCall) -> bool:
        if target.is_dir():
            return True
        argument = call.block.body.attributes["source"].value
        detail = f"The directory {call.source} could not be read for module {call.name}."
        refuse(call.file.findings, argument, UNINSTALLABLE_MODULE, detail, "Unreadable module directory")
        return False

    def _connect(self, loaded: LoadedModule) -> None:
        base = self.root / loaded.path
        for call in loaded.module.calls.values():
            if call.source is not None and is_local(call.source):
                child = self.loaded.get((base / call.source.replace("\\", "/")).resolve())
                if child is not None:
                    loaded.children[call.name] = child

    def _refuse_cycles(self) -> None:
        """Report modules that call themselves, directly or through others, and cut the calls."""
        calls = {one: list(one.children.values()) for one in self.loaded.values()}
        for component in components(calls):
            for one in component:
                for name, child in list(one.children.items()):
                    if child in component:
                        del one.children[name]
                        call = one.module.calls[name]
                        detail = f"The module {name} calls itself, directly or through other modules."
                        start, end = call.block.start, call.block.header_end
                        refuse(call.file.findings, (start, end), UNINSTALLABLE_MODULE, detail, "Module cycle")
