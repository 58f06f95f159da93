"""Cycles, within a module and through the modules that it calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iacrl.domains.terraform.checking.graph import cycles
from iacrl.domains.terraform.checking.reference_rules import CYCLE
from iacrl.domains.terraform.checking.site import Node
from iacrl.domains.terraform.findings import refuse
from iacrl.domains.terraform.structure.module import Declared, File, Module
from iacrl.domains.terraform.structure.module_tree import LoadedModule
from iacrl.domains.terraform.syntax.nodes import Node as TreeNode

#: The most instances of called modules searched for cycles; a larger tree is only checked module by module.
MAX_INSTANCES = 2_000

_Vertex = tuple[tuple[str, ...], Node]


def report_cycles(loaded: list[LoadedModule], edges: dict[int, dict[Node, list[Node]]]) -> None:
    """Report every cycle once, at its first member.

    Args:
        edges: What refers to what in each module, by the identity of the loaded module.
    """
    root = loaded[0]
    if not root.children:
        _report([[((), node) for node in cycle] for cycle in cycles(edges[id(root)])], {(): root})
        return
    graph: dict[_Vertex, list[_Vertex]] = {}
    instances: dict[tuple[str, ...], LoadedModule] = {}
    waiting: list[tuple[tuple[str, ...], LoadedModule]] = [((), root)]
    while waiting and len(instances) < MAX_INSTANCES:
        path, one = waiting.pop()
        instances[path] = one
        _add_instance(graph, path, one, edges[id(one)])
        waiting.extend(((*path, name), child) for name, child in one.children.items())
    _report(cycles(graph), instances)


def _add_instance(
    graph: dict[_Vertex, list[_Vertex]], path: tuple[str, ...], one: LoadedModule, edges: dict[Node, list[Node]]
) -> None:
    for start, ends in edges.items():
        kind, name = start
        vertex = (path, start)
        if kind == "argument":
            call, variable = name
            vertex = ((*path, call), ("var", variable))
        targets = graph.setdefault(vertex, [])
        for end in ends:
            targets.extend(_targets(path, end, one))
    if path:
        whole = (path[:-1], ("expand", path[-1]))
        for vertex in _all_inside(path, one.module):
            graph.setdefault(vertex, []).append(whole)


def _all_inside(path: tuple[str, ...], module: Module) -> Iterator[_Vertex]:
    """Yield what a called module declares.

    All of it depends on the call. What depends on the whole call depends on all of it.
    """
    tables: tuple[tuple[str, Mapping[Any, object]], ...] = (
        ("output", module.outputs),
        ("resource", module.resources),
        ("var", module.variables),
        ("local", module.locals),
        ("expand", module.calls),
    )
    for kind, declared in tables:
        for name in declared:
            yield path, (kind, name)


def _targets(path: tuple[str, ...], end: Node, one: LoadedModule) -> list[_Vertex]:
    kind, name = end
    if kind == "output of":
        call, output = name
        return [((*path, call), ("output", output))]
    if kind == "close of" and name in one.children:
        return list(_all_inside((*path, name), one.children[name].module))
    return [(path, end)]


def _report(found: list[list[_Vertex]], instances: dict[tuple[str, ...], LoadedModule]) -> None:
    for cycle in found:
        named = sorted((_word(path, node), path, node) for path, node in cycle)
        detail = ", ".join(word for word, _, _ in named)
        for _, path, node in named:
            place = _place(node, instances[path].module) if path in instances else None
            if place is not None:
                file, where = place
                end = getattr(where, "header_end", where.end)
                refuse(file.findings, (where.start, end), CYCLE, detail)
                break


def _word(path: tuple[str, ...], node: Node) -> str:
    kind, name = node
    prefix = "".join(f"module.{step}." for step in path)
    if kind == "resource":
        mode, type, label = name
        return f"{prefix}{type}.{label}" if mode == "resource" else f"{prefix}{mode}.{type}.{label}"
    if kind == "provider":
        return f"{prefix}provider.{'.'.join(filter(None, name))}"
    if kind == "expand":
        return f"{prefix}module.{name}"
    return f"{prefix}{kind}.{name}"


def _place(node: Node, module: Module) -> tuple[File, TreeNode] | None:
    kind, name = node
    tables: dict[str, Mapping[Any, Declared]] = {
        "var": module.variables,
        "output": module.outputs,
        "resource": module.resources,
        "provider": module.providers,
        "expand": module.calls,
    }
    if kind == "local":
        local = module.locals.get(str(name))
        return None if local is None else (local.file, local.attribute)
    declared = tables.get(kind, {}).get(name)
    return None if declared is None else (declared.file, declared.block)
