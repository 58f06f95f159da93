"""The whole verdict: syntax, structure, schema and references of a text or of a module's directory."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from iacrl.domains.terraform.checking.cycles import report_cycles
from iacrl.domains.terraform.checking.module_checker import ModuleChecker
from iacrl.domains.terraform.checking.module_names import Known, ModuleNames
from iacrl.domains.terraform.checking.planned import REFUSED_BY_PLAN, check_instances, check_planned
from iacrl.domains.terraform.checking.provider_lookup import ProviderLookup
from iacrl.domains.terraform.checking.providers import (
    FROM_THE_CALLER,
    add_provider_edges,
    check_configuration,
    check_missing,
    check_passed,
    fixes_providers,
    used_configurations,
)
from iacrl.domains.terraform.checking.site import Node
from iacrl.domains.terraform.document.document import TerraformDocument
from iacrl.domains.terraform.expressions.frame import Budget
from iacrl.domains.terraform.findings import Finding
from iacrl.domains.terraform.structure.module import Dialect, File, Import
from iacrl.domains.terraform.structure.module_tree import LoadedModule, load_directory, load_text
from iacrl.domains.terraform.terraform_version import TERRAFORM_VERSION
from iacrl.domains.verdict import LAYERS, Diagnostic, Verdict, layers_passed

if TYPE_CHECKING:
    from pathlib import Path

#: Length of a text, in characters, from which garbage collection takes as long as everything else.
_LARGE = 100_000


def check_text(text: str, dialect: Dialect = "terraform", version: tuple[int, ...] = TERRAFORM_VERSION) -> Verdict:
    """Judge one source text, or several files of one module joined."""
    if len(text) < _LARGE:
        return _verdict([load_text(text, dialect, version)], None)
    with _without_collection():
        return _verdict([load_text(text, dialect, version)], None)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Stop the garbage collector from scanning a large tree repeatedly while it grows."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def check_directory(
    directory: Path, dialect: Dialect = "terraform", version: tuple[int, ...] = TERRAFORM_VERSION
) -> Verdict:
    """Judge the module in a directory, with the local modules that it calls.

    Raises:
        UserError: The directory does not exist or contains no Terraform files.
    """
    return _verdict(load_directory(directory, dialect, version), directory)


def _verdict(loaded: list[LoadedModule], directory: Path | None) -> Verdict:
    diagnostics = [diagnostic for one in loaded for diagnostic in one.syntax]
    unchecked = {words for one in loaded for words in one.not_followed}
    ran = LAYERS[:3]
    readable = all(one.severity == "warning" for one in diagnostics)
    document = TerraformDocument(loaded[0].trees) if readable else None
    if readable:
        # References to a block that could not be read would be reported as errors.
        ran = LAYERS
        providers = ProviderLookup([one.module for one in loaded], directory is not None)
        unchecked |= _check_modules(loaded, directory, providers)
        if unchecked:
            document = TerraformDocument(loaded[0].trees, _unjudged(loaded[0], providers))
        # A directory may set its variables in files of their own, a text cannot.
        files = loaded[0].module.files if directory is None else []
        if document is not None and len(files) == 1 and not _has_errors(files[0]):
            check_instances(files[0], document.missing_instances)
    for one in loaded:
        for file in one.module.files:
            if file.findings:
                diagnostics.extend(_diagnostics(file))
    if len(diagnostics) > 1:
        diagnostics.sort(key=lambda found: (found.range.file or "", found.range.start))
    found = tuple(diagnostics)
    layers = layers_passed(ran, found) if found else ran
    if any(diagnostic.code == REFUSED_BY_PLAN.code for diagnostic in found):
        layers = tuple(layer for layer in layers if layer != REFUSED_BY_PLAN.layer)
    return Verdict("terraform", found, layers, tuple(sorted(unchecked)), document)


def as_called(verdict: Verdict) -> Verdict:
    """Return the verdict on a module that others call: values that its caller supplies are not missing."""
    if not any(one.code == FROM_THE_CALLER.code for one in verdict.diagnostics):
        return verdict
    found = tuple(
        one._replace(severity="warning") if one.code == FROM_THE_CALLER.code else one for one in verdict.diagnostics
    )
    return verdict._replace(diagnostics=found, layers=layers_passed(LAYERS, found))


def _diagnostics(file: File) -> Iterator[Diagnostic]:
    seen: set[tuple[str, int, str]] = set()
    for finding in file.findings:
        key = (finding.rule.code, finding.start, finding.detail)
        if key not in seen:
            seen.add(key)
            yield _diagnostic(finding, file)


def _diagnostic(finding: Finding, file: File) -> Diagnostic:
    rule = finding.rule
    where = file.source.range(finding.start, finding.end)
    return Diagnostic(rule.code, rule.severity, finding.message, rule.layer, where)


def _unjudged(root: LoadedModule, providers: ProviderLookup) -> frozenset[str] | None:
    """Return the addresses of what was not judged in the given module; None if nothing was judged."""
    if root.partial:
        return None
    followed = {name: child.module for name, child in root.children.items() if not child.partial}
    return frozenset(providers.unjudged(root.module, followed))


def _check_modules(loaded: list[LoadedModule], directory: Path | None, providers: ProviderLookup) -> set[str]:
    """Check everything above structure, and return what could not be checked."""
    budget = Budget()
    edges: dict[int, dict[Node, list[Node]]] = {}
    known: Known = "types" if loaded[0].module.dialect == "tofu" else "nothing"
    all_names: dict[int, ModuleNames] = {}
    used = {id(one): used_configurations(one.module) for one in loaded}
    fixed: set[int] = set()
    if len(loaded) > 1:
        for one in reversed(loaded):
            _add_inherited(one, used)
        fixed = _without_own_providers(loaded[0])
    for number, one in enumerate(loaded):
        module = one.module
        if module.excluded is not None:
            judge = ".".join(map(str, module.version))
            providers.unchecked.add(f'terraform: the module asks for "{module.excluded}", judged by {judge}')
        if one.partial:
            edges[id(one)] = {}
            continue
        children = {name: child.module for name, child in one.children.items() if not child.partial}
        outputs = {name: frozenset(child.outputs) for name, child in children.items()}
        names = ModuleNames(module, one.path, providers, outputs, directory, budget, known)
        all_names[id(one)] = names
        checker = ModuleChecker(module, names, providers, children, is_root=number == 0)
        checker.run()
        check_missing(module, is_root=number == 0)
        check_passed(module, children, number == 0, id(one) in fixed)
        for key, provider in module.providers.items():
            if key in used[id(one)]:
                check_configuration(checker.checker(provider.file), provider, module, providers)
        if module.files:
            add_provider_edges(checker.checker(module.files[0]), module, used[id(one)])
        for found in module.imports:
            from iacrl.domains.terraform.checking.imports import check_import, refuse_import

            if number > 0:
                refuse_import(found)
            else:
                check_import(checker.checker(found.file), found, module, _may_be_there(found, one))
        edges[id(one)] = names.edges
        providers.unchecked.update(f"function {name}: no signature" for name in names.unknown_functions)
    report_cycles(loaded, edges)
    if not any(file.findings and _has_errors(file) for one in loaded for file in one.module.files):
        check_planned(loaded, all_names, providers)
    return providers.unchecked


def _has_errors(file: File) -> bool:
    return any(finding.rule.severity == "error" for finding in file.findings)


def _add_inherited(one: LoadedModule, used: dict[int, set[tuple[str, str]]]) -> None:
    """Mark this module's provider configurations as used if called modules use them."""
    for name, child in one.children.items():
        passed = one.module.calls[name].providers
        for key in used[id(child)]:
            if key in passed:
                used[id(one)].add(passed[key][0])
            elif key not in child.module.providers and not key[1]:
                used[id(one)].add(key)


def _may_be_there(found: Import, one: LoadedModule) -> bool:
    """Say whether an import's target exists in the module it names, or may exist because the module was not fetched."""
    here: LoadedModule | None = one
    for name in found.path:
        if here is None or name not in here.module.calls:
            return False
        here = here.children.get(name)
        if here is None:
            return True
    return here is None or here is one or found.key in here.module.resources


def _without_own_providers(root: LoadedModule) -> set[int]:
    """Return the modules that some call repeats or delays; modules below them must not configure providers."""
    found: set[int] = set()
    waiting = [(root, False)]
    seen: set[tuple[int, bool]] = set()
    while waiting:
        one, fixed = waiting.pop()
        if (id(one), fixed) in seen:
            continue
        seen.add((id(one), fixed))
        if fixed:
            found.add(id(one))
        for name, child in one.children.items():
            waiting.append((child, fixed or fixes_providers(one.module.calls[name])))
    return found
