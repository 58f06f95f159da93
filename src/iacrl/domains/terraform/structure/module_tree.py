"""The modules of a directory and the local modules that they call."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from iacrl.domains.terraform.checking.graph import components
from iacrl.domains.terraform.findings import refuse
from iacrl.domains.terraform.module_files import files_beside, is_foreign_link, module_files
from iacrl.domains.terraform.structure.declarations import read_file
from iacrl.domains.terraform.structure.module import Dialect, File, Module, ModuleCall, is_local
from iacrl.domains.terraform.structure.structure_rules import UNINSTALLABLE_MODULE
from iacrl.domains.terraform.syntax import nodes
from iacrl.domains.terraform.syntax.parser import parse
from iacrl.domains.terraform.syntax.source import SourceText
from iacrl.domains.terraform.syntax.syntax_rules import UNREADABLE_FILE
from iacrl.domains.terraform.terraform_version import TERRAFORM_VERSION
from iacrl.domains.verdict import Diagnostic
from iacrl.errors import UserError
from iacrl.seen_files import content_of, is_outside
from iacrl.text import from_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from iacrl.domains.terraform.structure.json_files import Contents
    from iacrl.domains.terraform.structure.test_files import Named

#: The most modules read for one verdict.
MAX_MODULES = 1_000


class LoadedModule:
    """One directory that was read: its declarations, its syntax errors, and the local modules that it calls.

    Attributes:
        path: The directory, relative to the given one, as in `path.module`.
        children: The called local modules, by call.
        trees: The files as they were read.
        not_followed: What was not read, in words: modules whose source is not a local directory, and links to files
            that are not Terraform's.
        partial: Whether the module declares things that were not read; then no name can be called undeclared.
    """

    def __init__(self, path: str, module: Module) -> None:
        self.path = path
        self.module = module
        self.syntax: list[Diagnostic] = []
        self.children: dict[str, LoadedModule] = {}
        self.not_followed: list[str] = []
        self.partial = False
        self.trees: list[tuple[nodes.Body, SourceText]] = []


def load_text(text: str, dialect: Dialect = "terraform", version: tuple[int, ...] = TERRAFORM_VERSION) -> LoadedModule:
    """Read a single text as a module of one file."""
    loaded = LoadedModule(".", Module(dialect, version))
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


def load_directory(
    directory: Path, dialect: Dialect = "terraform", version: tuple[int, ...] = TERRAFORM_VERSION
) -> list[LoadedModule]:
    """Read a module's directory and the local modules that it calls; the given module comes first.

    Raises:
        UserError: The directory does not exist or contains no Terraform files.
    """
    if not directory.is_dir():
        raise UserError(f"{directory} is not a directory.")
    if not module_files(directory):
        raise UserError(f"{directory} holds no Terraform files (*.tf).")
    loader = _Loader(directory, dialect, version)
    loader.load(directory, ".")
    loader.read_beside(directory)
    return list(loader.loaded.values())


def _read_static(module: Module) -> None:
    if module.dialect == "tofu":
        from iacrl.domains.terraform.structure.static_context import read_static

        read_static(module)


def _is_directory(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # too long for a name, or with a NUL
        return False


def _is_override(name: str) -> bool:
    stem = name.removesuffix(".json").rpartition(".")[0]
    return stem == "override" or stem.endswith("_override")


class _Loader:
    def __init__(self, root: Path, dialect: Dialect, version: tuple[int, ...]) -> None:
        self.root = root
        self.dialect = dialect
        self.version = version
        self.loaded: dict[Path, LoadedModule] = {}

    def load(self, directory: Path, path: str) -> None:
        """Read a directory and then the directories that it calls, without recursion."""
        waiting = [(directory, path)]
        while waiting:
            directory, path = waiting.pop()
            here = directory.resolve()
            if here in self.loaded:
                continue
            loaded = self.loaded[here] = LoadedModule(path, Module(self.dialect, self.version))
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
                    if is_outside(target):
                        why = "leads out of the directory that may be read"
                        loaded.not_followed.append(f"module {call.name}: its source {call.source!r} {why}")
                    elif self._exists(target, call):
                        waiting.append((target, os.path.normpath(os.path.join(path, call.source))))  # noqa: PTH118
        for loaded in self.loaded.values():
            self._connect(loaded)
        self._refuse_cycles()

    def _read(self, directory: Path, loaded: LoadedModule) -> None:
        overrides = []
        for path in module_files(directory):
            if loaded.path != "." and is_foreign_link(path, self.root):
                self._leave_out(path, loaded)
                loaded.partial = True
            elif _is_override(path.name):
                overrides.append(path)
            else:
                body, source = self._parse(path, loaded)
                read_file(body, source, loaded.module)
        for path in overrides:
            self._read_override(path, loaded)

    def read_beside(self, directory: Path) -> None:
        """Read the tests, variable values and lock file of the given module."""
        found = files_beside(directory)
        if not found:
            return
        from iacrl.domains.terraform.structure.lock_file import check_lock
        from iacrl.domains.terraform.structure.test_files import check_tests

        root = self.loaded[directory.resolve()]
        for path in found:
            if path.suffix == ".tfvars":
                # Every plan reads the values; `validate` does not.
                result = parse(from_bytes(content_of(path)), os.path.relpath(path, self.root))
                root.syntax.extend(one._replace(severity="warning") for one in result.diagnostics)
                continue
            body, file = self._read_part(path, root, "tests")
            if path.name == ".terraform.lock.hcl":
                check_lock(body, file)
            else:
                modules, mocks = check_tests(body, file)
                self._load_tested(directory, modules, file, root)
                self._read_mocks(directory, mocks, file, root)

    def _read_part(self, path: Path, root: LoadedModule, contents: Contents) -> tuple[nodes.Body, File]:
        """Read a file that is not configuration; its errors count as the root module's."""
        text, name = from_bytes(content_of(path)), os.path.relpath(path, self.root)
        if path.suffix == ".json":
            from iacrl.domains.terraform.structure.json_files import parse_json

            result = parse_json(text, name, contents)
        else:
            result = parse(text, name)
        root.syntax.extend(result.diagnostics)
        file = File(result.source)
        root.module.files.append(file)
        return result.body, file

    def _load_tested(self, directory: Path, modules: list[Named], file: File, root: LoadedModule) -> None:
        """Read the modules that the runs of a test file name."""
        for named in modules:
            if not is_local(named.source):
                words = f"run {named.of}: its source {named.source!r} is not local, and nothing is fetched"
                root.not_followed.append(words)
                continue
            target = directory / named.source.replace("\\", "/")
            if is_outside(target):
                why = "leads out of the directory that may be read"
                root.not_followed.append(f"run {named.of}: its source {named.source!r} {why}")
            elif _is_directory(target):
                self.load(target, os.path.normpath(named.source))
            else:
                detail = f"The directory {named.source} could not be read for run {named.of}."
                refuse(file.findings, named.value, UNINSTALLABLE_MODULE, detail, "Unreadable module directory")

    def _read_mocks(self, directory: Path, mocks: list[Named], file: File, root: LoadedModule) -> None:
        """Read the directories of mock data that a test file names."""
        from iacrl.domains.terraform.structure.test_files import INVALID_TEST, check_mock_file

        for named in mocks:
            target = directory / named.source
            if not _is_directory(target):
                detail = f"The directory {named.source} could not be read."
                refuse(file.findings, named.value, INVALID_TEST, detail, "Failed to read mock data directory")
                continue
            seen: set[tuple[str, str]] = set()
            found = [*target.glob("*.tfmock.hcl"), *target.glob("*.tfmock.json")]
            for path in sorted(each for each in found if not each.name.startswith(".") and each.is_file()):
                if is_outside(path) or is_foreign_link(path, self.root):
                    self._leave_out(path, root)
                    continue
                body, part = self._read_part(path, root, "mocks")
                check_mock_file(body, part, seen)

    def _leave_out(self, path: Path, loaded: LoadedModule) -> None:
        """Say that a link is not followed. A finding would show a line of the file that it leads to."""
        loaded.not_followed.append(f"{os.path.relpath(path, self.root)}: a link out of the directory")

    def _parse(self, path: Path, loaded: LoadedModule) -> tuple[nodes.Body, SourceText]:
        name = os.path.relpath(path, self.root)
        try:
            text = from_bytes(content_of(path))
        except OSError:
            text = ""
            message = f'{UNREADABLE_FILE.title}: The file "{path.name}" could not be read.'
            place = SourceText(text, name).range(0, 0)
            loaded.syntax.append(
                Diagnostic(UNREADABLE_FILE.code, UNREADABLE_FILE.severity, message, UNREADABLE_FILE.layer, place)
            )
        if path.suffix == ".json":
            from iacrl.domains.terraform.structure.json_files import parse_json

            result = parse_json(text, name)
        else:
            result = parse(text, name)
        loaded.syntax.extend(result.diagnostics)
        loaded.trees.append((result.body, result.source))
        return result.body, result.source

    def _read_override(self, path: Path, loaded: LoadedModule) -> None:
        from iacrl.domains.terraform.structure.override import read_override

        body, source = self._parse(path, loaded)
        read_override(body, source, loaded.module)

    def _exists(self, target: Path, call: ModuleCall) -> bool:
        if _is_directory(target):
            return True
        argument = call.block.body.attributes["source"].value
        detail = f"The directory {call.source} could not be read for module {call.name}."
        refuse(call.file.findings, argument, UNINSTALLABLE_MODULE, detail, "Unreadable module directory")
        return False

    def _connect(self, loaded: LoadedModule) -> None:
        base = self.root / loaded.path
        for call in loaded.module.calls.values():
            if call.source is not None and is_local(call.source):
                target = base / call.source.replace("\\", "/")
                child = self.loaded.get(target.resolve()) if _is_directory(target) else None
                if child is not None:
                    loaded.children[call.name] = child

    def _refuse_cycles(self) -> None:
        """Report modules that call themselves, directly or through others, and remove those calls."""
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
