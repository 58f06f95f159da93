"""Test files (`*.tftest.hcl`, `*.tftest.json`) and the mock data (`*.tfmock.hcl`) that they name.

`terraform validate` checks their blocks, arguments, keywords, addresses, and values that must be constant. Only a run
knows what their expressions refer to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from iacrl.domains.terraform.checking.address import parse_address
from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.rules import structure_rule
from iacrl.domains.terraform.structure.body import BodyShape, check_body, check_only_arguments
from iacrl.domains.terraform.structure.check_blocks import read_check_rule
from iacrl.domains.terraform.structure.module import File, is_local
from iacrl.domains.terraform.structure.module_call import read_passed_providers
from iacrl.domains.terraform.structure.moves import Target, parse_target
from iacrl.domains.terraform.structure.names import BAD_NAME, is_identifier
from iacrl.domains.terraform.structure.provider_block import check_provider_name, read_provider
from iacrl.domains.terraform.structure.static import (
    constant,
    constant_bool,
    constant_string,
    keyword,
    list_items,
    static_reference,
    unquoted,
)
from iacrl.domains.terraform.structure.structure_rules import DUPLICATE, INVALID_VERSION, UNINSTALLABLE_MODULE
from iacrl.domains.terraform.structure.version_constraints import read_constraint_text
from iacrl.domains.terraform.syntax.nodes import Block, Body, Label, ValueNode

INVALID_TEST = structure_rule(
    "TF243",
    "Invalid test file",
    "tests",
    "The keywords, names and addresses of a test file are fixed: command is plan or apply, a run has a name, an "
    "override has the address of a resource, data source or module, and what expects failures is checkable.",
)

_OVERRIDES = {"override_resource": (), "override_data": (), "override_module": ()}
_TESTS = BodyShape(
    blocks={"run": ("name",), "variables": (), "provider": ("name",), "mock_provider": ("name",), **_OVERRIDES}
)
_RUN = BodyShape(
    "command providers expect_failures state_key",
    blocks={"plan_options": (), "variables": (), "module": (), "assert": (), **_OVERRIDES},
)
_PLAN_OPTIONS = BodyShape("mode refresh replace target")
_MODULE = BodyShape("version", "source")
_MOCK_DATA: dict[str, tuple[str, ...]] = {"mock_resource": ("type",), "mock_data": ("type",), **_OVERRIDES}
_MOCK_PROVIDER = BodyShape("alias source override_during", blocks=_MOCK_DATA)
_MOCK_FILE = BodyShape(blocks=_MOCK_DATA)
_MOCKED = BodyShape("defaults override_during")
_OVERRIDE = BodyShape("values override_during", "target")
_OVERRIDE_MODULE = BodyShape("outputs override_during", "target")
#: The target of `override_...`, by the kind of address.
_TARGETS = {"override_resource": "resource", "override_data": "data", "override_module": None}
#: The roots of references to things that have no conditions to check.
_UNCHECKABLE = frozenset({"local", "module", "each", "count", "path", "terraform", "self", "run"})


class Named(NamedTuple):
    """Something elsewhere that a test file names: the module of a run, or a directory of mock data."""

    source: str
    value: ValueNode
    of: str


def check_tests(body: Body, file: File) -> tuple[list[Named], list[Named]]:
    """Check a test file; return the modules of its runs and its directories of mock data."""
    report = file.findings
    runs: set[str] = set()
    providers: set[tuple[str, str]] = set()
    modules: list[Named] = []
    mocks: list[Named] = []
    blocks = check_body(body, _TESTS, report, None)
    _refuse_second("variables", blocks, report)
    for block in blocks:
        match block.type:
            case "run":
                name = block.labels[0]
                if not is_identifier(name.value):
                    refuse(report, name, INVALID_TEST, BAD_NAME, "Invalid run block name")
                if name.value in runs:
                    detail = f'A run of the name "{name.value}" exists already.'
                    refuse(report, block.header, DUPLICATE, detail, 'Duplicate "run" block names')
                runs.add(name.value)
                modules += _check_run(block, file)
            case "variables":
                check_only_arguments(block.body, report)
            case "provider":
                _check_provider(block, file, providers)
            case "mock_provider":
                mocks += _check_mock_provider(block, file, providers)
    _check_overrides(blocks, report)
    return modules, mocks


def check_mock_file(body: Body, file: File, seen: set[tuple[str, str]]) -> None:
    """Check a file of mock data; `seen` contains what the other files of its directory mock."""
    _check_mocks(check_body(body, _MOCK_FILE, file.findings, None), file.findings, seen)


def _refuse_second(type: str, blocks: list[Block], report: list[Finding]) -> None:
    for block in [one for one in blocks if one.type == type][1:]:
        detail = f"There is a {type} block already."
        refuse(report, block.header, DUPLICATE, detail, f'Multiple "{type}" blocks')


def _check_run(block: Block, file: File) -> Iterator[Named]:
    report, arguments = file.findings, block.body.attributes
    blocks = check_body(block.body, _RUN, report, block)
    for type in ("plan_options", "variables", "module"):
        _refuse_second(type, blocks, report)
    _check_keyword(block, "command", ("plan", "apply"), report)
    if "state_key" in arguments:
        constant_string(arguments["state_key"].value, report)
    if "providers" in arguments:
        read_passed_providers(arguments["providers"].value, report, file.dialect)
    if "expect_failures" in arguments:
        for item in list_items(arguments["expect_failures"].value, report):
            _check_expected(item, report)
    for inner in blocks:
        match inner.type:
            case "plan_options":
                _check_plan_options(inner, report)
            case "variables":
                check_only_arguments(inner.body, report)
            case "assert":
                read_check_rule(inner, file)
            case "module":
                yield from _read_module(inner, block.labels[0], report)
    _check_overrides(blocks, report)


def _check_keyword(block: Block, name: str, allowed: tuple[str, ...], report: list[Finding]) -> None:
    argument = block.body.attributes.get(name)
    if argument is not None and keyword(argument.value) not in allowed:
        detail = f"Expected one of the words {' and '.join(allowed)}, without quotes."
        summary = f"Invalid {name} value" if name == "override_during" else f'Invalid "{name}" keyword'
        refuse(report, argument.value, INVALID_TEST, detail, summary)


def _check_expected(expression: ValueNode, report: list[Finding]) -> None:
    reference = static_reference(unquoted(expression, "references", report), report)
    address = None if reference is None else parse_address(reference, report)
    if reference is not None and address is not None and {address.kind, reference.root} & _UNCHECKABLE:
        detail = "Only what has custom conditions can be expected to fail: variables, outputs, resources, checks."
        refuse(report, expression, INVALID_TEST, detail, "Invalid `expect_failures` reference")


def _check_plan_options(block: Block, report: list[Finding]) -> None:
    arguments = block.body.attributes
    check_body(block.body, _PLAN_OPTIONS, report, block)
    _check_keyword(block, "mode", ("normal", "refresh-only"), report)
    if "refresh" in arguments:
        constant_bool(arguments["refresh"].value, report)
    for name in ("replace", "target"):
        for item in list_items(arguments[name].value, report) if name in arguments else ():
            static_reference(unquoted(item, "references", report), report)


def _read_module(block: Block, run: Label, report: list[Finding]) -> Iterator[Named]:
    check_body(block.body, _MODULE, report, block)
    arguments = block.body.attributes
    if "version" in arguments:
        read_constraint_text(arguments["version"].value, report)
    source = constant_string(arguments["source"].value, report) if "source" in arguments else None
    if source is None:
        return
    if is_local(source) and "version" in arguments:
        detail = "A local module has no versions, so the version argument is not allowed."
        place = arguments["source"].value
        refuse(report, place, UNINSTALLABLE_MODULE, detail, "Invalid registry module source address")
    yield Named(source, arguments["source"].value, run.value)


def _check_provider(block: Block, file: File, seen: set[tuple[str, str]]) -> None:
    if "version" in block.body.attributes:
        detail = "The module under test says which versions of providers it takes."
        argument = block.body.attributes["version"]
        refuse(
            file.findings, argument.header, INVALID_VERSION, detail, "Version constraints are not allowed in test files"
        )
    provider = read_provider(block, file)
    if provider is not None:
        _refuse_again(provider.key, block, file.findings, seen)


def _refuse_again(key: tuple[str, str], block: Block, report: list[Finding], seen: set[tuple[str, str]]) -> None:
    if key in seen:
        detail = f"A provider configuration for {'.'.join(filter(None, key))} exists already."
        refuse(report, block.header, DUPLICATE, detail, "Duplicate provider block")
    seen.add(key)


def _check_mock_provider(block: Block, file: File, seen: set[tuple[str, str]]) -> Iterator[Named]:
    report, arguments, label = file.findings, block.body.attributes, block.labels[0]
    name = label.value
    check_provider_name(name, label.start, label.end, report)
    blocks = check_body(block.body, _MOCK_PROVIDER, report, block)
    alias = constant_string(arguments["alias"].value, report) or "" if "alias" in arguments else ""
    if alias and not is_identifier(alias):
        refuse(report, arguments["alias"].value, INVALID_TEST, BAD_NAME, "Invalid provider configuration alias")
    _refuse_again((name, alias), block, report, seen)
    _check_keyword(block, "override_during", ("plan", "apply"), report)
    _check_mocks(blocks, report, set())
    source = constant_string(arguments["source"].value, report) if "source" in arguments else None
    if source is not None:
        yield Named(source, arguments["source"].value, name)


def _check_mocks(blocks: list[Block], report: list[Finding], seen: set[tuple[str, str]]) -> None:
    for block in blocks:
        if block.type in _TARGETS:
            continue
        key = (block.type, block.labels[0].value)
        if key in seen:
            detail = f"A {block.type} block for {key[1]} exists already."
            refuse(report, block.header, DUPLICATE, detail, f"Duplicate {block.type} block")
        seen.add(key)
        check_body(block.body, _MOCKED, report, block)
        _check_keyword(block, "override_during", ("plan", "apply"), report)
        if "defaults" in block.body.attributes:
            constant(block.body.attributes["defaults"].value, report)
    _check_overrides(blocks, report)


def _check_overrides(blocks: list[Block], report: list[Finding]) -> None:
    """Check the overrides among some blocks."""
    seen: set[Target] = set()
    for block in blocks:
        if block.type not in _TARGETS:
            continue
        is_module = block.type == "override_module"
        check_body(block.body, _OVERRIDE_MODULE if is_module else _OVERRIDE, report, block)
        _check_keyword(block, "override_during", ("plan", "apply"), report)
        _check_values(block, "outputs" if is_module else "values", report)
        argument = block.body.attributes.get("target")
        reference = None if argument is None else static_reference(argument.value, report)
        target = None if reference is None else parse_target(reference, report)
        if target is None or argument is None:
            continue
        if (target.key and target.key[0]) != _TARGETS[block.type]:
            detail = "The address is not of the kind that this block overrides."
            refuse(report, argument.value, INVALID_TEST, detail, "Invalid override target")
        elif target._replace(keyed=None) in seen:
            detail = "What has this address is overridden already."
            refuse(report, block.header, DUPLICATE, detail, f"Duplicate {block.type} block")
        seen.add(target._replace(keyed=None))


def _check_values(block: Block, name: str, report: list[Finding]) -> None:
    argument = block.body.attributes.get(name)
    value = None if argument is None else constant(argument.value, report)
    if argument is not None and value is not None and value.type.kind not in ("object", "map"):
        detail = f"The {name} must be an object."
        refuse(report, argument.value, INVALID_TEST, detail, f"Invalid {name} attribute")
